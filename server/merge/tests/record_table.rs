//! Every cell of the truth tables, MS section 9, in five modes.
//!
//! A line reads `MERGED OUTCOME | ✗ kind: path reason | rule path=value | side: write`; see `support/show.rs`.

#[path = "support/record.rs"]
mod record;
#[path = "support/show.rs"]
mod show;

macro_rules! cells {
    ($($name:ident: $policy:literal, $base:literal, $ours:literal, $theirs:literal => {
        $($mode:ident: $expected:literal;)+
    })+) => {$(
        mod $name {
            use super::{record, show};
            $(
                #[test]
                fn $mode() {
                    let policy = format!("mode = \"{}\"\n{}", stringify!($mode), $policy);
                    let verdict = record::merge_texts(&record::policy(&policy), $base, $ours, $theirs);
                    assert_eq!(show::show(&verdict), $expected);
                }
            )+
        }
    )+};
}

cells! {
    r01_ours_deleted_and_theirs_untouched: r#""#, r#"{"v":1}"#, r#"—"#, r#"{"v":1}"# => {
        manual: r#"— deleted_ours | R1 record=— | theirs: delete"#;
        resolve_ours: r#"— deleted_ours | R1 record=— | theirs: delete"#;
        resolve_theirs: r#"— deleted_ours | R1 record=— | theirs: delete"#;
        always_ours: r#"— deleted_ours | R1 record=— | theirs: delete"#;
        always_theirs: r#"{"v":1} restored | R1 record={"v":1} | ours: create {"v":1}"#;
    }
    r02_ours_deleted_and_theirs_changed: r#""#, r#"{"v":1}"#, r#"—"#, r#"{"v":2}"# => {
        manual: r#"— conflict | ✗ delete_update: v deleted | R2 hold=—"#;
        resolve_ours: r#"— resolved | R2 record=— | theirs: delete"#;
        resolve_theirs: r#"{"v":2} resolved | R2 record={"v":2} | ours: create {"v":2}"#;
        always_ours: r#"— resolved | R2 record=— | theirs: delete"#;
        always_theirs: r#"{"v":2} resolved | R2 record={"v":2} | ours: create {"v":2}"#;
    }
    r03_theirs_deleted_and_ours_untouched: r#""#, r#"{"v":1}"#, r#"{"v":1}"#, r#"—"# => {
        manual: r#"— deleted_theirs | R3 record=— | ours: delete"#;
        resolve_ours: r#"— deleted_theirs | R3 record=— | ours: delete"#;
        resolve_theirs: r#"— deleted_theirs | R3 record=— | ours: delete"#;
        always_ours: r#"{"v":1} restored | R3 record={"v":1} | theirs: create {"v":1}"#;
        always_theirs: r#"— deleted_theirs | R3 record=— | ours: delete"#;
    }
    r04_theirs_deleted_and_ours_changed: r#""#, r#"{"v":1}"#, r#"{"v":2}"#, r#"—"# => {
        manual: r#"{"v":2} conflict | ✗ update_delete: v deleted | R4 hold={"v":2}"#;
        resolve_ours: r#"{"v":2} resolved | R4 record={"v":2} | theirs: create {"v":2}"#;
        resolve_theirs: r#"— resolved | R4 record=— | ours: delete"#;
        always_ours: r#"{"v":2} resolved | R4 record={"v":2} | theirs: create {"v":2}"#;
        always_theirs: r#"— resolved | R4 record=— | ours: delete"#;
    }
    r05_both_deleted: r#""#, r#"{"v":1}"#, r#"—"#, r#"—"# => {
        manual: r#"— deleted_both | R5 record=—"#;
        resolve_ours: r#"— deleted_both | R5 record=—"#;
        resolve_theirs: r#"— deleted_both | R5 record=—"#;
        always_ours: r#"— deleted_both | R5 record=—"#;
        always_theirs: r#"— deleted_both | R5 record=—"#;
    }
    r06_out_of_scope_on_ours: r#""#, r#"{"v":1}"#, r#"out"#, r#"{"v":2}"# => {
        manual: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
        resolve_ours: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
        resolve_theirs: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
        always_ours: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
        always_theirs: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
    }
    r06_out_of_scope_on_theirs: r#""#, r#"{"v":1}"#, r#"{"v":2}"#, r#"out"# => {
        manual: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
        resolve_ours: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
        resolve_theirs: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
        always_ours: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
        always_theirs: r#"{"v":1} out_of_scope | R6 record={"v":1}"#;
    }
    r07_new_on_ours: r#""#, r#"—"#, r#"{"v":1}"#, r#"—"# => {
        manual: r#"{"v":1} created_ours | R7 record={"v":1} | theirs: create {"v":1}"#;
        resolve_ours: r#"{"v":1} created_ours | R7 record={"v":1} | theirs: create {"v":1}"#;
        resolve_theirs: r#"{"v":1} created_ours | R7 record={"v":1} | theirs: create {"v":1}"#;
        always_ours: r#"{"v":1} created_ours | R7 record={"v":1} | theirs: create {"v":1}"#;
        always_theirs: r#"{"v":1} ours_only | R7 record={"v":1}"#;
    }
    r08_new_on_theirs: r#""#, r#"—"#, r#"—"#, r#"{"v":1}"# => {
        manual: r#"{"v":1} created_theirs | R8 record={"v":1} | ours: create {"v":1}"#;
        resolve_ours: r#"{"v":1} created_theirs | R8 record={"v":1} | ours: create {"v":1}"#;
        resolve_theirs: r#"{"v":1} created_theirs | R8 record={"v":1} | ours: create {"v":1}"#;
        always_ours: r#"— theirs_only | R8 record=—"#;
        always_theirs: r#"{"v":1} created_theirs | R8 record={"v":1} | ours: create {"v":1}"#;
    }
    r09_new_on_both_and_equal: r#""#, r#"—"#, r#"{"v":1}"#, r#"{"v":1}"# => {
        manual: r#"{"v":1} linked | R9 record={"v":1}"#;
        resolve_ours: r#"{"v":1} linked | R9 record={"v":1}"#;
        resolve_theirs: r#"{"v":1} linked | R9 record={"v":1}"#;
        always_ours: r#"{"v":1} linked | R9 record={"v":1}"#;
        always_theirs: r#"{"v":1} linked | R9 record={"v":1}"#;
    }
    r10_new_on_both_and_different: r#""#, r#"—"#, r#"{"v":1,"w":1}"#, r#"{"v":1,"w":2}"# => {
        manual: r#"{"v":1,"w":1} conflict | ✗ both_added: w no_base | F12 hold={"v":1,"w":1}"#;
        resolve_ours: r#"{"v":1,"w":1} resolved | R10 record={"v":1,"w":1}, F12 w=1 | theirs: update w → {"v":1,"w":1}"#;
        resolve_theirs: r#"{"v":1,"w":2} resolved | R10 record={"v":1,"w":2}, F12 w=2 | ours: update w → {"v":1,"w":2}"#;
        always_ours: r#"{"v":1,"w":1} resolved | R10 record={"v":1,"w":1}, F12 w=1 | theirs: update w → {"v":1,"w":1}"#;
        always_theirs: r#"{"v":1,"w":2} resolved | R10 record={"v":1,"w":2}, F12 w=2 | ours: update w → {"v":1,"w":2}"#;
    }
    r11_a_change_in_ignored_paths_only_is_untouched: r#"ignore = ["e"]"#, r#"{"v":1,"e":1}"#, r#"—"#, r#"{"v":1,"e":2}"# => {
        manual: r#"— deleted_ours | R1 record=— | theirs: delete"#;
        resolve_ours: r#"— deleted_ours | R1 record=— | theirs: delete"#;
        resolve_theirs: r#"— deleted_ours | R1 record=— | theirs: delete"#;
        always_ours: r#"— deleted_ours | R1 record=— | theirs: delete"#;
        always_theirs: r#"{"v":1,"e":2} restored | R1 record={"v":1,"e":2} | ours: create {"v":1,"e":2}"#;
    }
    r12_a_mode_never_deletes_what_base_never_had: r#""#, r#"—"#, r#"{"v":1}"#, r#"—"# => {
        manual: r#"{"v":1} created_ours | R7 record={"v":1} | theirs: create {"v":1}"#;
        resolve_ours: r#"{"v":1} created_ours | R7 record={"v":1} | theirs: create {"v":1}"#;
        resolve_theirs: r#"{"v":1} created_ours | R7 record={"v":1} | theirs: create {"v":1}"#;
        always_ours: r#"{"v":1} created_ours | R7 record={"v":1} | theirs: create {"v":1}"#;
        always_theirs: r#"{"v":1} ours_only | R7 record={"v":1}"#;
    }
    r15_an_allow_switch_changes_the_write_and_not_the_answer: r#"[allow.theirs]
create = false
update = false
delete = false"#, r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":1}"# => {
        manual: r#"{"v":2} taken_ours | F2 v=2 | theirs: pending_update"#;
        resolve_ours: r#"{"v":2} taken_ours | F2 v=2 | theirs: pending_update"#;
        resolve_theirs: r#"{"v":2} taken_ours | F2 v=2 | theirs: pending_update"#;
        always_ours: r#"{"v":2} taken_ours | F2 v=2 | theirs: pending_update"#;
        always_theirs: r#"{"v":1} resolved | F2 v=1 | ours: update v → {"v":1}"#;
    }
    r15_a_refused_delete_stays_decided: r#"[allow.theirs]
delete = false"#, r#"{"v":1}"#, r#"—"#, r#"{"v":1}"# => {
        manual: r#"— deleted_ours | R1 record=— | theirs: pending_delete"#;
        resolve_ours: r#"— deleted_ours | R1 record=— | theirs: pending_delete"#;
        resolve_theirs: r#"— deleted_ours | R1 record=— | theirs: pending_delete"#;
        always_ours: r#"— deleted_ours | R1 record=— | theirs: pending_delete"#;
        always_theirs: r#"{"v":1} restored | R1 record={"v":1} | ours: create {"v":1}"#;
    }
    d02_missing_is_not_deleted: r#""#, r#"{"v":1}"#, r#"?"#, r#"{"v":2}"# => {
        manual: r#"{"v":1} missing | D2 record={"v":1}"#;
        resolve_ours: r#"{"v":1} missing | D2 record={"v":1}"#;
        resolve_theirs: r#"{"v":1} missing | D2 record={"v":1}"#;
        always_ours: r#"{"v":1} missing | D2 record={"v":1}"#;
        always_theirs: r#"{"v":1} missing | D2 record={"v":1}"#;
    }
}
