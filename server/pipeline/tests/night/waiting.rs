//! Decisions that wait for the next merge (UX 6.7, 12.33).

use chrono::{DateTime, TimeDelta, Utc};
use merge::{Choice, Side};
use pipeline::RunOptions;
use pipeline::undo::UndoHow;
use store::conflict::{Conflict, ConflictStatus};
use store::decision::{Decision, DecisionState};
use store::ids::{DecisionId, LinkId, WriteId};
use store::link::NewLink;
use store::plan_change::Operation;
use store::run::RunKind;
use store::testing::TestEngine;
use store::write::{NewWrite, Why, WriteState};

use crate::support::World;
use crate::{ROOMS, SETTINGS};

async fn contested(engine: TestEngine) -> World {
    let settings = format!("{SETTINGS}[desk]\nhold = \"next-merge\"\n");
    let world = World::agreed(engine, &settings, &ROOMS).await;
    world.ours.edit("room", "OUR-2", r#"{"seats":5}"#);
    world.theirs.edit("room", "SIS-2", r#"{"seats":6}"#);
    world.run(RunKind::Nightly).await;
    world
}

#[tokio::test]
async fn nothing_is_written_until_the_next_merge_which_writes_it() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        assert_eq!(stored.held_until, None);
        world.clock.advance(TimeDelta::hours(9));
        assert_eq!(world.send_decided().await, 0);
        world.run(RunKind::Trial).await;
        let options = RunOptions { types: vec!["nothing".to_owned()], ..RunOptions::default() };
        world.run_with(RunKind::Manual, &options).await;
        assert_eq!(world.logs(), (vec![], vec![]), "neither a trial nor a merge of other types writes it");
        world.theirs.edit("room", "SIS-2", r#"{"name":"Corner"}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.theirs.log(), [r#"update room {"seats":5}"#], "whatever else was edited meanwhile");
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Applied);
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Settled);
        assert_eq!(world.ours.dump("room"), world.theirs.dump("room"), "the same merge carried the name");
    }
}

/// A thousand decisions of another type, older than any other, whose writes wait for a merge of that type.
async fn a_thousand_held_decisions(world: &World, conflict: &Conflict) {
    let now = world.pipeline.clock.now() - TimeDelta::days(1);
    let mut tx = world.pipeline.store.begin().await.expect("a transaction");
    let ids: Vec<LinkId> = (0..1_000).map(|_| LinkId::new(now, world.pipeline.clock.random())).collect();
    let link = |(n, id): (usize, &LinkId)| NewLink {
        id: *id,
        key: format!("[\"{n}\"]"),
        label: n.to_string(),
        ours_id: None,
        theirs_id: None,
    };
    let links: Vec<NewLink> = ids.iter().enumerate().map(link).collect();
    store::link::add_many(&mut tx, world.school, "lab", &links, now).await.expect("links");
    let mut writes = Vec::new();
    for link in ids {
        let id = DecisionId::new(now, world.pipeline.clock.random());
        let decision = held_decision(id, conflict, now);
        store::decision::add(&mut tx, &decision, &[], None).await.expect("a decision");
        writes.push(held_write(WriteId::new(now, world.pipeline.clock.random()), link, id));
    }
    store::write::add_many(&mut tx, world.school, &writes, now).await.expect("writes");
    tx.commit().await.expect("a commit");
}

fn held_decision(id: DecisionId, conflict: &Conflict, now: DateTime<Utc>) -> Decision {
    Decision {
        id,
        conflict: conflict.id,
        conflict_revision: conflict.revision.clone(),
        person: "ann".to_owned(),
        person_id: "a".to_owned(),
        decided_at: now,
        force: false,
        reason: String::new(),
        state: DecisionState::Decided,
        overwrote: None,
        undoes: None,
    }
}

fn held_write(id: WriteId, link: LinkId, decision: DecisionId) -> NewWrite {
    NewWrite {
        id,
        run: None,
        link,
        type_name: "lab".to_owned(),
        side: Side::Theirs,
        position: 0,
        operation: Operation::Update,
        state: WriteState::Held,
        why: Why::Decision,
        remote_id: None,
        correlation: id.to_string(),
        idempotency_key: id.to_string(),
        refusals: 0,
        held_until: None,
        decision: Some(decision),
        pre_hash: None,
        pre_version: None,
        pre_body: None,
        post_hash: None,
        post_body: None,
        changed: "[]".to_owned(),
        apart: None,
    }
}

#[tokio::test]
async fn decisions_end_page_by_page_however_many_wait_before_them() {
    for engine in TestEngine::ALL {
        let mut world = contested(engine).await;
        world.pipeline.bounds.batch = 1;
        world.ours.edit("room", "OUR-1", r#"{"seats":21}"#);
        world.theirs.edit("room", "SIS-1", r#"{"seats":22}"#);
        world.run(RunKind::Nightly).await;
        let mut decisions = Vec::new();
        for (conflict, _) in world.conflicts().await {
            let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await;
            decisions.push(stored.expect("a decision").decision);
        }
        assert_eq!(decisions.len(), 2);
        a_thousand_held_decisions(&world, &world.conflict(1).await).await;
        world.run(RunKind::Nightly).await;
        for decision in decisions {
            assert_eq!(world.decision(decision).await.state, DecisionState::Applied);
        }
        for number in [1, 2] {
            assert_eq!(world.conflict(number).await.status, ConflictStatus::Settled, "not merely healed");
        }
        let mut reader = world.pipeline.store.read().await.expect("a reader");
        assert!(!store::decision::has_ended(&mut reader, world.school).await.expect("asked"));
    }
}

#[tokio::test]
async fn a_decision_is_taken_back_as_long_as_it_waits() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.clock.advance(TimeDelta::hours(9));
        assert_eq!(world.undo(stored.decision).await.expect("in time").how, UndoHow::NeverSent);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.logs(), (vec![], vec![]));
        assert_eq!(world.conflict(1).await.status, ConflictStatus::Open);
    }
}

#[tokio::test]
async fn values_that_moved_while_a_decision_waited_are_asked_about_again() {
    for engine in TestEngine::ALL {
        let world = contested(engine).await;
        let conflict = world.conflict(1).await;
        let stored = world.decide(&conflict, &[("seats", Choice::Ours)], false).await.expect("a decision");
        world.theirs.edit("room", "SIS-2", r#"{"seats":7}"#);
        world.run(RunKind::Nightly).await;
        assert_eq!(world.logs(), (vec![], vec![]));
        assert_eq!(world.decision(stored.decision).await.state, DecisionState::Refused);
        let open = world.conflict(1).await;
        assert_eq!(open.status, ConflictStatus::Open);
        assert_ne!(open.revision, conflict.revision);
    }
}
