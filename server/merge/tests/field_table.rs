//! Every cell of the truth tables, MS section 4 to 7, in five modes.
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
    f01_neither_side_changed: r#""#, r#"{"v":1}"#, r#"{"v":1}"#, r#"{"v":1}"# => {
        manual: r#"{"v":1} unchanged"#;
        resolve_ours: r#"{"v":1} unchanged"#;
        resolve_theirs: r#"{"v":1} unchanged"#;
        always_ours: r#"{"v":1} unchanged"#;
        always_theirs: r#"{"v":1} unchanged"#;
    }
    f01_spellings_differ_without_a_change: r#""#, r#"{"v":1}"#, r#"{"v":1.0}"#, r#"{"v":1.00}"# => {
        manual: r#"{"v":1} unchanged"#;
        resolve_ours: r#"{"v":1} unchanged"#;
        resolve_theirs: r#"{"v":1} unchanged"#;
        always_ours: r#"{"v":1.0} unchanged"#;
        always_theirs: r#"{"v":1.00} unchanged"#;
    }
    f02_ours_changed: r#""#, r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":1}"# => {
        manual: r#"{"v":2} taken_ours | F2 v=2 | theirs: update v → {"v":2}"#;
        resolve_ours: r#"{"v":2} taken_ours | F2 v=2 | theirs: update v → {"v":2}"#;
        resolve_theirs: r#"{"v":2} taken_ours | F2 v=2 | theirs: update v → {"v":2}"#;
        always_ours: r#"{"v":2} taken_ours | F2 v=2 | theirs: update v → {"v":2}"#;
        always_theirs: r#"{"v":1} resolved | F2 v=1 | ours: update v → {"v":1}"#;
    }
    f03_theirs_changed: r#""#, r#"{"v":1}"#, r#"{"v":1}"#, r#"{"v":2}"# => {
        manual: r#"{"v":2} taken_theirs | F3 v=2 | ours: update v → {"v":2}"#;
        resolve_ours: r#"{"v":2} taken_theirs | F3 v=2 | ours: update v → {"v":2}"#;
        resolve_theirs: r#"{"v":2} taken_theirs | F3 v=2 | ours: update v → {"v":2}"#;
        always_ours: r#"{"v":1} resolved | F3 v=1 | theirs: update v → {"v":1}"#;
        always_theirs: r#"{"v":2} taken_theirs | F3 v=2 | ours: update v → {"v":2}"#;
    }
    f04_both_made_the_same_change: r#""#, r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":2}"# => {
        manual: r#"{"v":2} converged | F4 v=2"#;
        resolve_ours: r#"{"v":2} converged | F4 v=2"#;
        resolve_theirs: r#"{"v":2} converged | F4 v=2"#;
        always_ours: r#"{"v":2} converged | F4 v=2"#;
        always_theirs: r#"{"v":2} converged | F4 v=2"#;
    }
    f04_both_made_the_same_change_in_two_spellings: r#""#, r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":2.0}"# => {
        manual: r#"{"v":2.0} converged | F4 v=2.0"#;
        resolve_ours: r#"{"v":2} converged | F4 v=2"#;
        resolve_theirs: r#"{"v":2.0} converged | F4 v=2.0"#;
        always_ours: r#"{"v":2} converged | F4 v=2"#;
        always_theirs: r#"{"v":2.0} converged | F4 v=2.0"#;
    }
    f05_both_changed_differently: r#""#, r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":3}"# => {
        manual: r#"{"v":2} conflict | ✗ field: v both_changed | F5 hold={"v":2}"#;
        resolve_ours: r#"{"v":2} resolved | F5 v=2 | theirs: update v → {"v":2}"#;
        resolve_theirs: r#"{"v":3} resolved | F5 v=3 | ours: update v → {"v":3}"#;
        always_ours: r#"{"v":2} resolved | F5 v=2 | theirs: update v → {"v":2}"#;
        always_theirs: r#"{"v":3} resolved | F5 v=3 | ours: update v → {"v":3}"#;
    }
    f06_one_contested_and_one_clean_field: r#""#, r#"{"v":1,"w":1}"#, r#"{"v":2,"w":1}"#, r#"{"v":3,"w":9}"# => {
        manual: r#"{"v":2,"w":1} conflict | ✗ field: v both_changed | F5 hold={"v":2,"w":1}"#;
        resolve_ours: r#"{"v":2,"w":9} resolved | F5 v=2, F3 w=9 | ours: update w → {"v":2,"w":9} | theirs: update v → {"v":2,"w":9}"#;
        resolve_theirs: r#"{"v":3,"w":9} resolved | F5 v=3, F3 w=9 | ours: update v,w → {"v":3,"w":9}"#;
        always_ours: r#"{"v":2,"w":1} resolved | F5 v=2, F3 w=1 | theirs: update v,w → {"v":2,"w":1}"#;
        always_theirs: r#"{"v":3,"w":9} resolved | F5 v=3, F3 w=9 | ours: update v,w → {"v":3,"w":9}"#;
    }
    f06_with_hold_field_the_clean_field_goes_on: r#"hold = "field""#, r#"{"v":1,"w":1}"#, r#"{"v":2,"w":1}"#, r#"{"v":3,"w":9}"# => {
        manual: r#"{"v":2,"w":9} conflict | ✗ field: v both_changed | F5 v=2, F3 w=9 | ours: update w → {"v":2,"w":9}"#;
        resolve_ours: r#"{"v":2,"w":9} resolved | F5 v=2, F3 w=9 | ours: update w → {"v":2,"w":9} | theirs: update v → {"v":2,"w":9}"#;
        resolve_theirs: r#"{"v":3,"w":9} resolved | F5 v=3, F3 w=9 | ours: update v,w → {"v":3,"w":9}"#;
        always_ours: r#"{"v":2,"w":1} resolved | F5 v=2, F3 w=1 | theirs: update v,w → {"v":2,"w":1}"#;
        always_theirs: r#"{"v":3,"w":9} resolved | F5 v=3, F3 w=9 | ours: update v,w → {"v":3,"w":9}"#;
    }
    f06_clean_changes_on_different_fields: r#""#, r#"{"v":1,"w":1}"#, r#"{"v":2,"w":1}"#, r#"{"v":1,"w":3}"# => {
        manual: r#"{"v":2,"w":3} merged | F2 v=2, F3 w=3 | ours: update w → {"v":2,"w":3} | theirs: update v → {"v":2,"w":3}"#;
        resolve_ours: r#"{"v":2,"w":3} merged | F2 v=2, F3 w=3 | ours: update w → {"v":2,"w":3} | theirs: update v → {"v":2,"w":3}"#;
        resolve_theirs: r#"{"v":2,"w":3} merged | F2 v=2, F3 w=3 | ours: update w → {"v":2,"w":3} | theirs: update v → {"v":2,"w":3}"#;
        always_ours: r#"{"v":2,"w":1} resolved | F2 v=2, F3 w=1 | theirs: update v,w → {"v":2,"w":1}"#;
        always_theirs: r#"{"v":1,"w":3} resolved | F2 v=1, F3 w=3 | ours: update v,w → {"v":1,"w":3}"#;
    }
    f07_a_blank_propagates: r#""#, r#"{"v":1}"#, r#"{"v":1}"#, r#"{}"# => {
        manual: r#"{} taken_theirs | F3 v=— | ours: update v → {}"#;
        resolve_ours: r#"{} taken_theirs | F3 v=— | ours: update v → {}"#;
        resolve_theirs: r#"{} taken_theirs | F3 v=— | ours: update v → {}"#;
        always_ours: r#"{"v":1} resolved | F3 v=1 | theirs: update v → {"v":1}"#;
        always_theirs: r#"{} taken_theirs | F3 v=— | ours: update v → {}"#;
    }
    f07_a_blank_against_a_change: r#""#, r#"{"v":1}"#, r#"{"v":2}"#, r#"{"v":null}"# => {
        manual: r#"{"v":2} conflict | ✗ field: v both_changed | F5 hold={"v":2}"#;
        resolve_ours: r#"{"v":2} resolved | F5 v=2 | theirs: update v → {"v":2}"#;
        resolve_theirs: r#"{"v":null} resolved | F5 v=null | ours: update v → {"v":null}"#;
        always_ours: r#"{"v":2} resolved | F5 v=2 | theirs: update v → {"v":2}"#;
        always_theirs: r#"{"v":null} resolved | F5 v=null | ours: update v → {"v":null}"#;
    }
    f07_absent_and_null_are_one_blank: r#""#, r#"{"v":1}"#, r#"{}"#, r#"{"v":null}"# => {
        manual: r#"{"v":null} converged | F4 v=null"#;
        resolve_ours: r#"{} converged | F4 v=—"#;
        resolve_theirs: r#"{"v":null} converged | F4 v=null"#;
        always_ours: r#"{} converged | F4 v=—"#;
        always_theirs: r#"{"v":null} converged | F4 v=null"#;
    }
    f08_never_clear_counts_as_unchanged: r#"blank = { theirs_to_ours = "never_clear" }"#, r#"{"v":1}"#, r#"{"v":2}"#, r#"{}"# => {
        manual: r#"{"v":2} taken_ours | F2 v=2 | theirs: update v → {"v":2}"#;
        resolve_ours: r#"{"v":2} taken_ours | F2 v=2 | theirs: update v → {"v":2}"#;
        resolve_theirs: r#"{"v":2} taken_ours | F2 v=2 | theirs: update v → {"v":2}"#;
        always_ours: r#"{"v":2} resolved | F5 v=2 | theirs: update v → {"v":2}"#;
        always_theirs: r#"{"v":2} resolved | F5 v=2 | theirs: update v → {"v":2}"#;
    }
    f08_never_clear_brings_the_value_back: r#"blank = { theirs_to_ours = "never_clear" }"#, r#"{"v":1}"#, r#"{"v":1}"#, r#"{}"# => {
        manual: r#"{"v":1} unchanged | F8 v=1 | theirs: update v → {"v":1}"#;
        resolve_ours: r#"{"v":1} unchanged | F8 v=1 | theirs: update v → {"v":1}"#;
        resolve_theirs: r#"{"v":1} unchanged | F8 v=1 | theirs: update v → {"v":1}"#;
        always_ours: r#"{"v":1} resolved | F3 v=1 | theirs: update v → {"v":1}"#;
        always_theirs: r#"{"v":1} resolved | F3 v=1 | theirs: update v → {"v":1}"#;
    }
    f08_ask_is_a_question_even_if_the_other_side_is_untouched: r#"blank = { theirs_to_ours = "ask" }"#, r#"{"v":1}"#, r#"{"v":1}"#, r#"{"v":null}"# => {
        manual: r#"{"v":1} conflict | ✗ field: v blank | F8 hold={"v":1}"#;
        resolve_ours: r#"{"v":1} resolved | F8 v=1 | theirs: update v → {"v":1}"#;
        resolve_theirs: r#"{"v":null} resolved | F8 v=null | ours: update v → {"v":null}"#;
        always_ours: r#"{"v":1} resolved | F3 v=1 | theirs: update v → {"v":1}"#;
        always_theirs: r#"{"v":null} taken_theirs | F3 v=null | ours: update v → {"v":null}"#;
    }
    f08_two_blanks_agree_whatever_the_rule: r#"blank = { ours_to_theirs = "ask", theirs_to_ours = "never_clear" }"#, r#"{"v":1}"#, r#"{}"#, r#"{}"# => {
        manual: r#"{} converged | F4 v=—"#;
        resolve_ours: r#"{} converged | F4 v=—"#;
        resolve_theirs: r#"{} converged | F4 v=—"#;
        always_ours: r#"{} converged | F4 v=—"#;
        always_theirs: r#"{} converged | F4 v=—"#;
    }
    f09_ignored_paths_do_not_count: r#"ignore = ["e"]"#, r#"{"v":1,"e":1}"#, r#"{"v":1,"e":2}"#, r#"{"v":2,"e":3}"# => {
        manual: r#"{"v":2,"e":2} taken_theirs | P9 e=2, F3 v=2 | ours: update v → {"v":2,"e":2}"#;
        resolve_ours: r#"{"v":2,"e":2} taken_theirs | P9 e=2, F3 v=2 | ours: update v → {"v":2,"e":2}"#;
        resolve_theirs: r#"{"v":2,"e":2} taken_theirs | P9 e=2, F3 v=2 | ours: update v → {"v":2,"e":2}"#;
        always_ours: r#"{"v":1,"e":2} resolved | P9 e=2, F3 v=1 | theirs: update v → {"v":1,"e":3}"#;
        always_theirs: r#"{"v":2,"e":2} taken_theirs | P9 e=2, F3 v=2 | ours: update v → {"v":2,"e":2}"#;
    }
    f10_a_group_nobody_changed: r#"[[group]]
name = "g"
paths = ["s", "z"]"#, r#"{"s":1,"z":1}"#, r#"{"s":1,"z":1}"#, r#"{"s":1,"z":1}"# => {
        manual: r#"{"s":1,"z":1} unchanged"#;
        resolve_ours: r#"{"s":1,"z":1} unchanged"#;
        resolve_theirs: r#"{"s":1,"z":1} unchanged"#;
        always_ours: r#"{"s":1,"z":1} unchanged"#;
        always_theirs: r#"{"s":1,"z":1} unchanged"#;
    }
    f10_a_group_one_side_changed: r#"[[group]]
name = "g"
paths = ["s", "z"]"#, r#"{"s":1,"z":1}"#, r#"{"s":2,"z":1}"#, r#"{"s":1,"z":1}"# => {
        manual: r#"{"s":2,"z":1} taken_ours | F10 s=2 | theirs: update s → {"s":2,"z":1}"#;
        resolve_ours: r#"{"s":2,"z":1} taken_ours | F10 s=2 | theirs: update s → {"s":2,"z":1}"#;
        resolve_theirs: r#"{"s":2,"z":1} taken_ours | F10 s=2 | theirs: update s → {"s":2,"z":1}"#;
        always_ours: r#"{"s":2,"z":1} taken_ours | F10 s=2 | theirs: update s → {"s":2,"z":1}"#;
        always_theirs: r#"{"s":1,"z":1} resolved | F10 s=1 | ours: update s → {"s":1,"z":1}"#;
    }
    f10_a_group_both_changed_alike: r#"[[group]]
name = "g"
paths = ["s", "z"]"#, r#"{"s":1,"z":1}"#, r#"{"s":2,"z":3}"#, r#"{"s":2,"z":3}"# => {
        manual: r#"{"s":2,"z":3} converged | F4 s=2, F4 z=3"#;
        resolve_ours: r#"{"s":2,"z":3} converged | F4 s=2, F4 z=3"#;
        resolve_theirs: r#"{"s":2,"z":3} converged | F4 s=2, F4 z=3"#;
        always_ours: r#"{"s":2,"z":3} converged | F10 s=2, F10 z=3"#;
        always_theirs: r#"{"s":2,"z":3} converged | F10 s=2, F10 z=3"#;
    }
    f10_a_group_both_changed: r#"[[group]]
name = "g"
paths = ["s", "z"]"#, r#"{"s":1,"z":1}"#, r#"{"s":2,"z":1}"#, r#"{"s":1,"z":2}"# => {
        manual: r#"{"s":2,"z":1} conflict | ✗ field: s group, z group | F10 hold={"s":2,"z":1}"#;
        resolve_ours: r#"{"s":2,"z":1} resolved | F10 s=2, F10 z=1 | theirs: update s,z → {"s":2,"z":1}"#;
        resolve_theirs: r#"{"s":1,"z":2} resolved | F10 s=1, F10 z=2 | ours: update s,z → {"s":1,"z":2}"#;
        always_ours: r#"{"s":2,"z":1} resolved | F10 s=2, F10 z=1 | theirs: update s,z → {"s":2,"z":1}"#;
        always_theirs: r#"{"s":1,"z":2} resolved | F10 s=1, F10 z=2 | ours: update s,z → {"s":1,"z":2}"#;
    }
    f11_no_base_and_equal: r#""#, r#"—"#, r#"{"v":1}"#, r#"{"v":1.0}"# => {
        manual: r#"{"v":1.0} linked | R9 record={"v":1.0}"#;
        resolve_ours: r#"{"v":1} linked | R9 record={"v":1}"#;
        resolve_theirs: r#"{"v":1.0} linked | R9 record={"v":1.0}"#;
        always_ours: r#"{"v":1} linked | R9 record={"v":1}"#;
        always_theirs: r#"{"v":1.0} linked | R9 record={"v":1.0}"#;
    }
    f12_no_base_and_different: r#""#, r#"—"#, r#"{"v":1}"#, r#"{"v":2}"# => {
        manual: r#"{"v":1} conflict | ✗ both_added: v no_base | F12 hold={"v":1}"#;
        resolve_ours: r#"{"v":1} resolved | R10 record={"v":1}, F12 v=1 | theirs: update v → {"v":1}"#;
        resolve_theirs: r#"{"v":2} resolved | R10 record={"v":2}, F12 v=2 | ours: update v → {"v":2}"#;
        always_ours: r#"{"v":1} resolved | R10 record={"v":1}, F12 v=1 | theirs: update v → {"v":1}"#;
        always_theirs: r#"{"v":2} resolved | R10 record={"v":2}, F12 v=2 | ours: update v → {"v":2}"#;
    }
    f12_no_base_and_blank_against_value: r#""#, r#"—"#, r#"{"v":1,"w":1}"#, r#"{"w":1}"# => {
        manual: r#"{"v":1,"w":1} conflict | ✗ both_added: v no_base | F12 hold={"v":1,"w":1}"#;
        resolve_ours: r#"{"v":1,"w":1} resolved | R10 record={"v":1,"w":1}, F12 v=1 | theirs: update v → {"w":1,"v":1}"#;
        resolve_theirs: r#"{"w":1} resolved | R10 record={"w":1}, F12 v=— | ours: update v → {"w":1}"#;
        always_ours: r#"{"v":1,"w":1} resolved | R10 record={"v":1,"w":1}, F12 v=1 | theirs: update v → {"w":1,"v":1}"#;
        always_theirs: r#"{"w":1} resolved | R10 record={"w":1}, F12 v=— | ours: update v → {"w":1}"#;
    }
    f12_fill_lets_a_value_fill_a_blank: r#"no_base_blank = "fill""#, r#"—"#, r#"{"v":1,"w":1}"#, r#"{"w":1}"# => {
        manual: r#"{"v":1,"w":1} merged | R10 record={"v":1,"w":1}, F12 v=1 | theirs: update v → {"w":1,"v":1}"#;
        resolve_ours: r#"{"v":1,"w":1} merged | R10 record={"v":1,"w":1}, F12 v=1 | theirs: update v → {"w":1,"v":1}"#;
        resolve_theirs: r#"{"v":1,"w":1} merged | R10 record={"v":1,"w":1}, F12 v=1 | theirs: update v → {"w":1,"v":1}"#;
        always_ours: r#"{"v":1,"w":1} resolved | R10 record={"v":1,"w":1}, F12 v=1 | theirs: update v → {"w":1,"v":1}"#;
        always_theirs: r#"{"w":1} resolved | R10 record={"w":1}, F12 v=— | ours: update v → {"w":1}"#;
    }
    o01_nested_leaves_merge_one_by_one: r#""#, r#"{"v":{"a":1,"b":1}}"#, r#"{"v":{"a":2,"b":1}}"#, r#"{"v":{"a":1,"b":3}}"# => {
        manual: r#"{"v":{"a":2,"b":3}} merged | F2 v.a=2, F3 v.b=3 | ours: update v.b → {"v":{"a":2,"b":3}} | theirs: update v.a → {"v":{"a":2,"b":3}}"#;
        resolve_ours: r#"{"v":{"a":2,"b":3}} merged | F2 v.a=2, F3 v.b=3 | ours: update v.b → {"v":{"a":2,"b":3}} | theirs: update v.a → {"v":{"a":2,"b":3}}"#;
        resolve_theirs: r#"{"v":{"a":2,"b":3}} merged | F2 v.a=2, F3 v.b=3 | ours: update v.b → {"v":{"a":2,"b":3}} | theirs: update v.a → {"v":{"a":2,"b":3}}"#;
        always_ours: r#"{"v":{"a":2,"b":1}} resolved | F2 v.a=2, F3 v.b=1 | theirs: update v.a,v.b → {"v":{"a":2,"b":1}}"#;
        always_theirs: r#"{"v":{"a":1,"b":3}} resolved | F2 v.a=1, F3 v.b=3 | ours: update v.a,v.b → {"v":{"a":1,"b":3}}"#;
    }
    o02_an_object_removed_and_edited_inside: r#""#, r#"{"v":{"a":1}}"#, r#"{}"#, r#"{"v":{"a":2}}"# => {
        manual: r#"{} conflict | ✗ field: v both_changed | F5 hold={}"#;
        resolve_ours: r#"{} resolved | F5 v=— | theirs: update v → {}"#;
        resolve_theirs: r#"{"v":{"a":2}} resolved | F5 v={"a":2} | ours: update v → {"v":{"a":2}}"#;
        always_ours: r#"{} resolved | F5 v=— | theirs: update v → {}"#;
        always_theirs: r#"{"v":{"a":2}} resolved | F5 v={"a":2} | ours: update v → {"v":{"a":2}}"#;
    }
    o03_both_added_an_object: r#""#, r#"{"v":null}"#, r#"{"v":{"a":1,"c":1}}"#, r#"{"v":{"b":2,"c":2}}"# => {
        manual: r#"{"v":{"a":1,"c":1}} conflict | ✗ field: v.c both_changed | F5 hold={"v":{"a":1,"c":1}}"#;
        resolve_ours: r#"{"v":{"a":1,"c":1,"b":2}} resolved | F2 v.a=1, F3 v.b=2, F5 v.c=1 | ours: update v.b → {"v":{"a":1,"c":1,"b":2}} | theirs: update v.a,v.c → {"v":{"b":2,"c":1,"a":1}}"#;
        resolve_theirs: r#"{"v":{"a":1,"c":2,"b":2}} resolved | F2 v.a=1, F3 v.b=2, F5 v.c=2 | ours: update v.b,v.c → {"v":{"a":1,"c":2,"b":2}} | theirs: update v.a → {"v":{"b":2,"c":2,"a":1}}"#;
        always_ours: r#"{"v":{"a":1,"c":1}} resolved | F2 v.a=1, F3 v.b=—, F5 v.c=1 | theirs: update v.a,v.b,v.c → {"v":{"c":1,"a":1}}"#;
        always_theirs: r#"{"v":{"c":2,"b":2}} resolved | F2 v.a=—, F3 v.b=2, F5 v.c=2 | ours: update v.a,v.b,v.c → {"v":{"c":2,"b":2}}"#;
    }
    o03_without_a_base_record_every_leaf_is_asked: r#""#, r#"—"#, r#"{"v":{"a":1}}"#, r#"{"v":{"b":2}}"# => {
        manual: r#"{"v":{"a":1}} conflict | ✗ both_added: v.a no_base, v.b no_base | F12 hold={"v":{"a":1}}"#;
        resolve_ours: r#"{"v":{"a":1}} resolved | R10 record={"v":{"a":1}}, F12 v.a=1, F12 v.b=— | theirs: update v.a,v.b → {"v":{"a":1}}"#;
        resolve_theirs: r#"{"v":{"b":2}} resolved | R10 record={"v":{"b":2}}, F12 v.a=—, F12 v.b=2 | ours: update v.a,v.b → {"v":{"b":2}}"#;
        always_ours: r#"{"v":{"a":1}} resolved | R10 record={"v":{"a":1}}, F12 v.a=1, F12 v.b=— | theirs: update v.a,v.b → {"v":{"a":1}}"#;
        always_theirs: r#"{"v":{"b":2}} resolved | R10 record={"v":{"b":2}}, F12 v.a=—, F12 v.b=2 | ours: update v.a,v.b → {"v":{"b":2}}"#;
    }
    o04_a_change_of_kind_is_a_change_of_the_whole_value: r#""#, r#"{"v":{"a":1}}"#, r#"{"v":[1]}"#, r#"{"v":{"a":2}}"# => {
        manual: r#"{"v":[1]} conflict | ✗ field: v both_changed | F5 hold={"v":[1]}"#;
        resolve_ours: r#"{"v":[1]} resolved | F5 v=[1] | theirs: update v → {"v":[1]}"#;
        resolve_theirs: r#"{"v":{"a":2}} resolved | F5 v={"a":2} | ours: update v → {"v":{"a":2}}"#;
        always_ours: r#"{"v":[1]} resolved | F5 v=[1] | theirs: update v → {"v":[1]}"#;
        always_theirs: r#"{"v":{"a":2}} resolved | F5 v={"a":2} | ours: update v → {"v":{"a":2}}"#;
    }
    a01_a_list_is_one_value: r#""#, r#"{"v":["a"]}"#, r#"{"v":["a","b"]}"#, r#"{"v":["a","c"]}"# => {
        manual: r#"{"v":["a","b"]} conflict | ✗ field: v both_changed | F5 hold={"v":["a","b"]}"#;
        resolve_ours: r#"{"v":["a","b"]} resolved | F5 v=["a","b"] | theirs: update v → {"v":["a","b"]}"#;
        resolve_theirs: r#"{"v":["a","c"]} resolved | F5 v=["a","c"] | ours: update v → {"v":["a","c"]}"#;
        always_ours: r#"{"v":["a","b"]} resolved | F5 v=["a","b"] | theirs: update v → {"v":["a","b"]}"#;
        always_theirs: r#"{"v":["a","c"]} resolved | F5 v=["a","c"] | ours: update v → {"v":["a","c"]}"#;
    }
    r13_a_strict_record_is_one_group: r#"strict = true"#, r#"{"v":1,"w":1}"#, r#"{"v":2,"w":1}"#, r#"{"v":1,"w":2}"# => {
        manual: r#"{"v":2,"w":1} conflict | ✗ field: v strict, w strict | R13 hold={"v":2,"w":1}"#;
        resolve_ours: r#"{"v":2,"w":1} resolved | R13 v=2, R13 w=1 | theirs: update v,w → {"v":2,"w":1}"#;
        resolve_theirs: r#"{"v":1,"w":2} resolved | R13 v=1, R13 w=2 | ours: update v,w → {"v":1,"w":2}"#;
        always_ours: r#"{"v":2,"w":1} resolved | R13 v=2, R13 w=1 | theirs: update v,w → {"v":2,"w":1}"#;
        always_theirs: r#"{"v":1,"w":2} resolved | R13 v=1, R13 w=2 | ours: update v,w → {"v":1,"w":2}"#;
    }
}
