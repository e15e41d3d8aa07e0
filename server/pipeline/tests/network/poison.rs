//! P26: one bad record stops nobody, does not look deleted, and kills nothing.

use connect::sim::Class;
use connect::sim::client::SimClient;
use merge::Side;
use serde_json::{Value, json};
use store::quarantine::{self, PoisonFilter, QuarantineState};
use store::run::RunState;

use crate::school::School;

/// Rooms, so that the bad one is not a share that looks like a changed schema (Q3).
const ROOMS: usize = 120;

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!([inner]))
}

/// Fields of a room as no mapping can take them, as the server shows them. The largest comes last: it stays in the log.
fn unusable() -> Vec<Value> {
    vec![
        json!({ "capacity": "many" }),
        json!({ "capacity": 1.5 }),
        json!({ "capacity": true }),
        json!({ "capacity": [] }),
        json!({ "capacity": {} }),
        json!({ "capacity": [1, 2] }),
        json!({ "capacity": { "seats": 1 } }),
        json!({ "capacity": "" }),
        json!({ "capacity": " 12 " }),
        json!({ "capacity": "１２" }),
        json!({ "capacity": -0.5 }),
        json!({ "name": 12 }),
        json!({ "name": false }),
        json!({ "name": ["a"] }),
        json!({ "name": { "en": "a" } }),
        json!({ "name": "a\u{0}b" }),
        json!({ "name": nested(70) }),
        json!({ "features": nested(70) }),
        json!({ "building_id": 12 }),
        json!({ "building_id": "BLD-999" }),
        json!({ "building_id": ["BLD-1"] }),
        json!({ "building_id": { "id": "BLD-1" } }),
        json!({ "building_id": true }),
        json!({ "code": null }),
        json!({ "code": "" }),
        json!({ "code": 12 }),
        json!({ "code": true }),
        json!({ "code": ["R1"] }),
        json!({ "code": { "code": "R1" } }),
        json!({ "code": "R1\u{0}" }),
        json!({ "code": 1.5, "name": null, "capacity": null, "building_id": null }),
        json!({ "name": "x".repeat(3 << 20) }),
    ]
}

/// Fields that are lawful and odd: another room's key, a key that is almost the same, more than the other side takes.
fn odd() -> Vec<Value> {
    vec![
        json!({ "capacity": 1e300 }),
        json!({ "name": "\u{feff}\u{202e}\u{200b}" }),
        json!({ "building_id": "" }),
        json!({ "code": "R2" }),
        json!({ "code": " R1 " }),
        json!({ "code": "r1" }),
        json!({ "name": "e\u{301}".repeat(5_000) }),
        json!({ "code": "R".repeat(100_000) }),
    ]
}

/// A school in which one room at theirs is bad.
struct Ward {
    school: School,
    theirs: SimClient,
    id: String,
}

impl Ward {
    async fn open() -> Self {
        let school = School::agreed(Class::Strong, ROOMS).await;
        let theirs = school.servers.client(Side::Theirs);
        let id = school.servers.rooms(Side::Theirs).await["R1"].clone();
        Self { school, theirs, id }
    }

    /// Puts fields into the bad room that the server would never take from anybody.
    async fn put(&self, fields: &Value) {
        let edit = json!({ "type": "room", "id": self.id, "fields": fields, "unchecked": true });
        self.theirs.control::<Value>("POST", "edit", Some(&edit)).await.expect("an edit");
    }

    async fn mend(&self, n: usize) {
        let name = format!("Again {n}");
        let fields =
            json!({ "code": "R1", "name": name, "capacity": n, "building_id": "BLD-1", "features": null });
        self.put(&fields).await;
    }

    async fn is_set_aside(&self) -> bool {
        let mut reader = self.school.pipeline.store.read().await.expect("a reader");
        let rows = quarantine::list(&mut reader, self.school.school, &PoisonFilter::default(), 10).await;
        let is_it = |row: &quarantine::Poison| row.remote_id == self.id && row.state == QuarantineState::Open;
        rows.expect("rows").iter().any(is_it)
    }

    /// A night with the bad room, in which another one was edited, and nights after it was mended; what was wrong.
    async fn night_with(&self, n: usize, fields: &Value, must_be_set_aside: bool) -> Vec<String> {
        let mut problems = Vec::new();
        self.put(fields).await;
        self.school.change(Side::Ours, "R7", json!({ "capacity": 1_000 + n })).await;
        let run = self.school.bench().run().await.expect("a run that ends");
        let look = self.school.servers.look().await;
        if run.state != RunState::Reported || look.field(Side::Theirs, "R7", "capacity") != 1_000 + n {
            problems.push(format!("the others were not served: {:?} {:?}", run.state, run.ended));
        }
        if look.changes(Side::Ours).any(|change| change.after.is_none()) {
            problems.push("it was taken for deleted".to_owned());
        }
        if must_be_set_aside && !self.is_set_aside().await {
            problems.push("it was not set aside".to_owned());
        }
        self.mend(n).await;
        let (_, found) = self.school.bench().settles_within(2, &[]).await;
        problems.extend(found);
        problems
    }
}

#[tokio::test]
async fn p26_one_bad_record_stops_nobody_and_does_not_look_deleted() {
    let shapes = odd().into_iter().map(|shape| (shape, false));
    let shapes: Vec<(Value, bool)> =
        shapes.chain(unusable().into_iter().map(|shape| (shape, true))).collect();
    assert_eq!(shapes.len(), 40);
    let ward = Ward::open().await;
    for (n, (shape, must_be_set_aside)) in shapes.iter().enumerate() {
        let problems = ward.night_with(n, shape, *must_be_set_aside).await;
        let shown: String = shape.to_string().chars().take(60).collect();
        assert!(problems.is_empty(), "{shown}: {}", problems.join("; "));
    }
    assert!(ward.school.bench().is_at_rest().await.is_empty());
}
