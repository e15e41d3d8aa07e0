//! Rights: every call × nobody, the four roles, and somebody of another school (RL S27, S28).

use std::collections::BTreeSet;
use std::sync::Arc;

use app::api::{
    Actor, Api, ApiError, Approve, AuditFilter, ChangeFilter, ConflictFilter, Decide, FieldChoice, Invite,
    InviteOutcome, MergeFilter, PageRequest, PersonFilter, PutRecord, RecordFilter, Role, RunFilter, SetRole,
    StartRun, Submission, Undo,
};
use app::api::{PageEdit, SettingsEdit, TryValue, TypesEdit};
use futures::future::BoxFuture;

use crate::config::{Config, Options};
use crate::installation::Installation;

const SETTINGS: &str = include_str!("tests/local.toml");
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";
const ROLES: [Role; 4] = [Role::Viewer, Role::Resolver, Role::Lead, Role::Admin];

type Answer = Result<(), ApiError>;
type Make = for<'a> fn(&'a dyn Api, &'a Actor) -> BoxFuture<'a, Answer>;

/// One call of the API as the table of the test has it.
struct Case {
    method: &'static str,
    needs: Role,
    /// Whether it is about one school; the others are refused for want of a role.
    of_school: bool,
    call: Make,
}

macro_rules! case {
    ($method:ident, $needs:ident, |$api:ident, $actor:ident| $call:expr) => {
        case!($method, $needs, true, |$api, $actor| $call)
    };
    ($method:ident, $needs:ident, $of_school:expr, |$api:ident, $actor:ident| $call:expr) => {
        Case {
            method: stringify!($method),
            needs: Role::$needs,
            of_school: $of_school,
            call: |$api, $actor| Box::pin(async move { $call.await.map(|_| ()) }),
        }
    };
}

fn start(kind: &str, no_limits: bool) -> StartRun {
    StartRun { kind: kind.to_owned(), types: Vec::new(), no_limits, reason: Some("test".to_owned()) }
}

fn decide(force: bool) -> Decide {
    let choice = FieldChoice { path: "name".to_owned(), choose: "ours".to_owned(), value: None };
    Decide {
        conflict: 1,
        revision: "r-1".to_owned(),
        choices: vec![choice],
        force,
        check_revision: false,
        reason: Some("test".to_owned()),
    }
}

fn submission(force: bool) -> Submission {
    Submission {
        conflict: 1,
        revision: "r-1".to_owned(),
        choices: Vec::new(),
        go: None,
        view: None,
        anyway: None,
        confirm: None,
        seen: Vec::new(),
        force: force.then(|| "yes".to_owned()),
        reason: None,
    }
}

fn undo() -> Undo {
    Undo { conflict: 1, decision: "00000000-0000-7000-8000-000000000000".to_owned() }
}

fn approve() -> Approve {
    Approve { number: 1, plan_hash: "none".to_owned() }
}

fn invite(everywhere: bool) -> Invite {
    let (email, name) = ("new@one.test".to_owned(), "New".to_owned());
    Invite { email, name, role: Role::Viewer, everywhere }
}

fn set_role(everywhere: bool) -> SetRole {
    SetRole { person: NOBODY.to_owned(), role: Role::Viewer, everywhere }
}

fn put() -> Vec<PutRecord> {
    let fields = r#"{"code":"A1","name":"Arts"}"#.to_owned();
    vec![PutRecord { place: "record".to_owned(), merge_type: "room".to_owned(), fields }]
}

fn cases() -> Vec<Case> {
    vec![
        case!(list_schools, Viewer, false, |api, actor| api.list_schools(actor)),
        case!(get_frame, Viewer, |api, actor| api.get_frame(actor, "one")),
        case!(import_settings, Admin, false, |api, actor| api.import_settings(actor, SETTINGS, "")),
        case!(export_settings, Lead, |api, actor| api.export_settings(actor, "one")),
        case!(get_settings, Lead, |api, actor| api.get_settings(actor, "one")),
        case!(edit_settings, Admin, |api, actor| async {
            let edit = SettingsEdit::Types(TypesEdit { on: vec!["room".to_owned()], with_others: false });
            api.edit_settings(actor, "one", &PageEdit { revision: 1, edit }).await
        }),
        case!(save_settings, Admin, |api, actor| api.save_settings(actor, "one", "test")),
        case!(rebase_settings, Admin, |api, actor| api.rebase_settings(actor, "one")),
        case!(discard_settings, Admin, |api, actor| api.discard_settings(actor, "one")),
        case!(revert_settings, Admin, |api, actor| api.revert_settings(actor, "one", 1)),
        case!(list_settings_changes, Lead, |api, actor| async {
            api.list_settings_changes(actor, "one", &PageRequest::default()).await
        }),
        case!(get_settings_change, Lead, |api, actor| api.get_settings_change(actor, "one", 1)),
        case!(try_value, Lead, |api, actor| async {
            let values =
                TryValue { merge_type: "room".to_owned(), field: "name".to_owned(), ..TryValue::default() };
            api.try_value(actor, "one", &values).await
        }),
        case!(list_conflicts, Viewer, |api, actor| async {
            api.list_conflicts(actor, "one", &ConflictFilter::default(), &PageRequest::default()).await
        }),
        case!(list_queue, Viewer, |api, actor| async {
            api.list_queue(actor, "one", &ConflictFilter::default(), &PageRequest::default()).await
        }),
        case!(find_next_conflict, Viewer, |api, actor| async {
            api.find_next_conflict(actor, "one", &ConflictFilter::default(), None).await
        }),
        case!(open_conflict, Viewer, |api, actor| async {
            api.open_conflict(actor, "one", 1, &ConflictFilter::default()).await
        }),
        case!(submit, Resolver, |api, actor| async { api.submit(actor, "one", &submission(false)).await }),
        case!(submit, Lead, |api, actor| async { api.submit(actor, "one", &submission(true)).await }),
        case!(fill_undecided, Resolver, |api, actor| async {
            api.fill_undecided(actor, "one", &submission(false), "ours").await
        }),
        case!(undo, Resolver, |api, actor| async { api.undo(actor, "one", &undo()).await }),
        case!(read_again, Lead, |api, actor| async {
            api.read_again(actor, "one", &submission(false)).await
        }),
        case!(open_force, Lead, |api, actor| api.open_force(actor, "one", 1)),
        case!(get_conflict, Viewer, |api, actor| api.get_conflict(actor, "one", 1)),
        case!(decide, Resolver, |api, actor| async { api.decide(actor, "one", &decide(false)).await }),
        case!(decide, Lead, |api, actor| async { api.decide(actor, "one", &decide(true)).await }),
        case!(get_decision, Viewer, |api, actor| {
            api.get_decision(actor, "one", "00000000-0000-7000-8000-000000000000")
        }),
        case!(list_records, Viewer, |api, actor| async {
            api.list_records(actor, "one", &RecordFilter::default(), &PageRequest::default()).await
        }),
        case!(get_record, Viewer, |api, actor| api.get_record(actor, "one", "room", "A1")),
        case!(list_record_history, Viewer, |api, actor| async {
            api.list_record_history(actor, "one", "room", "A1", &PageRequest::default()).await
        }),
        case!(put_records, Resolver, |api, actor| async { api.put_records(actor, "one", &put()).await }),
        case!(remove_record, Resolver, |api, actor| api.remove_record(actor, "one", "room", "A1")),
        case!(list_runs, Viewer, |api, actor| async {
            api.list_runs(actor, "one", &RunFilter::default(), &PageRequest::default()).await
        }),
        case!(get_run, Viewer, |api, actor| api.get_run(actor, "one", 1)),
        case!(start_run, Resolver, |api, actor| async {
            api.start_run(actor, "one", &start("trial", false)).await
        }),
        case!(start_run, Lead, |api, actor| async {
            api.start_run(actor, "one", &start("manual", false)).await
        }),
        case!(start_run, Lead, |api, actor| async {
            api.start_run(actor, "one", &start("nightly", false)).await
        }),
        case!(start_run, Admin, |api, actor| async {
            api.start_run(actor, "one", &start("manual", true)).await
        }),
        case!(start_run, Admin, |api, actor| async {
            api.start_run(actor, "one", &start("trial", true)).await
        }),
        case!(approve_run, Admin, |api, actor| async { api.approve_run(actor, "one", &approve()).await }),
        case!(stop_run, Lead, |api, actor| api.stop_run(actor, "one", 1)),
        case!(get_overview, Viewer, |api, actor| api.get_overview(actor, "one")),
        case!(get_now, Viewer, |api, actor| api.get_now(actor, "one")),
        case!(list_merges, Viewer, |api, actor| async {
            api.list_merges(actor, "one", &MergeFilter::default(), &PageRequest::default()).await
        }),
        case!(get_merge, Viewer, |api, actor| api.get_merge(actor, "one", 1)),
        case!(list_merge_changes, Viewer, |api, actor| async {
            let filter = ChangeFilter::default();
            api.list_merge_changes(actor, "one", 1, &filter, &PageRequest::default()).await
        }),
        case!(export_merge_changes, Viewer, |api, actor| async {
            api.export_merge_changes(actor, "one", 1, &ChangeFilter::default(), None).await
        }),
        case!(list_merge_conflicts, Viewer, |api, actor| async {
            api.list_merge_conflicts(actor, "one", 1, &[], &PageRequest::default()).await
        }),
        case!(list_merge_faults, Viewer, |api, actor| async {
            let filter = ChangeFilter::default();
            api.list_merge_faults(actor, "one", 1, &filter, &PageRequest::default()).await
        }),
        case!(get_start, Resolver, |api, actor| api.get_start(actor, "one")),
        case!(verify_audit, Lead, false, |api, actor| api.verify_audit(actor)),
        case!(list_audit, Lead, |api, actor| async {
            api.list_audit(actor, "one", &AuditFilter::default(), &PageRequest::default()).await
        }),
        case!(list_audit_actors, Lead, |api, actor| api.list_audit_actors(actor, "one")),
        case!(note_audit_export, Lead, |api, actor| api.note_audit_export(actor, "one", 3)),
        case!(list_holders, Viewer, |api, actor| api.list_holders(actor, "one", Role::Admin)),
        case!(list_people, Lead, |api, actor| async {
            api.list_people(actor, "one", &PersonFilter::default(), &PageRequest::default()).await
        }),
        case!(get_person, Lead, |api, actor| api.get_person(actor, "one", NOBODY)),
        case!(list_invitations, Lead, |api, actor| api.list_invitations(actor, "one")),
        case!(invite, Admin, |api, actor| async { api.invite(actor, "one", &invite(false)).await }),
        case!(set_role, Admin, |api, actor| async { api.set_role(actor, "one", &set_role(false)).await }),
        case!(remove_person, Admin, |api, actor| api.remove_person(actor, "one", NOBODY)),
    ]
}

async fn installation(folder: &tempfile::TempDir) -> Installation {
    let options = Options { data: Some(folder.path().to_owned()), ..Options::default() };
    let config = Config::read(&options).expect("a configuration");
    let installation = Installation::open(config).await.expect("an installation");
    let everybody = Actor::command_line("test");
    for slug in ["one", "two"] {
        let document = SETTINGS.replace("slug = \"one\"", &format!("slug = \"{slug}\""));
        installation.desk.import_settings(&everybody, &document, "test").await.expect("settings");
    }
    installation
}

fn person(school: &str, role: Option<Role>) -> Actor {
    Actor {
        id: "p".to_owned(),
        name: "P".to_owned(),
        roles: role.map(|role| (school.to_owned(), role)).into_iter().collect(),
    }
}

fn is_refused(answer: &Answer) -> bool {
    match answer {
        Err(ApiError::Forbidden { .. }) => true,
        Err(ApiError::NotFound { what }) => what == "school one",
        _ => false,
    }
}

#[tokio::test]
async fn s27_every_call_is_refused_below_its_role_and_taken_from_it_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let api: Arc<dyn Api> = installation(&folder).await.desk;
    for case in cases() {
        let nobody = (case.call)(api.as_ref(), &person("one", None)).await;
        assert!(is_refused(&nobody), "{} for nobody: {nobody:?}", case.method);
        for role in ROLES {
            let answer = (case.call)(api.as_ref(), &person("one", Some(role))).await;
            assert_eq!(is_refused(&answer), role < case.needs, "{} for {role:?}: {answer:?}", case.method);
            assert!(
                !matches!(answer, Err(ApiError::Internal { .. })),
                "{} for {role:?}: {answer:?}",
                case.method
            );
        }
    }
}

#[tokio::test]
async fn s28_a_school_does_not_exist_for_those_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let api: Arc<dyn Api> = installation(&folder).await.desk;
    for case in cases().into_iter().filter(|case| case.of_school) {
        let answer = (case.call)(api.as_ref(), &person("two", Some(Role::Admin))).await;
        assert_eq!(answer, Err(ApiError::NotFound { what: "school one".to_owned() }), "{}", case.method);
    }
    let import = api.import_settings(&person("two", Some(Role::Admin)), SETTINGS, "").await;
    assert_eq!(import.err(), Some(ApiError::NotFound { what: "school one".to_owned() }));
    let schools = api.list_schools(&person("two", Some(Role::Viewer))).await.expect("schools");
    assert_eq!(schools.iter().map(|school| school.slug.as_str()).collect::<Vec<_>>(), ["two"]);
}

#[tokio::test]
async fn s28_only_those_who_may_do_everything_make_a_school() {
    let folder = tempfile::tempdir().expect("a folder");
    let api: Arc<dyn Api> = installation(&folder).await.desk;
    let third = SETTINGS.replace("slug = \"one\"", "slug = \"three\"");
    let refused = api.import_settings(&person("one", Some(Role::Admin)), &third, "").await;
    assert_eq!(refused.err(), Some(ApiError::Forbidden { needs: Role::Admin }));
    assert!(api.import_settings(&person("*", Some(Role::Admin)), &third, "").await.is_ok());
}

#[tokio::test]
async fn s28_only_those_who_may_do_everything_give_a_role_everywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let api: Arc<dyn Api> = installation(&folder).await.desk;
    let admin = person("one", Some(Role::Admin));
    let refused = Err(ApiError::Forbidden { needs: Role::Admin });
    assert_eq!(
        api.invite(&admin, "one", &invite(true)).await,
        refused.clone().map(|()| InviteOutcome::Added)
    );
    assert_eq!(api.set_role(&admin, "one", &set_role(true)).await, refused);
    let everywhere = person("*", Some(Role::Admin));
    assert!(matches!(api.invite(&everywhere, "one", &invite(true)).await, Ok(InviteOutcome::Link(_))));
}

/// RL 8.1: a lead reads the log of their own schools.
#[tokio::test]
async fn s28_rows_of_the_installation_are_for_those_who_may_do_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let installation = installation(&folder).await;
    let pipeline = &installation.pipeline;
    let mut tx = pipeline.store.begin().await.expect("begun");
    let detail = serde_json::json!({});
    crate::session::audit(&pipeline.clock, &mut tx, None, "Ada", "person.setup", "Ada", &detail)
        .await
        .expect("noted");
    tx.commit().await.expect("committed");
    for (role, wanted) in [(Role::Lead, false), (Role::Admin, true)] {
        let actor = person("*", Some(role));
        let (filter, first) = (AuditFilter::default(), PageRequest::default());
        let rows = installation.desk.list_audit(&actor, "one", &filter, &first).await.expect("rows");
        let seen = rows.items.iter().any(|row| row.action == "person.setup");
        assert_eq!(seen, wanted, "{role:?}");
    }
}

#[test]
fn s27_no_call_is_missing_in_this_table() {
    let source = include_str!("../../../app/src/api/mod.rs");
    let declared: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("async fn "))
        .filter_map(|line| line.split('(').next())
        .collect();
    let tested: BTreeSet<&str> = cases().iter().map(|case| case.method).collect();
    assert_eq!(declared, tested);
}

#[tokio::test]
async fn s05_what_fails_inside_is_a_number_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let installation = installation(&folder).await;
    installation.pipeline.store.close().await;
    let person = person("one", Some(Role::Admin));
    let refused = installation.desk.get_run(&person, "one", 1).await.expect_err("no database");
    let ApiError::Internal { incident } = &refused else { panic!("{refused:?}") };
    assert_eq!(incident.len(), 8);
    assert_eq!(refused.to_string(), format!("something failed inside; the log has it under {incident}"));
}
