//! P3: users edit a record while it is read and written. What they typed is never overwritten unseen.

use connect::sim::Class;
use merge::Side;
use serde_json::{Value, json};

use crate::school::School;

/// A moment of the night, and what a user does to the room at theirs in it.
struct Moment {
    method: &'static str,
    path: &'static str,
    when: &'static str,
    op: &'static str,
    fields: Value,
    /// Whether a question is left for a person: both sides changed the same.
    asks: bool,
}

fn moment(method: &'static str, when: &'static str, op: &'static str, fields: Value, asks: bool) -> Moment {
    let path = if method == "GET" { "/rooms" } else { "/rooms/*" };
    Moment { method, path, when, op, fields, asks }
}

/// Ours changes the capacity of a room; meanwhile a user at theirs …
fn around_an_update() -> Vec<Moment> {
    let (same, other, nothing) = (json!({ "capacity": 7 }), json!({ "name": "Renamed" }), json!({}));
    vec![
        moment("GET", "before", "update", same.clone(), true),
        moment("GET", "before", "update", other.clone(), false),
        moment("GET", "before", "delete", nothing.clone(), true),
        moment("GET", "after", "update", same.clone(), true),
        moment("GET", "after", "update", other.clone(), false),
        moment("GET", "after", "delete", nothing.clone(), true),
        moment("PATCH", "before", "update", same.clone(), true),
        moment("PATCH", "before", "update", other.clone(), false),
        moment("PATCH", "before", "delete", nothing.clone(), true),
        // After our write it is an edit like any other.
        moment("PATCH", "after", "update", same, false),
        moment("PATCH", "after", "update", other, false),
        moment("PATCH", "after", "delete", nothing, false),
    ]
}

/// Ours removes a room; meanwhile a user at theirs …
fn around_a_delete() -> Vec<Moment> {
    let edit = json!({ "name": "Renamed" });
    vec![
        moment("GET", "before", "update", edit.clone(), true),
        moment("GET", "after", "update", edit.clone(), true),
        moment("DELETE", "before", "update", edit, true),
        moment("DELETE", "before", "delete", json!({}), false),
    ]
}

/// Plays the moments one after another, each on a room of its own; `start` is what ours does.
async fn play(class: Class, moments: Vec<Moment>, removes: bool) {
    let school = School::agreed(class, 30).await;
    let rooms = school.servers.rooms(Side::Theirs).await;
    let mut open: Vec<String> = Vec::new();
    for (n, moment) in moments.into_iter().enumerate() {
        let code = format!("R{n}");
        if removes {
            school.remove(Side::Ours, &code).await;
        } else {
            school.change(Side::Ours, &code, json!({ "capacity": 100 + n })).await;
        }
        let edit = json!({ "op": moment.op, "type": "room", "id": rooms[&code], "fields": moment.fields });
        let fault = json!({ "kind": "edit", "edit": edit, "when": moment.when });
        let matching = json!({ "method": moment.method, "path": moment.path });
        school.fault(Side::Theirs, json!({ "match": matching, "fault": fault })).await;
        school.bench().run().await.expect("a run that ends");
        school.no_faults().await;
        if moment.asks {
            open.push(code);
            open.sort();
        }
        let open: Vec<&str> = open.iter().map(String::as_str).collect();
        let (_, mut problems) = school.bench().settles_within(2, &open).await;
        problems.extend(school.bench().is_at_rest().await);
        let (op, when, method) = (moment.op, moment.when, moment.method);
        assert!(problems.is_empty(), "{class}: a user's {op} {when} {method}: {}", problems.join("; "));
    }
}

#[tokio::test]
async fn p03_edits_around_an_update_are_kept() {
    play(Class::Strong, around_an_update(), false).await;
    play(Class::Medium, around_an_update(), false).await;
}

#[tokio::test]
async fn p03_edits_around_a_delete_are_kept() {
    play(Class::Strong, around_a_delete(), true).await;
    play(Class::Medium, around_a_delete(), true).await;
}

/// A weak system is read right before the write (R22): edits until then are seen. What is left is the moment between
/// the two requests, which nothing can close (R23). It is read right after the write, too: what it holds by then may be a
/// form of its own or somebody's edit. It has no versions that would tell, so that a person is asked.
#[tokio::test]
async fn p03_at_a_weak_system_edits_around_the_two_reads_are_kept() {
    let asks = |mut moment: Moment| {
        moment.asks |= moment.when == "after" && (moment.op == "delete" || moment.fields["capacity"] == 7);
        moment
    };
    let seen = |moments: Vec<Moment>| {
        let around_reads = moments.into_iter().filter(|one| one.method == "GET" || one.when == "after");
        around_reads.map(asks).collect::<Vec<_>>()
    };
    play(Class::Weak, seen(around_an_update()), false).await;
    play(Class::Weak, seen(around_a_delete()), true).await;
}

#[tokio::test]
async fn g10_a_record_that_comes_back_before_it_is_asked_for_is_not_absent() {
    for (when, wanted) in [("before", 0), ("after", 2)] {
        let school = School::agreed(Class::Strong, 12).await;
        let id = school.servers.rooms(Side::Theirs).await["R3"].clone();
        school.remove(Side::Theirs, "R3").await;
        let edit = json!({ "op": "restore", "type": "room", "id": id });
        let fault = json!({ "kind": "edit", "edit": edit, "when": when });
        let matching = json!({ "method": "GET", "path": format!("/rooms/{id}") });
        school.fault(Side::Theirs, json!({ "match": matching, "fault": fault })).await;
        school.bench().run().await.expect("a run that ends");
        school.no_faults().await;
        // Asked for in vain it is taken from ours, and comes back there as it came back at theirs.
        assert_eq!(school.comes_together(&[]).await, wanted, "restored {when} it is asked for");
    }
}
