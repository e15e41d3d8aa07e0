//! The worked examples of MS section 15, all of them in all modes, as the page has them.

#[path = "support/record.rs"]
mod record;

use merge::Verdict;

const MODES: [&str; 5] = ["manual", "resolve_ours", "resolve_theirs", "always_ours", "always_theirs"];

/// Four lines each: number and case, the settings, the versions in base, on ours and on theirs, the five answers. An
/// answer is the merged record and its outcome, or the contested paths and the record as it is held; `same` is what
/// `manual` gives.
const EXAMPLES: &str = r#"
1 F1 untouched
    no settings
    {"v":1} | {"v":1} | {"v":1}
    {"v":1} unchanged | same | same | same | same
2 F2 ours changed
    no settings
    {"v":1} | {"v":2} | {"v":1}
    {"v":2} taken_ours | same | same | same | {"v":1} resolved
3 F3 theirs changed
    no settings
    {"v":1} | {"v":1} | {"v":2}
    {"v":2} taken_theirs | same | same | {"v":1} resolved | same
4 F4 both, same value
    no settings
    {"v":1} | {"v":2} | {"v":2}
    {"v":2} converged | same | same | same | same
5 F5 both, different
    no settings
    {"v":1} | {"v":2} | {"v":3}
    ✗ v → {"v":2} | {"v":2} resolved | {"v":3} resolved | {"v":2} resolved | {"v":3} resolved
6 F6 one contested, one clean field
    no settings
    {"v":1,"w":1} | {"v":2,"w":1} | {"v":3,"w":9}
    ✗ v → {"v":2,"w":1} | {"v":2,"w":9} resolved | {"v":3,"w":9} resolved | {"v":2,"w":1} resolved | {"v":3,"w":9} resolved
7 F6 the same, hold = "field"
    hold = "field"
    {"v":1,"w":1} | {"v":2,"w":1} | {"v":3,"w":9}
    ✗ v → {"v":2,"w":9} | {"v":2,"w":9} resolved | {"v":3,"w":9} resolved | {"v":2,"w":1} resolved | {"v":3,"w":9} resolved
8 F6 disjoint fields
    no settings
    {"v":1,"w":1} | {"v":2,"w":1} | {"v":1,"w":3}
    {"v":2,"w":3} merged | same | same | {"v":2,"w":1} resolved | {"v":1,"w":3} resolved
9 F7 cleared by theirs
    no settings
    {"v":1} | {"v":1} | {"v":null}
    {"v":null} taken_theirs | same | same | {"v":1} resolved | same
10 F7 cleared by theirs, ours changed
    no settings
    {"v":1} | {"v":2} | {"v":null}
    ✗ v → {"v":2} | {"v":2} resolved | {"v":null} resolved | {"v":2} resolved | {"v":null} resolved
11 F7 absent and null are one
    no settings
    {"v":1} | {} | {"v":null}
    {"v":null} converged | {} converged | same | {} converged | same
12 F7 empty text is a value
    no settings
    {"v":null} | {"v":""} | {"v":null}
    {"v":""} taken_ours | same | same | same | {"v":null} resolved
13 F8 theirs blank, never_clear
    [[field]]; path = "v"; blank = { theirs_to_ours = "never_clear" }
    {"v":1} | {"v":2} | {"v":null}
    {"v":2} taken_ours | same | same | {"v":2} resolved | {"v":2} resolved
14 F8 theirs blank, ask
    [[field]]; path = "v"; blank = { theirs_to_ours = "ask" }
    {"v":1} | {"v":1} | {"v":null}
    ✗ v → {"v":1} | {"v":1} resolved | {"v":null} resolved | {"v":1} resolved | {"v":null} taken_theirs
15 N2 1, 1.0 and 1.00 are one number
    no settings
    {"v":1} | {"v":1.0} | {"v":1.00}
    {"v":1} unchanged | same | same | {"v":1.0} unchanged | {"v":1.00} unchanged
16 N2 number and text differ
    no settings
    {"v":1} | {"v":"1"} | {"v":2}
    ✗ v → {"v":"1"} | {"v":"1"} resolved | {"v":2} resolved | {"v":"1"} resolved | {"v":2} resolved
17 N3 case and trim
    [[field]]; path = "v"; compare = ["trim", "case"]
    {"v":"Ann"} | {"v":"ANN "} | {"v":"Anna"}
    {"v":"Anna"} taken_theirs | same | same | {"v":"ANN "} resolved | same
18 N3 equal after normalising, both changed
    [[field]]; path = "v"; compare = ["case"]
    {"v":"a"} | {"v":"Bo"} | {"v":"BO"}
    {"v":"Bo"} converged | same | {"v":"BO"} converged | same | {"v":"BO"} converged
19 F9 ignored field
    ignore = ["e"]
    {"v":1,"e":1} | {"v":1,"e":2} | {"v":5,"e":3}
    {"v":5,"e":2} taken_theirs | same | same | {"v":1,"e":2} resolved | same
20 F10 group, different members
    [[group]]; name = "addr"; paths = ["s", "z"]
    {"s":1,"z":1} | {"s":2,"z":1} | {"s":1,"z":2}
    ✗ s,z → {"s":2,"z":1} | {"s":2,"z":1} resolved | {"s":1,"z":2} resolved | {"s":2,"z":1} resolved | {"s":1,"z":2} resolved
21 R13 strict, different fields
    strict = true
    {"v":1,"w":1} | {"v":2,"w":1} | {"v":1,"w":2}
    ✗ v,w → {"v":2,"w":1} | {"v":2,"w":1} resolved | {"v":1,"w":2} resolved | {"v":2,"w":1} resolved | {"v":1,"w":2} resolved
22 P4 field exception beside the type rule
    [[field]]; path = "w"; mode = "resolve_theirs"
    {"v":1,"w":1} | {"v":2,"w":2} | {"v":3,"w":3}
    ✗ v → {"v":2,"w":2} | {"v":2,"w":3} resolved | {"v":3,"w":3} resolved | {"v":2,"w":3} resolved | {"v":3,"w":3} resolved
23 O1 nested, different leaves
    no settings
    {"v":{"a":1,"b":1}} | {"v":{"a":2,"b":1}} | {"v":{"a":1,"b":3}}
    {"v":{"a":2,"b":3}} merged | same | same | {"v":{"a":2,"b":1}} resolved | {"v":{"a":1,"b":3}} resolved
24 O2 object removed, edited inside
    no settings
    {"v":{"a":1}} | {} | {"v":{"a":2}}
    ✗ v → {} | {} resolved | {"v":{"a":2}} resolved | {} resolved | {"v":{"a":2}} resolved
25 O3 both add an object
    no settings
    {"v":null} | {"v":{"a":1}} | {"v":{"b":2}}
    {"v":{"a":1,"b":2}} merged | same | same | {"v":{"a":1}} resolved | {"v":{"b":2}} resolved
26 A1 atomic list
    no settings
    {"v":["a"]} | {"v":["a","b"]} | {"v":["a","c"]}
    ✗ v → {"v":["a","b"]} | {"v":["a","b"]} resolved | {"v":["a","c"]} resolved | {"v":["a","b"]} resolved | {"v":["a","c"]} resolved
27 A2 set
    [[field]]; path = "v"; list = "set"
    {"v":["a"]} | {"v":["a","c"]} | {"v":["b","a"]}
    {"v":["a","b","c"]} merged | same | same | {"v":["a","c"]} resolved | {"v":["b","a"]} resolved
28 A3 multiset
    [[field]]; path = "v"; list = "multiset"
    {"v":["a","a"]} | {"v":["a"]} | {"v":["a","a","a"]}
    {"v":["a","a"]} merged | same | same | {"v":["a"]} resolved | {"v":["a","a","a"]} resolved
29 A4 keyed, two fields of one item
    [[field]]; path = "v"; list = "keyed"; key = ["k"]
    {"v":[{"k":1,"p":1,"q":1}]} | {"v":[{"k":1,"p":2,"q":1}]} | {"v":[{"k":1,"p":1,"q":3}]}
    {"v":[{"k":1,"p":2,"q":3}]} merged | same | same | {"v":[{"k":1,"p":2,"q":1}]} resolved | {"v":[{"k":1,"p":1,"q":3}]} resolved
30 A4 keyed, removed and edited
    [[field]]; path = "v"; list = "keyed"; key = ["k"]
    {"v":[{"k":1,"p":1}]} | {"v":[]} | {"v":[{"k":1,"p":2}]}
    ✗ v[k=1] → {"v":[]} | {"v":[]} resolved | {"v":[{"k":1,"p":2}]} resolved | {"v":[]} resolved | {"v":[{"k":1,"p":2}]} resolved
31 A7 ordered, far apart
    [[field]]; path = "v"; list = "ordered"
    {"v":["a","b","c"]} | {"v":["x","b","c"]} | {"v":["a","b","z"]}
    {"v":["x","b","z"]} merged | same | same | {"v":["x","b","c"]} resolved | {"v":["a","b","z"]} resolved
32 A7 ordered, touching
    [[field]]; path = "v"; list = "ordered"
    {"v":["a","b"]} | {"v":["x","b"]} | {"v":["a","y"]}
    ✗ v → {"v":["x","b"]} | {"v":["x","b"]} resolved | {"v":["a","y"]} resolved | {"v":["x","b"]} resolved | {"v":["a","y"]} resolved
33 R1 ours deleted, theirs untouched
    no settings
    {"v":1} | — | {"v":1}
    — deleted_ours | same | same | same | {"v":1} restored
34 R2 ours deleted, theirs changed
    no settings
    {"v":1} | — | {"v":2}
    ✗ v → — | — resolved | {"v":2} resolved | — resolved | {"v":2} resolved
35 R4 theirs deleted, ours changed
    no settings
    {"v":1} | {"v":2} | —
    ✗ v → {"v":2} | {"v":2} resolved | — resolved | {"v":2} resolved | — resolved
36 R5 both deleted
    no settings
    {"v":1} | — | —
    — deleted_both | same | same | same | same
37 R7 created on ours only
    no settings
    — | {"v":1} | —
    {"v":1} created_ours | same | same | same | {"v":1} ours_only
38 R8 created on theirs only
    no settings
    — | — | {"v":1}
    {"v":1} created_theirs | same | same | — theirs_only | same
39 R9 created on both, equal
    no settings
    — | {"v":1} | {"v":1}
    {"v":1} linked | same | same | same | same
40 R10 created on both, different
    no settings
    — | {"v":1,"w":1} | {"v":1,"w":2}
    ✗ w → {"v":1,"w":1} | {"v":1,"w":1} resolved | {"v":1,"w":2} resolved | {"v":1,"w":1} resolved | {"v":1,"w":2} resolved
"#;

/// A verdict as the page writes it.
fn answer(verdict: &Verdict) -> String {
    let merged = verdict.merged.as_ref().map_or("—".to_owned(), merge::Object::to_json);
    match &verdict.conflict {
        None => format!("{merged} {}", verdict.outcome),
        Some(conflict) => {
            let paths: Vec<String> = conflict.fields.iter().map(|field| field.path.to_string()).collect();
            format!("✗ {} → {merged}", paths.join(","))
        }
    }
}

/// The answers of one example that are not as the page says.
fn wrong([case, settings, versions, answers]: [&str; 4]) -> Vec<String> {
    let settings = settings.trim().trim_start_matches("no settings").replace("; ", "\n");
    let versions: Vec<&str> = versions.trim().split(" | ").collect();
    let [base, ours, theirs] = versions[..] else { panic!("{case}: three versions") };
    let answers: Vec<&str> = answers.trim().split(" | ").collect();
    assert_eq!(answers.len(), MODES.len(), "{case}");
    let found = MODES.iter().zip(&answers).filter_map(|(mode, wanted)| {
        let wanted = if *wanted == "same" { answers[0] } else { wanted };
        let policy = record::policy(&format!("mode = '{mode}'\n{settings}"));
        let found = answer(&record::merge_texts(&policy, base, ours, theirs));
        (found != wanted).then(|| format!("{case}, {mode}: {found} instead of {wanted}"))
    });
    found.collect()
}

#[test]
fn every_worked_example_comes_out_in_every_mode_as_the_page_says() {
    let lines: Vec<&str> = EXAMPLES.trim().lines().collect();
    let (examples, rest) = lines.as_chunks::<4>();
    assert_eq!((examples.len(), rest.len()), (40, 0));
    let numbered = (1..).zip(examples).all(|(number, [case, ..])| case.starts_with(&format!("{number} ")));
    assert!(numbered, "the numbers are those of the page");
    let wrong: Vec<String> = examples.iter().copied().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
