//! Mistakes that the real pipeline has no switch for, made in its database as soon as a run is through (V9, V10, V11).

use std::collections::BTreeMap;

use merge::{Object, Side};
use store::Store;
use store::base::{self, Base, NewBase};
use store::conflict::{self, ConflictFilter, ConflictStatus};
use store::ids::{LinkId, SchoolId};
use store::lease::{self, Phase};
use store::link::{self, Link, LinkFilter, LinkState};
use store::staged;
use store::write::{self, Settlement, WriteState};

use super::judge::{MOST, key_in};
use super::stage::Stage;
use super::wire;

const LEASE: chrono::TimeDelta = chrono::TimeDelta::seconds(60);

/// What was there before a run, as far as a mistake needs to know it.
#[derive(Default)]
pub struct Before {
    bases: BTreeMap<LinkId, Base>,
}

impl Before {
    pub async fn of(stage: &Stage, store: &Store, school: SchoolId) -> Self {
        if !stage.weakness.moves_whole_bases {
            return Self::default();
        }
        let links = live_links(store, school).await;
        Self { bases: bases(store, &links).await.into_iter().map(|base| (base.link, base)).collect() }
    }

    /// Makes the mistakes of this stage.
    pub async fn make_mistakes(&self, stage: &Stage, store: &Store, school: SchoolId) {
        if stage.weakness.rereads {
            take_bases_from_reread(stage, store, school).await;
        }
        if stage.weakness.moves_whole_bases {
            self.take_back_half_moves(stage, store, school).await;
        }
        if stage.weakness.drops_parked {
            drop_parked(stage, store, school).await;
        }
    }

    /// V10: a base stays as it was unless the whole record agrees.
    async fn take_back_half_moves(&self, stage: &Stage, store: &Store, school: SchoolId) {
        let links = live_links(store, school).await;
        let mut wrong = Vec::new();
        let mut reader = store.read().await.expect("a reader");
        for moved in bases(store, &links).await {
            let Some(before) = self.bases.get(&moved.link).filter(|before| before.body != moved.body) else {
                continue;
            };
            let mut bodies = Vec::new();
            for side in [Side::Ours, Side::Theirs] {
                let copy = staged::find(&mut reader, moved.link, side).await.expect("a staged copy");
                bodies.push(copy.and_then(|copy| copy.body));
            }
            if bodies[0] != bodies[1] {
                wrong.push(NewBase {
                    link: before.link,
                    body: before.body.clone(),
                    hash: before.hash,
                    fields_agreed: before.fields_agreed.clone(),
                });
            }
        }
        drop(reader);
        store_bases(stage, store, &wrong).await;
    }
}

/// V9: what B shows at the end becomes the base.
async fn take_bases_from_reread(stage: &Stage, store: &Store, school: SchoolId) {
    let links = live_links(store, school).await;
    let mut reader = store.read().await.expect("a reader");
    let filter = ConflictFilter { statuses: vec![ConflictStatus::Open], ..ConflictFilter::default() };
    let open = conflict::list(&mut reader, school, &filter, MOST).await.expect("conflicts");
    drop(reader);
    let mut wrong = Vec::new();
    for base in bases(store, &links).await {
        let link = links.iter().find(|link| link.id == base.link).expect("a base has its link");
        let shown = {
            let world = stage.world();
            let mut records = world.system(crate::nouns::Side::B).with_key(key_in(&link.key));
            records.next().map(|(_, record)| wire::fields(&record))
        };
        let Some(shown) = shown.filter(|_| open.iter().all(|conflict| conflict.key != link.key)) else {
            continue;
        };
        wrong.push(new_base(&base, &shown));
    }
    store_bases(stage, store, &wrong).await;
}

/// V11: what stayed open is forgotten.
async fn drop_parked(stage: &Stage, store: &Store, school: SchoolId) {
    let now = stage.now();
    let mut tx = store.begin().await.expect("a transaction");
    let lease = lease::claim(&mut tx, school, Phase::Push, "forgetful", now, LEASE).await;
    let guard = lease.expect("a lease").expect("nobody works").guard;
    let from = [WriteState::Parked];
    let open = write::open_for_school(&mut tx, school, &from, None, MOST).await;
    for write in open.expect("open writes") {
        let dropped = Settlement::of(WriteState::Dropped);
        let done = write::set_state_recovered(&mut tx, &guard, write.id, &from, &dropped, now).await;
        assert!(done.expect("a change"), "a parked write was there");
    }
    lease::release(&mut tx, &guard).await.expect("a release");
    tx.commit().await.expect("a commit");
}

fn new_base(of: &Base, body: &Object) -> NewBase {
    NewBase {
        link: of.link,
        body: body.to_canonical(),
        hash: body.hash(),
        fields_agreed: of.fields_agreed.clone(),
    }
}

async fn live_links(store: &Store, school: SchoolId) -> Vec<Link> {
    let mut reader = store.read().await.expect("a reader");
    let filter = LinkFilter { state: Some(LinkState::Live), ..LinkFilter::default() };
    link::list(&mut reader, school, &filter, MOST).await.expect("links")
}

async fn bases(store: &Store, links: &[Link]) -> Vec<Base> {
    let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
    let mut reader = store.read().await.expect("a reader");
    base::get_many(&mut reader, &ids).await.expect("bases")
}

async fn store_bases(stage: &Stage, store: &Store, wrong: &[NewBase]) {
    let mut tx = store.begin().await.expect("a transaction");
    base::upsert_many(&mut tx, wrong, None, stage.now()).await.expect("bases");
    tx.commit().await.expect("a commit");
}
