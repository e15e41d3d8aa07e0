//! Cases of reading.

use futures::StreamExt;
use merge::{Object, Value};

use super::bench::{Bench, Listed, differs, failed, text, told, with};
use super::{Kept, Trouble, ensure};
use crate::error::SystemError;
use crate::{Partition, RemoteId};

/// 0, 1, limit, limit + 1 and many records; read twice with the same result; then with edits during paging.
pub(super) async fn a_listing_has_exactly_what_was_put_in(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let limit = bench.fixture.page_limit();
    let mut put: Vec<(RemoteId, Object)> = Vec::new();
    for count in [0, 1, limit, limit + 1, bench.fixture.many()] {
        let more: Vec<Object> = (put.len()..count).map(|n| bench.fixture.sample(n)).collect();
        let ids = bench.fixture.add(&more).await?;
        put.extend(ids.into_iter().zip(more));
        let listed = told("list", bench.list().await)?;
        compare(&put, &listed).map_err(|trouble| format!("of {count}: {trouble}"))?;
    }
    let (first, second) = (told("list", bench.list().await)?, told("list", bench.list().await)?);
    ensure!(first.records == second.records, "two readings differ although nothing changed");
    let incomplete = edits_during_paging(bench, &put).await?;
    Ok(match incomplete {
        None => Kept::Fully,
        Some(why) => Kept::ByFallback(format!("edits during paging made the listing incomplete: {why}")),
    })
}

fn compare(put: &[(RemoteId, Object)], listed: &Listed) -> Result<(), Trouble> {
    ensure!(listed.bad.is_empty(), "unusable items: {:?}", listed.bad);
    ensure!(listed.records.len() == put.len(), "{} records came", listed.records.len());
    ensure!(listed.incomplete.is_none(), "it says that it is incomplete: {:?}", listed.incomplete);
    for (id, fields) in put {
        let record = listed.records.get(&id.0).ok_or_else(|| format!("{id} did not come"))?;
        if let Some(field) = differs(fields, &record.fields) {
            return Err(format!("{id} has {field} = {:?}", record.fields.get(field)));
        }
    }
    let total = put.len() as u64;
    ensure!(listed.total.is_none_or(|told| told == total), "the total is told as {:?}", listed.total);
    Ok(())
}

/// After page 1 a record of it is removed and another one made: every untouched record comes, or the listing says that
/// it is incomplete.
async fn edits_during_paging(
    bench: &Bench<'_>,
    put: &[(RemoteId, Object)],
) -> Result<Option<String>, Trouble> {
    let mut pages = bench.system.list(&bench.cx, &bench.t, &Partition::whole());
    let first = pages.next().await.ok_or("the stream is empty")?;
    let first = told("page 1", first)?;
    let mut listed = Listed::default();
    listed.take(&first);
    let gone = listed.records.keys().next().cloned().ok_or("page 1 is empty")?;
    bench.fixture.remove(&RemoteId(gone.clone())).await?;
    bench.fixture.add(&[bench.fixture.sample(put.len())]).await?;
    while let Some(page) = pages.next().await {
        listed.take(&told("a later page", page)?);
    }
    if listed.incomplete.is_some() {
        return Ok(listed.incomplete);
    }
    for (id, _) in put.iter().filter(|(id, _)| id.0 != gone) {
        ensure!(
            listed.records.contains_key(&id.0),
            "{id} was passed over, and the listing calls itself complete"
        );
    }
    Ok(None)
}

pub(super) async fn a_record_is_read_and_a_missing_or_removed_one_is_not_found(
    bench: &Bench<'_>,
) -> Result<Kept, Trouble> {
    if !bench.capabilities().get {
        return Ok(Kept::ByFallback("single records are fetched by search".to_owned()));
    }
    let ids = bench.fixture.add(&[bench.fixture.sample(1), bench.fixture.sample(2)]).await?;
    let record = told("get", bench.system.get(&bench.cx, &bench.t, &ids[0]).await)?;
    ensure!(record.id == ids[0], "get gave {}", record.id);
    ensure!(differs(&bench.fixture.sample(1), &record.fields).is_none(), "get gave {}", record.fields);
    let listed = told("list", bench.list().await)?;
    let same = listed.records.get(&ids[0].0).ok_or("the record is not listed")?;
    ensure!(
        same.fields.hash() == record.fields.hash(),
        "list has {}, get has {}",
        same.fields,
        record.fields
    );
    ensure!(same.version.is_none() || same.version == record.version, "list and get tell different versions");
    let missing = RemoteId("99999999".to_owned());
    let error = failed("get of a missing id", bench.system.get(&bench.cx, &bench.t, &missing).await)?;
    ensure!(matches!(error, SystemError::NotFound), "a missing record is {error:?}");
    bench.fixture.remove(&ids[1]).await?;
    let error = failed("get of a removed id", bench.system.get(&bench.cx, &bench.t, &ids[1]).await)?;
    ensure!(matches!(error, SystemError::NotFound), "a removed record is {error:?}");
    Ok(Kept::Fully)
}

pub(super) async fn a_search_finds_odd_characters_and_nothing_else(
    bench: &Bench<'_>,
) -> Result<Kept, Trouble> {
    if !bench.capabilities().find {
        return Ok(Kept::ByFallback("records cannot be found by key".to_owned()));
    }
    let last = bench.shape.key.last().copied().ok_or("the type has no key")?;
    let odd = r#"o'Brien & "Söhne" 50%+1 #2/ü?"#;
    let record = with(&bench.fixture.sample(1), &text(last, odd));
    let ids = bench.fixture.add(&[record.clone(), bench.fixture.sample(2)]).await?;
    let found = told("find", bench.system.find(&bench.cx, &bench.t, &bench.natural_key(&record)).await)?;
    ensure!(found.len() == 1 && found[0].id == ids[0], "{} records were found", found.len());
    ensure!(found[0].fields.get(last).and_then(Value::as_text) == Some(odd), "found {}", found[0].fields);
    let absent = with(&bench.natural_key(&record), &text(last, "nobody"));
    let found = told("find", bench.system.find(&bench.cx, &bench.t, &absent).await)?;
    ensure!(found.is_empty(), "an absent key found {} records", found.len());
    let incomplete = bench.system.find(&bench.cx, &bench.t, &Object::new()).await;
    let error = failed("a search without a key", incomplete)?;
    ensure!(matches!(error, SystemError::Refused { .. }), "a search without a key is {error:?}");
    Ok(Kept::Fully)
}
