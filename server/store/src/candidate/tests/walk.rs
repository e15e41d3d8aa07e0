//! Whatever happens to records, a merge is shown every one that differs, and what is counted is there.
//!
//! A random walk through all that the store does to records. After every step the search of a merge, which passes over
//! the records marked as in sync, is compared with a walk over all of them, and every kept count with a count.

use merge::ConflictKind;

use super::*;
use crate::base::{self, NewBase};
use crate::conflict::{self, ConflictStatus, NewConflict};
use crate::link::{self, NewLink};
use crate::staged::StagedCount;
use crate::testing::{TestEngine, TestStore, fresh};
use crate::{Tx, school, staged};

const RECORDS: u64 = 6;
const STEPS: u32 = 300;
const TYPES: [&str; 2] = ["rooms", "people"];

/// The question as it was asked before records were marked: of all live links, and in other words.
const FULL_WALK: &str = "select l.id from link l
    left join base b on b.link = l.id
    left join staged o on o.link = l.id and o.side = 'ours'
    left join staged t on t.link = l.id and t.side = 'theirs'
  where l.school = $1 and l.type = $2 and l.state = 'live'
    and (b.hash is null or o.hash is null or t.hash is null
      or o.state <> 'live' or t.state <> 'live' or o.hash <> b.hash or t.hash <> b.hash
      or exists (select 1 from conflict c where c.link = l.id and c.closed_at is null))
  order by l.id";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).expect("in range")
}

/// Always the same throws (splitmix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    fn side(&mut self) -> Side {
        if self.throw(2) == 0 { Side::Ours } else { Side::Theirs }
    }

    /// One of two bodies, so that sides often agree.
    fn body(&mut self) -> String {
        format!("{{\"v\":{}}}", self.throw(2))
    }
}

fn link_id(n: u64) -> LinkId {
    LinkId::new(now(), n)
}

fn type_of(n: u64) -> &'static str {
    TYPES[usize::from(n >= RECORDS / 2)]
}

fn copy(n: u64, side: Side, body: String, state: StagedState) -> Staged {
    Staged {
        link: link_id(n),
        side,
        remote_id: n.to_string(),
        state,
        hash: Some(ContentHash::of(body.as_bytes())),
        raw_hash: None,
        version: None,
        modified: None,
        origin: Origin::Read,
        run: None,
        missing_runs: 0,
        missing_since: None,
        body: Some(body),
    }
}

fn question(n: u64, id: u64) -> NewConflict {
    NewConflict {
        id: ConflictId::new(now(), id),
        link: link_id(n),
        type_name: type_of(n).into(),
        key: n.to_string(),
        label: n.to_string(),
        engine_id: "c".into(),
        kind: ConflictKind::Field,
        causes: "[]".into(),
        duplicates: None,
        revision: "r".into(),
        hold: "field".into(),
        cautious: false,
        present_base: true,
        present_ours: true,
        present_theirs: true,
        fields: Vec::new(),
    }
}

struct Walk {
    test: TestStore,
    school: SchoolId,
    dice: Dice,
    /// Conflicts that were opened, by record.
    conflicts: Vec<(u64, ConflictId)>,
}

impl Walk {
    async fn begin(engine: TestEngine, seed: u64) -> Self {
        let test = fresh(engine).await.expect("a database");
        let school = SchoolId::new(now(), 1);
        let mut tx = test.store.begin().await.expect("begins");
        school::add(&mut tx, school, "s", "S", now()).await.expect("added");
        for n in 0..RECORDS {
            let (id, name) = (link_id(n), n.to_string());
            let new =
                NewLink { id, key: name.clone(), label: name.clone(), ours_id: Some(name), theirs_id: None };
            link::add_many(&mut tx, school, type_of(n), &[new], now()).await.expect("added");
        }
        tx.commit().await.expect("committed");
        Self { test, school, dice: Dice(seed), conflicts: Vec::new() }
    }

    /// Something happens to a record, and now and then did not after all.
    async fn step(&mut self) {
        let mut tx = self.test.store.begin().await.expect("begins");
        let n = self.dice.throw(RECORDS);
        match self.dice.throw(10) {
            0..=2 => self.stage(&mut tx, n).await,
            3..=4 => self.agree(&mut tx, n).await,
            5 => self.miss(&mut tx, n).await,
            6 => self.dispute(&mut tx, n).await,
            7 => self.forget(&mut tx, n).await,
            8 => self.end(&mut tx, n).await,
            _ => self.tidy(&mut tx).await,
        }
        if self.dice.throw(8) == 0 {
            tx.rollback().await.expect("rolled back");
        } else {
            tx.commit().await.expect("committed");
        }
    }

    async fn stage(&mut self, tx: &mut Tx, n: u64) {
        let state = *[StagedState::Live, StagedState::Live, StagedState::Missing, StagedState::Deleted]
            .get(usize::try_from(self.dice.throw(4)).expect("small"))
            .expect("a state");
        let sides =
            if self.dice.throw(2) == 0 { vec![self.dice.side()] } else { vec![Side::Ours, Side::Theirs] };
        let body = self.dice.body();
        let rows: Vec<Staged> = sides.into_iter().map(|side| copy(n, side, body.clone(), state)).collect();
        staged::upsert_many(tx, self.school, type_of(n), &rows).await.expect("staged");
    }

    /// Both sides hold the same and say so, or the base moves on its own.
    async fn agree(&mut self, tx: &mut Tx, n: u64) {
        let body = self.dice.body();
        let rows = [Side::Ours, Side::Theirs].map(|side| copy(n, side, body.clone(), StagedState::Live));
        let new = NewBase {
            link: link_id(n),
            hash: ContentHash::of(body.as_bytes()),
            body,
            fields_agreed: "{}".into(),
        };
        let staged_first = self.dice.throw(2) == 0;
        if staged_first {
            staged::upsert_many(tx, self.school, type_of(n), &rows).await.expect("staged");
        }
        base::upsert_many(tx, &[new], None, now()).await.expect("moved");
        if !staged_first && self.dice.throw(2) == 0 {
            staged::upsert_many(tx, self.school, type_of(n), &rows).await.expect("staged");
        }
    }

    async fn miss(&mut self, tx: &mut Tx, n: u64) {
        let (side, run) = (self.dice.side(), RunId::new(now(), self.dice.throw(9)));
        match self.dice.throw(4) {
            0 => staged::set_missing_many(tx, side, &[link_id(n)], run, now()).await,
            1 => staged::set_present_many(tx, side, &[link_id(n)], run).await,
            2 => staged::set_deleted_many(tx, side, &[link_id(n)], run).await,
            _ => staged::set_aliases_many(tx, side, &[(link_id(n), Some("{}".into()))]).await,
        }
        .expect("noted");
    }

    async fn dispute(&mut self, tx: &mut Tx, n: u64) {
        let known: Vec<ConflictId> =
            self.conflicts.iter().filter(|(record, _)| *record == n).map(|(_, id)| *id).collect();
        match self.dice.throw(3) {
            0 => {
                let new = question(n, self.dice.throw(u64::MAX));
                self.conflicts.push((n, new.id));
                let opened = conflict::open_or_refresh_many(tx, self.school, None, &[new], now()).await;
                opened.expect("opened");
            }
            1 => {
                conflict::close_many(tx, &known, ConflictStatus::Healed, now()).await.expect("closed");
            }
            _ => {
                for id in known {
                    conflict::reopen(tx, id, now()).await.expect("reopened");
                }
            }
        }
    }

    async fn forget(&mut self, tx: &mut Tx, n: u64) {
        match self.dice.throw(3) {
            0 => base::drop_many(tx, &[link_id(n)]).await,
            1 => staged::remove_side_many(tx, self.dice.side(), &[link_id(n)]).await,
            _ => staged::remove_many(tx, &[link_id(n)]).await,
        }
        .expect("forgotten");
    }

    async fn end(&mut self, tx: &mut Tx, n: u64) {
        if self.dice.throw(2) == 0 {
            link::end_many(tx, &[link_id(n)], now()).await.expect("ended");
        }
        link::revive(tx, link_id(n)).await.expect("asked");
    }

    async fn tidy(&mut self, tx: &mut Tx) {
        for type_name in TYPES {
            let mut after = None;
            while let Some(last) = sweep(tx, self.school, type_name, after).await.expect("swept") {
                assert!(after < Some(last), "it ends");
                after = Some(last);
            }
        }
    }

    /// Answers how many records a merge passes over.
    async fn compare(&self, step: &str) -> i64 {
        let mut reader = self.test.store.read().await.expect("reads");
        let mut passed_over = 0;
        for type_name in TYPES {
            let walked = walk_all(&mut reader, self.school, type_name).await.expect("walked");
            let found = list(&mut reader, self.school, type_name, None, 100).await.expect("listed");
            assert_eq!(found.iter().map(|one| one.link).collect::<Vec<_>>(), walked, "{step}");
            let live = link::count(&mut reader, self.school, type_name).await.expect("counted");
            assert_eq!(
                live,
                count_all(&mut reader, self.school, type_name).await.expect("counted"),
                "{step}"
            );
            passed_over += live - count_unsynced(&mut reader, self.school, type_name).await.expect("counted");
        }
        let kept = staged::counts(&mut reader, self.school).await.expect("counted");
        assert_eq!(kept, count_copies(&mut reader, self.school).await.expect("counted"), "{step}");
        passed_over
    }
}

async fn walk_all(conn: &mut Conn, school: SchoolId, type_name: &str) -> Result<Vec<LinkId>> {
    on!(conn, c => sqlx::query_scalar(FULL_WALK).bind(school).bind(type_name).fetch_all(c).await)
}

async fn count_all(conn: &mut Conn, school: SchoolId, type_name: &str) -> Result<i64> {
    let statement = "select count(*) from link where school = $1 and type = $2 and state = 'live'";
    on!(conn, c => sqlx::query_scalar(statement).bind(school).bind(type_name).fetch_one(c).await)
}

async fn count_copies(conn: &mut Conn, school: SchoolId) -> Result<Vec<StagedCount>> {
    let statement = "select type, side, state, count(*) as count from staged where school = $1
      group by type, side, state order by type, side, state";
    on!(conn, c => sqlx::query_as(statement).bind(school).fetch_all(c).await)
}

#[tokio::test]
async fn whatever_happens_every_record_that_differs_is_found() {
    for engine in TestEngine::ALL {
        let mut walk = Walk::begin(engine, 7).await;
        let mut passed_over = 0;
        for step in 0..STEPS {
            walk.step().await;
            passed_over += walk.compare(&format!("{engine:?}, step {step}")).await;
        }
        assert!(passed_over > i64::from(STEPS) / 4, "{engine:?}: the marks are put to use ({passed_over})");
    }
}
