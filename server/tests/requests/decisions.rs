//! Decisions: whose they are, and what a form that was sent again is told.

use app::api::{Actor, Api as _, ApiError, FieldForm, PageRequest, Role, Submission, Submitted, Undo};

use store::Trouble;

use crate::house::TestHouse;
use crate::merges::{Night, a_night};

fn person(id: &str, school: &str, role: Role) -> Actor {
    Actor { id: id.to_owned(), name: "Pat".to_owned(), roles: vec![(school.to_owned(), role)] }
}

/// The form of conflict 1 with one side chosen for its only field.
async fn form(house: &TestHouse, choose: &str) -> Submission {
    let api = &house.installation.desk;
    let view = api.get_conflict(&house.installation.actor(), "one", 1).await.expect("a conflict");
    let path = view.fields[0].path.clone();
    Submission {
        conflict: 1,
        revision: view.revision,
        choices: vec![FieldForm { path, choose: Some(choose.to_owned()), ..FieldForm::default() }],
        go: Some("next".to_owned()),
        view: None,
        anyway: None,
        confirm: None,
        seen: Vec::new(),
        force: None,
        reason: None,
    }
}

/// Conflict 1, decided by a resolver with this id. Answers the decision.
async fn decided(night: &Night, id: &str) -> String {
    let form = form(&night.house, "ours").await;
    let actor = person(id, "one", Role::Resolver);
    match night.house.installation.desk.submit(&actor, "one", &form).await {
        Ok(Submitted::Decided { decision, again: false, .. }) => decision,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ux_12_15_the_same_form_again_is_saved_once_and_other_choices_are_not_said_to_be_saved() {
    let (night, _) = a_night().await;
    let api = &night.house.installation.desk;
    let actor = person("p", "one", Role::Resolver);
    let (same, other) = (form(&night.house, "ours").await, form(&night.house, "theirs").await);
    let typed = Submission {
        choices: vec![FieldForm {
            choose: Some("other".to_owned()),
            value: "555-0000".to_owned(),
            ..same.choices[0].clone()
        }],
        ..same.clone()
    };
    let first = decided(&night, "p").await;
    let again = api.submit(&actor, "one", &same).await;
    assert!(
        matches!(&again, Ok(Submitted::Decided { decision, again: true, .. }) if *decision == first),
        "{again:?}"
    );
    for form in [other, typed] {
        let answer = api.submit(&actor, "one", &form).await;
        assert!(matches!(answer, Ok(Submitted::Kept { .. })), "{answer:?}");
    }
    let view = api.get_conflict(&actor, "one", 1).await.expect("a conflict");
    assert_eq!(view.decisions.len(), 1);
}

#[tokio::test]
async fn s28_a_name_is_not_a_person_and_does_not_take_a_decision_of_another_back() {
    let (mut night, _) = a_night().await;
    let decision = decided(&night, "another").await;
    let undo = Undo { conflict: 1, decision };
    night.house.signed_in_as(Role::Resolver);
    let page = night.page("/one/conflicts/1").await;
    assert!(page.contains("Pat") && !page.contains("Undo this decision"), "{page}");
    let api = &night.house.installation.desk;
    let namesake = api.undo(&person("p", "one", Role::Resolver), "one", &undo).await;
    assert_eq!(namesake.err(), Some(ApiError::Forbidden { needs: Role::Lead }));
    assert!(api.undo(&person("another", "one", Role::Resolver), "one", &undo).await.is_ok());
}

#[tokio::test]
async fn s28_a_decision_of_another_school_does_not_exist() {
    let (night, _) = a_night().await;
    let desk = &night.house.installation.desk;
    let two = include_str!("../../src/desk/tests/local.toml").replace("\"one\"", "\"two\"");
    desk.import_settings(&night.house.installation.actor(), &two, "test").await.expect("settings");
    let decision = decided(&night, "p").await;
    let answer = desk
        .undo(&person("q", "two", Role::Resolver), "two", &Undo { conflict: 1, decision: decision.clone() })
        .await;
    assert_eq!(answer.err(), Some(ApiError::NotFound { what: format!("decision {decision}") }));
}

/// Whatever fails after the decision is stored is no failure of the decision. Only the answer to the commit itself may be
/// lost, and then nobody can tell.
#[tokio::test]
async fn s47_what_was_decided_is_not_said_to_have_failed() {
    let (night, _) = a_night().await;
    let desk = &night.house.installation.desk;
    let faults = night.house.installation.pipeline.store.faults();
    let actor = person("p", "one", Role::Resolver);
    let (mut lost, mut stored) = (Vec::new(), 0);
    // The first decision is read with every page from now on, so that each round makes the same calls.
    let undo = Undo { conflict: 1, decision: decided(&night, "p").await };
    desk.undo(&actor, "one", &undo).await.expect("taken back");
    for nth in 1.. {
        let form = form(&night.house, "ours").await;
        faults.fail_at(nth, Trouble::Io);
        let answer = desk.submit(&actor, "one", &form).await;
        let struck = faults.struck();
        faults.clear();
        let view = desk.get_conflict(&actor, "one", 1).await.expect("a conflict");
        if let Some(decision) = view.decisions.iter().find(|decision| decision.state == "decided") {
            stored += 1;
            if !matches!(answer, Ok(Submitted::Decided { .. })) {
                lost.push((nth, answer));
            }
            let undo = Undo { conflict: 1, decision: decision.decision.clone() };
            desk.undo(&actor, "one", &undo).await.expect("taken back");
        }
        if !struck {
            break;
        }
    }
    assert!(lost.len() <= 1 && stored > 3, "of {stored} decisions: {lost:?}");
}

#[tokio::test]
async fn the_history_of_a_record_asks_as_often_for_many_decisions_as_for_one() {
    let (night, _) = a_night().await;
    let desk = &night.house.installation.desk;
    let faults = night.house.installation.pipeline.store.faults();
    let actor = person("p", "one", Role::Resolver);
    let key = desk.get_conflict(&actor, "one", 1).await.expect("a conflict").line.label;
    let mut calls = Vec::new();
    for _ in 0..2 {
        let undo = Undo { conflict: 1, decision: decided(&night, "p").await };
        desk.undo(&actor, "one", &undo).await.expect("taken back");
        faults.clear();
        let first = PageRequest::default();
        desk.list_record_history(&actor, "one", "department", &key, &first).await.expect("a history");
        calls.push(faults.calls());
    }
    assert_eq!(calls[0], calls[1]);
}
