//! What must be unique is kept, found where it is shared, and set right (MS K1, K2).

use merge::ContentHash;
use store::base::NewBase;
use store::ids::LinkId;
use store::unique_value::{Declaration, Holder, PlanMark, UniqueValues};
use store::{Tx, base, link, unique_value};

use super::tools::{Night, Teller, hash};

/// The rooms as they were staged: each has a door, and all but the last a telephone.
pub async fn what_must_be_unique_is_kept(teller: &mut Teller, night: &Night, ids: &[LinkId]) {
    let (school, now) = (night.school, teller.now);
    let mut tx = teller.begin().await;
    assert_eq!(unique_value::find_declaration(&mut tx, school, "rooms").await.expect("asked"), None);
    for complete in [false, true] {
        let declaration = Declaration { declared: "d1".into(), complete };
        unique_value::set_declaration(&mut tx, school, "rooms", &declaration).await.expect("set");
        unique_value::hold_declaration(&mut tx, school, "rooms").await.expect("held");
        let found = unique_value::find_declaration(&mut tx, school, "rooms").await.expect("asked");
        assert_eq!(found, Some(declaration));
    }
    let unknown = unique_value::list_unknown(&mut tx, school, "rooms", None, 3).await.expect("listed");
    assert_eq!(unknown, ids[..3]);
    let row = |at: usize, telephone: Option<&str>, plan| UniqueValues {
        link: ids[at],
        values: vec![Some(hash(&format!("door {at}"))), telephone.map(hash)],
        plan,
    };
    let rows = [row(0, Some("555"), None), row(1, Some("555"), None), row(2, Some("777"), None)];
    unique_value::replace_many(&mut tx, school, "rooms", &rows).await.expect("kept");
    unique_value::replace_many(&mut tx, school, "rooms", &[row(3, None, None)]).await.expect("kept");
    let unknown = unique_value::list_unknown(&mut tx, school, "rooms", None, 3).await.expect("listed");
    assert_eq!(unknown, [], "also a record that is blank is known");
    let kept = unique_value::get_many(&mut tx, &ids[3..]).await.expect("asked");
    assert_eq!(kept.iter().map(|one| one.value).collect::<Vec<_>>(), [Some(hash("door 3")), None]);
    assert_eq!(told(&mut tx, night, 2).await, [("Room A101", 2, 0), ("Room B202", 2, 0)]);

    // The plan changes C303 to what two others hold, who are drawn in; then it has looked at them.
    unique_value::replace_many(&mut tx, school, "rooms", &[row(2, Some("555"), Some(PlanMark::Changed))])
        .await
        .expect("kept");
    let drawn = unique_value::list_drawn_in(&mut tx, school, "rooms", 10).await.expect("listed");
    assert_eq!(drawn, ids[..2]);
    let looked_at = [0, 1].map(|at| row(at, Some("555"), Some(PlanMark::Unchanged)));
    unique_value::replace_many(&mut tx, school, "rooms", &looked_at).await.expect("kept");
    let drawn = unique_value::list_drawn_in(&mut tx, school, "rooms", 10).await.expect("listed");
    assert_eq!(drawn, []);
    assert_eq!(
        told(&mut tx, night, 2).await,
        [("Room A101", 3, 1), ("Room B202", 3, 1)],
        "no more than asked"
    );

    // The next plan begins, and a base moves: what was kept of these records has to be set right.
    unique_value::begin_plan(&mut tx, school, "rooms").await.expect("begun");
    let body = "{\"v\":\"moved\"}";
    let moved = NewBase { link: ids[3], body: body.into(), hash: hash(body), fields_agreed: "{}".into() };
    base::upsert_many(&mut tx, &[moved], None, now).await.expect("moved");
    let stale = unique_value::list_stale(&mut tx, school, "rooms", 10).await.expect("listed");
    assert_eq!(stale, ids);
    unique_value::forget_many(&mut tx, &ids[..2]).await.expect("forgotten");
    assert_eq!(told(&mut tx, night, 2).await, [("Room C303", 1, 0)]);
    link::end_many(&mut tx, &ids[2..3], now).await.expect("ended");
    assert_eq!(told(&mut tx, night, 2).await, [], "what is gone collides with nothing");
    unique_value::clear(&mut tx, school, "rooms").await.expect("cleared");
    assert_eq!(unique_value::find_declaration(&mut tx, school, "rooms").await.expect("asked"), None);
    assert_eq!(unique_value::get_many(&mut tx, ids).await.expect("asked"), []);
    tx.rollback().await.expect("rolled back");
}

/// Who holds the telephone 555, how many do, and how many of them the plan changes.
async fn told(tx: &mut Tx, night: &Night, most: u32) -> Vec<(&'static str, i64, i64)> {
    let sought: [ContentHash; 2] = [hash("555"), hash("999")];
    let found = unique_value::holders(tx, night.school, "rooms", &sought, most).await.expect("asked");
    let name = |holder: &Holder| match holder.label.as_str() {
        "Room A101" => "Room A101",
        "Room B202" => "Room B202",
        _ => "Room C303",
    };
    found.iter().map(|holder| (name(holder), holder.holders, holder.changed)).collect()
}
