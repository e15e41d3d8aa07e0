use crate::world::{Installation, own_and_sis, sis, two_sises};

#[tokio::test]
async fn settings_come_back_byte_for_byte() {
    let (at, sim) = (Installation::new(), sis(1).await);
    let document = format!("# a comment stays\n{}", own_and_sis("north", &sim));
    at.import(&document).await;
    assert_eq!(at.run(&["settings", "export"]).await.with(0).out, document);
    let file = at.path("out.toml").display().to_string();
    at.run(&["settings", "export", "--school", "north", "--out", &file]).await.with(0);
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), document);
    let again = at.run(&["settings", "import", &file]).await.with(0);
    assert!(again.out.contains("unchanged, revision 1"), "{}", again.out);
}

/// Imports a broken variant, and checks what is said and that nothing was changed.
async fn refused(at: &Installation, document: &str, wanted: &[&str]) {
    let file = at.write("broken.toml", document);
    let ended = at.run(&["settings", "import", &file]).await.with(2);
    assert_eq!(ended.out, "");
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    for wanted in wanted {
        assert!(ended.err.contains(wanted), "{wanted} in {}", ended.err);
    }
}

#[tokio::test]
async fn broken_settings_are_named_by_file_line_and_member_and_change_nothing() {
    let (at, sim) = (Installation::new(), sis(1).await);
    let good = own_and_sis("north", &sim);
    refused(&at, "version = 1\n[school\n", &["broken.toml:2: "]).await;
    let line = |needle: &str, document: &str| {
        let at = document.lines().position(|line| line.contains(needle)).expect("the line") + 1;
        format!("broken.toml:{at}: ")
    };
    let unknown = good.replace("hold_seconds", "hold_secnods");
    refused(&at, &unknown, &[&line("hold_secnods", &unknown), "desk.hold_secnods"]).await;
    let kind = good.replace("code = { kind = \"text\" }", "code = { kind = \"words\" }");
    refused(&at, &kind, &[&line("words", &kind), "type.department.fields.code"]).await;
    let connector = good.replace("allow_http = true\n", "allow_http = true\nproxie = \"x\"\n");
    refused(&at, &connector, &[&line("proxie", &connector), "systems.theirs.proxie"]).await;
    let paging = good.replace("style = \"token\"", "style = \"tokens\"");
    refused(&at, &paging, &[&line("tokens", &paging), "systems.theirs.types.department.paging"]).await;
    let secret = good.replace("secret = \"sim\"", "secret = \"other\"");
    refused(&at, &secret, &["systems.theirs", "other"]).await;
    let schools = at.run(&["settings", "export"]).await.with(2);
    assert!(schools.err.contains("there is no school yet"), "{}", schools.err);
}

#[tokio::test]
async fn check_has_a_line_for_each_matter_and_says_what_is_wrong() {
    let (at, ours, mut theirs) = (Installation::new(), sis(2).await, sis(2).await);
    at.import(&two_sises("north", &ours, &theirs)).await;
    let well = at.run(&["check"]).await.with(0).out;
    for wanted in
        ["database:", "settings: School north", "Scheduler: department", "Banner: department", "schedule:"]
    {
        assert!(well.contains(wanted), "{wanted} in {well}");
    }
    theirs.down().await;
    let down = at.run(&["check"]).await.with(1).out;
    assert!(down.lines().any(|line| line.starts_with("problem  Banner")), "{down}");
}

#[tokio::test]
async fn wrong_arguments_and_configurations_are_one_line() {
    let at = Installation::new();
    for arguments in [
        &["conflicts", "show", "one"][..],
        &["frobnicate"],
        &["run", "--kind", "weekly"],
        &["--listen", "nowhere", "serve"],
        &["--database", "mysql://x/y", "check"],
        &["--config", "/nonexistent.toml", "check"],
        &["--log", "loud=no", "check"],
    ] {
        let ended = at.run(arguments).await.with(2);
        assert!(
            ended.err.starts_with("tiebreak: ") && ended.err.lines().count() == 1,
            "{arguments:?}: {}",
            ended.err
        );
    }
}
