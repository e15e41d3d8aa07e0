//! The pages of merges over two simulated systems: what they say, how their numbers add up, and who may do what.

use app::api::{Api as _, Role, StartRun};
use axum::http::{StatusCode, header};
use connect::sim::options::{Counts, Size};
use connect::sim::{Sim, SimHandle, SimOptions};
use serde_json::json;

use crate::house::{TestHouse, text};

const CONNECTOR: &str = include_str!("../cli/systems.toml");
const DEPARTMENT: &str = include_str!("../cli/department.toml");

/// A school with two simulated systems that hold these departments.
pub struct Night {
    pub house: TestHouse,
    pub ours: SimHandle,
    pub theirs: SimHandle,
}

async fn sis(departments: usize) -> SimHandle {
    let counts = Counts { departments, ..Counts::default() };
    Sim::start(SimOptions::default().size(Size::Custom(counts))).await.expect("a simulated SIS")
}

fn system(side: &str, name: &str, sim: &SimHandle) -> String {
    format!(
        "[systems.{side}]\nname = \"{name}\"\nbase_url = \"{}\"\n{CONNECTOR}[systems.{side}.types.department]\n{DEPARTMENT}[systems.{side}.types.department.fields]\ncode = \"text\"\nname = \"text\"\nphone = \"text\"\n",
        sim.url()
    )
}

impl Night {
    pub async fn open(ours: usize, theirs: usize) -> Self {
        Self::with(ours, theirs, "").await
    }

    /// The same with more settings.
    pub async fn with(ours: usize, theirs: usize, more: &str) -> Self {
        let (ours, theirs) = (sis(ours).await, sis(theirs).await);
        let settings = format!(
            "version = 1\n[school]\nslug = \"one\"\nname = \"School of nights\"\nzone = \"America/New_York\"\n{}{}\
             [type.department]\nlabel = \"Departments\"\nkey = [\"code\"]\n[type.department.fields]\n\
             code = {{ kind = \"text\" }}\nname = {{ kind = \"text\" }}\nphone = {{ kind = \"text\" }}\n{more}",
            system("ours", "Scheduler", &ours),
            system("theirs", "Banner", &theirs)
        );
        Self { house: TestHouse::of(&settings).await, ours, theirs }
    }

    /// Runs a merge to its end, or until it waits.
    pub async fn merge(&self, kind: &str) -> i64 {
        let start = StartRun { kind: kind.to_owned(), types: Vec::new(), no_limits: false, reason: None };
        let admin = self.house.installation.actor();
        let line = self.house.installation.desk.start_run(&admin, "one", &start).await.expect("asked for");
        self.go_on(line.number).await;
        line.number
    }

    /// Carries a merge on from where it stands.
    pub async fn go_on(&self, number: i64) {
        let pipeline = &self.house.installation.pipeline;
        let mut reader = pipeline.store.read().await.expect("a reader");
        let school = store::school::find_by_slug(&mut reader, "one").await.expect("asked").expect("a school");
        let run = store::run::find_by_number(&mut reader, school.id, number).await.expect("asked");
        drop(reader);
        pipeline.execute(run.expect("a merge").id).await.expect("carried out");
    }

    pub async fn edit(&self, side: &SimHandle, id: &str, fields: serde_json::Value) {
        side.client().update("department", id, fields).await.expect("edited");
    }

    pub async fn page(&self, path: &str) -> String {
        let response = self.house.get(path).await;
        let status = response.status();
        let page = text(response).await.replace("<!>", "");
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }
}

/// Two departments change, one is in conflict; two of the changed values would be formulas in a spreadsheet.
pub async fn a_night() -> (Night, i64) {
    let night = Night::open(4, 4).await;
    night.merge("manual").await;
    night.edit(&night.ours, "DEP-2", json!({ "phone": "=1+1", "name": "-2 \"x\"" })).await;
    night.edit(&night.theirs, "DEP-3", json!({ "name": "<script>alert(1)</script>" })).await;
    night.edit(&night.ours, "DEP-1", json!({ "phone": "555-2222" })).await;
    night.edit(&night.theirs, "DEP-1", json!({ "phone": "555-3333" })).await;
    let number = night.merge("nightly").await;
    (night, number)
}

#[tokio::test]
async fn ux_7_7_1_the_history_says_how_every_merge_ended_and_what_changed_between() {
    let (night, _) = a_night().await;
    night.merge("trial").await;
    let page = night.page("/one/merges").await;
    for wanted in [
        "Finished, conflicts to decide",
        "Trial. Nothing was saved",
        "Settings ",
        "See the change",
        "role=\"group\"",
    ] {
        assert!(page.contains(wanted), "{wanted} is not in {page}");
    }
    let filtered = night.page("/one/merges?outcome=conflicts&kind=nightly").await;
    assert!(
        filtered.contains("#2") && !filtered.contains("#3") && filtered.contains("class=\"chip\""),
        "{filtered}"
    );
    let none = night.page("/one/merges?to=2020-01-01").await;
    assert!(none.contains("No merge is like that") && none.contains("Clear filters"), "{none}");
    let unknown = night.page("/one/merges?colour=red").await;
    assert!(unknown.contains("a filter that no longer exists: colour"), "{unknown}");
    let wrong = night.house.get("/one/merges?outcome=lovely").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_history_without_merges_offers_a_trial() {
    let page = TestHouse::open().await.get("/one/merges").await;
    let page = text(page).await;
    assert!(page.contains("No merges yet") && page.contains("/one/merges/new"), "{page}");
}

#[tokio::test]
async fn ux_12_28_the_totals_are_the_sums_of_the_types_and_the_rows_of_the_files() {
    let (night, number) = a_night().await;
    let api = &night.house.installation.desk;
    let admin = night.house.installation.actor();
    let merge = api.get_merge(&admin, "one", number).await.expect("a merge");
    assert_eq!((merge.totals.changes(), merge.totals.updated, merge.values), (2, [1, 1], 3));
    assert_eq!((merge.totals.conflicts, merge.totals.same), (1, Some(1)));
    let facts = merge.line.facts.expect("facts");
    assert_eq!((facts.changed, facts.new_conflicts), ([1, 1], 1));
    assert_eq!(merge.sentence, "2 records changed: 1 in Scheduler, 1 in Banner. No deletes.");
    let page = night.page(&format!("/one/merges/{number}")).await;
    for wanted in ["8 Report", "1 Read Banner", "4 records", "3 values", &merge.sentence] {
        assert!(page.contains(wanted), "{wanted} is not in {page}");
    }
    let csv = night.page(&format!("/one/merges/{number}/changes.csv")).await;
    assert_eq!(csv.lines().count(), 1 + 3, "{csv}");
    assert!(csv.starts_with("merge,settings_revision,record_type,key,label,written_to,operation,field,before,after,because,state,written_at\r\n"));
    assert!(csv.contains(",\"'=1+1\",") && csv.contains(",\"'-2 \"\"x\"\"\","), "S41: {csv}");
    let lines = night.page(&format!("/one/merges/{number}/changes.json")).await;
    let values: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(values.len(), 3);
    assert!(values.iter().any(|value| value["after"] == "=1+1" && value["written_to"] == "Banner"));
}

#[tokio::test]
async fn changes_show_before_and_after_as_text_and_are_filtered() {
    let (night, number) = a_night().await;
    let page = night.page(&format!("/one/merges/{number}/changes")).await;
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"), "{page}");
    assert!(page.contains("only Scheduler changed it") && page.contains("only Banner changed it"), "{page}");
    let filtered =
        night.page(&format!("/one/merges/{number}/changes?side=theirs&field=phone&op=update&q=dep")).await;
    assert!(filtered.contains("=1+1") && !filtered.contains("alert(1)"), "{filtered}");
    let file = format!("/one/merges/{number}/changes.csv?side=theirs&field=phone&op=update&q=dep");
    assert!(
        filtered.contains(&file.replace('&', "&amp;")) && filtered.contains("Download 2 values"),
        "{filtered}"
    );
    assert_eq!(night.page(&file).await.lines().count(), 1 + 2, "the file follows the filters of the page");
    let held = night.page(&format!("/one/merges/{number}/held")).await;
    assert!(held.contains("changes.csv?state=held") && held.contains("Download 0 values"), "{held}");
    let none = night.page(&format!("/one/merges/{number}/changes?field=seats")).await;
    assert!(none.contains("No change is like that"), "{none}");
    let conflicts = night.page(&format!("/one/merges/{number}/conflicts")).await;
    assert!(
        conflicts.contains("Changed on both sides") && conflicts.contains("/one/conflicts/1"),
        "{conflicts}"
    );
    let of_type = night.page(&format!("/one/merges/{number}/conflicts?type=planet")).await;
    assert!(!of_type.contains("/one/conflicts/1\""), "{of_type}");
    let errors = night.page(&format!("/one/merges/{number}/errors")).await;
    assert!(errors.contains("Nothing went wrong"), "{errors}");
    assert_eq!(night.house.get("/one/merges/99").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(night.house.get("/one/merges/99/changes.csv").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn s42_a_file_has_a_name_of_ours() {
    let (night, number) = a_night().await;
    let response = night.house.get(&format!("/one/merges/{number}/changes.csv?type=%22%0d%0ax")).await;
    let name = response.headers()[header::CONTENT_DISPOSITION].to_str().expect("text");
    assert_eq!(name, format!("attachment; filename=\"one-merge-{number}-changes.csv\""));
    assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}

#[tokio::test]
async fn ux_12_6_a_merge_that_reads_nothing_is_not_finished_anywhere() {
    let night = Night::open(0, 0).await;
    let number = night.merge("manual").await;
    for path in ["/one/overview".to_owned(), "/one/merges".to_owned(), format!("/one/merges/{number}")] {
        let page = night.page(&path).await;
        let main = page.split("<table").last().unwrap_or(&page);
        assert!(page.contains("Ran, read nothing"), "{path}: {page}");
        assert!(!main.contains(">Finished<"), "{path}: {page}");
    }
}

#[tokio::test]
async fn ux_12_25_a_held_merge_says_why_and_is_released_with_the_words_only_by_an_admin() {
    let mut night = Night::open(4, 0).await;
    let number = night.merge("manual").await;
    let here = format!("/one/merges/{number}");
    let page = night.page(&here).await;
    for wanted in
        ["waits for an approval", "changes by the first merge", "Let it write", "Nothing was written"]
    {
        assert!(page.contains(wanted), "{wanted} is not in {page}");
    }
    let confirm = night.page(&format!("{here}?confirm=release")).await;
    assert!(confirm.contains(&format!("release {number}")) && confirm.contains("4 changes"), "{confirm}");
    let hash = confirm.split("form[plan_hash]\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let hash = hash.expect("a hash").to_owned();
    let number_text = number.to_string();
    let words = format!("Release {number}");
    let wrong = [
        ("school", "one"),
        ("form[number]", &*number_text),
        ("form[plan_hash]", &*hash),
        ("form[typed]", "yes"),
        ("form[seen]", "yes"),
    ];
    let answer = night.house.post("/act/hold_release", &wrong).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let to = answer.headers()[header::LOCATION].to_str().expect("text").to_owned();
    let again = night.house.get(&to).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(again).await.contains("Nothing was written"));
    let right = [
        ("school", "one"),
        ("form[number]", &*number_text),
        ("form[plan_hash]", &*hash),
        ("form[typed]", &*words),
        ("form[seen]", "yes"),
    ];
    night.house.signed_in_as(Role::Lead);
    let refused = night.house.post("/act/hold_release", &right).await;
    assert_eq!(refused.headers()[header::LOCATION], "/one/not-allowed?needs=admin");
    assert!(!night.page(&here).await.contains("Let it write"), "a lead is not offered it");
    night.house.signed_in_as(Role::Admin);
    let answer = night.house.post("/act/hold_release", &right).await;
    assert_eq!(answer.headers()[header::LOCATION], here.as_str());
    night.go_on(number).await;
    let page = night.page(&here).await;
    assert!(page.contains("4 records changed: 4 in Banner"), "{page}");
}

#[tokio::test]
async fn a_held_merge_can_be_dropped_and_writes_nothing() {
    let night = Night::open(2, 0).await;
    let number = night.merge("manual").await;
    let answer =
        night.house.post("/act/hold_drop", &[("school", "one"), ("number", &number.to_string())]).await;
    assert_eq!(answer.headers()[header::LOCATION], format!("/one/merges/{number}").as_str());
    night.go_on(number).await;
    let page = night.page(&format!("/one/merges/{number}")).await;
    assert!(page.contains("Stopped by a person") && page.contains("No record was changed"), "{page}");
}

#[tokio::test]
async fn ux_7_6_a_merge_is_asked_for_by_a_form_and_limits_come_off_only_with_the_words() {
    let mut night = Night::open(2, 2).await;
    let form = night.page("/one/merges/new").await;
    for wanted in ["Trial merge", "Real merge", "Departments", "Off for this merge"] {
        assert!(form.contains(wanted), "{wanted} is not in {form}");
    }
    let off = [("school", "one"), ("form[kind]", "manual"), ("form[what]", "all"), ("form[limits]", "off")];
    let asked = night.house.post("/act/merge_start", &off).await;
    let to = asked.headers()[header::LOCATION].to_str().expect("text").to_owned();
    assert!(to.starts_with("/one/merges/new?kind=manual&limits=off"), "{to}");
    assert!(night.page(&to).await.contains("Safety limits off for one merge"));
    let chosen = [("school", "one"), ("form[kind]", "trial"), ("form[what]", "chosen")];
    let asked = night.house.post("/act/merge_start", &chosen).await;
    let to = asked.headers()[header::LOCATION].to_str().expect("text").to_owned();
    assert_eq!(night.house.get(&to).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let trial = [
        ("school", "one"),
        ("form[kind]", "trial"),
        ("form[what]", "chosen"),
        ("form[types][]", "department"),
    ];
    let asked = night.house.post("/act/merge_start", &trial).await;
    assert_eq!(asked.headers()[header::LOCATION], "/one/merges/1");
    assert!(night.page("/one/merges/1").await.contains("begins in a moment"), "the flash says so");
    night.house.signed_in_as(Role::Resolver);
    let form = night.page("/one/merges/new").await;
    assert!(!form.contains("Real merge") && form.contains("Only leads and admins"), "{form}");
    let real = [("school", "one"), ("form[kind]", "manual"), ("form[what]", "all")];
    let refused = night.house.post("/act/merge_start", &real).await;
    assert_eq!(refused.headers()[header::LOCATION], "/one/not-allowed?needs=lead");
    night.house.signed_in_as(Role::Viewer);
    assert_eq!(night.house.get("/one/merges/new").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn ux_7_2_the_overview_says_how_it_went_and_what_waits() {
    let (night, number) = a_night().await;
    let page = night.page("/one/overview").await;
    for wanted in [
        "No merge is running",
        "the schedule is off",
        "Finished, conflicts to decide",
        "2 records changed: 1 in Scheduler, 1 in Banner",
        "New since yesterday",
        "Decide the oldest",
        "Show as table",
        &format!("/one/merges/{number}"),
    ] {
        assert!(page.contains(wanted), "{wanted} is not in {page}");
    }
    let new = text(TestHouse::open().await.get("/one/overview").await).await;
    assert!(new.contains("No merge has run yet") && new.contains("Nothing to decide"), "{new}");
}

#[tokio::test]
async fn a_merge_that_cannot_read_a_system_says_which_and_what_it_means() {
    let mut night = Night::open(2, 2).await;
    night.merge("manual").await;
    night.theirs.down().await;
    let number = night.merge("manual").await;
    let page = night.page(&format!("/one/merges/{number}/errors")).await;
    assert!(page.contains("Listings that were stopped") && page.contains("Banner"), "{page}");
    let overview = night.page("/one/overview").await;
    assert!(overview.contains("Needs attention (") && !overview.contains(">Finished<"), "{overview}");
}

#[tokio::test]
async fn what_went_wrong_is_shown_of_every_type_that_is_asked_for() {
    let (night, number) = a_night().await;
    let pipeline = &night.house.installation.pipeline;
    let mut tx = pipeline.store.begin().await.expect("begun");
    let school = store::school::find_by_slug(&mut tx, "one").await.expect("asked").expect("a school").id;
    let run = store::run::find_by_number(&mut tx, school, number).await.expect("asked").expect("a merge").id;
    let failure = |type_name: &str| store::quarantine::Failure {
        type_name: type_name.to_owned(),
        side: merge::Side::Theirs,
        remote_id: format!("bad-{type_name}"),
        key: None,
        code: "broken".to_owned(),
        message: "cannot be used".to_owned(),
        field: None,
        version: None,
        raw_hash: None,
        raw: None,
    };
    let failures = ["department", "room", "person"].map(failure);
    let now = pipeline.clock.now();
    store::quarantine::record_many(&mut tx, school, run, &failures, 3, now).await.expect("recorded");
    tx.commit().await.expect("committed");
    let page = night.page(&format!("/one/merges/{number}/errors?type=department&type=room")).await;
    let shown = ["bad-department", "bad-room", "bad-person"].map(|id| page.contains(id));
    assert_eq!(shown, [true, true, false], "{page}");
}

#[tokio::test]
async fn a_double_click_starts_one_merge() {
    let house = TestHouse::open().await;
    let start = |kind: &'static str| [("school", "one"), ("form[kind]", kind), ("form[what]", "all")];
    let first = house.post("/act/merge_start", &start("trial")).await;
    let again = house.post("/act/merge_start", &start("trial")).await;
    assert_eq!(first.headers()[header::LOCATION], "/one/merges/1");
    assert_eq!(again.headers()[header::LOCATION], "/one/merges/1");
    let other = house.post("/act/merge_start", &start("manual")).await;
    assert_eq!(other.headers()[header::LOCATION], "/one/merges/2", "another kind is another wish");
}

#[tokio::test]
async fn ux_4_who_may_not_read_the_settings_gets_no_link_to_them() {
    let (mut night, number) = a_night().await;
    let merge = format!("/one/merges/{number}");
    assert!(night.page(&merge).await.contains("/one/settings/changes/1"));
    night.house.signed_in_as(Role::Resolver);
    for path in [&merge, "/one/merges"] {
        let page = night.page(path).await;
        assert!(!page.contains("/one/settings/") && !page.contains("See the change"), "{path}: {page}");
    }
    assert!(night.page(&merge).await.contains("settings revision 1"));
}
