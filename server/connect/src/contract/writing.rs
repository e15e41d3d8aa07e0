//! Cases of writing without trouble on the way.

use merge::{Object, Value};

use super::bench::{Bench, differs, failed, same, text, told, with};
use super::{Kept, Trouble, ensure};
use crate::error::SystemError;
use crate::{Class, Deleted, Written};

pub(super) async fn a_create_makes_exactly_one_record(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let before = bench.fixture.applied().await?;
    let fields =
        with(&bench.fixture.sample(1), &text(bench.shape.text, "Zoë O'Brien\n\"quoted\" — \u{1F393} \\"));
    let create = bench.create(fields.clone());
    let written = told("create", bench.system.create(&bench.cx, &create).await)?;
    let (id, _) = bench.only().await?;
    bench.holds(&[&fields]).await?;
    bench.applied_since(before, 1).await?;
    ensure!(written.id == id, "the id is told as {}, and is {id}", written.id);
    ensure!(written.not_kept.is_empty(), "said not to be kept: {:?}", written.not_kept);
    ensure!(written.twins.is_empty(), "said to have twins: {:?}", written.twins);
    agrees_with_a_read(bench, &written).await?;
    if !bench.capabilities().correlation {
        return Ok(Kept::ByFallback("a create stores no reference: it is found again by its key".to_owned()));
    }
    let found = told(
        "find_by_correlation",
        bench.system.find_by_correlation(&bench.cx, &bench.t, &create.correlation).await,
    )?;
    ensure!(found.len() == 1 && found[0].id == id, "{} records carry the reference", found.len());
    let none = bench.system.find_by_correlation(&bench.cx, &bench.t, "nobodys-reference-here").await;
    ensure!(told("find_by_correlation", none)?.is_empty(), "a strange reference was found");
    Ok(Kept::Fully)
}

/// What a write tells of version and record is what a read tells.
async fn agrees_with_a_read(bench: &Bench<'_>, written: &Written) -> Result<(), Trouble> {
    let read = told("get", bench.system.get(&bench.cx, &bench.t, &written.id).await)?;
    ensure!(written.version == read.version, "told version {:?}, read {:?}", written.version, read.version);
    let record = written.record.as_ref().ok_or("the write does not tell the record")?;
    ensure!(record.fields.hash() == read.fields.hash(), "told {}, read {}", record.fields, read.fields);
    Ok(())
}

pub(super) async fn an_update_of_one_field_leaves_the_others(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    let before = bench.fixture.applied().await?;
    let changed = text(bench.shape.text, "Łukasz / Ümit");
    let written =
        told("update", bench.system.update(&bench.cx, &bench.update(&seen, changed.clone())).await)?;
    bench.holds(&[&with(&bench.fixture.sample(1), &changed)]).await?;
    bench.applied_since(before, 1).await?;
    ensure!(written.id == seen.id, "the id is told as {}", written.id);
    ensure!(written.version != seen.version, "the version did not change");
    ensure!(written.not_kept.is_empty(), "said not to be kept: {:?}", written.not_kept);
    agrees_with_a_read(bench, &written).await?;
    if !bench.capabilities().partial_update {
        return Ok(Kept::ByFallback("whole records are sent: the freshest read with our changes".to_owned()));
    }
    Ok(Kept::Fully)
}

pub(super) async fn a_field_is_emptied(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    ensure!(
        seen.fields.get(bench.shape.clear).is_some_and(|v| !v.is_null()),
        "the sample has nothing to empty"
    );
    let mut update = bench.update(&seen, Object::new());
    update.cleared.push(bench.shape.clear.to_owned());
    let result = bench.system.update(&bench.cx, &update).await;
    if !bench.capabilities().clear_field {
        let error = failed("emptying a field", result)?;
        ensure!(matches!(error, SystemError::Refused { .. }), "emptying a field is {error:?}");
        return Ok(Kept::ByFallback("a field cannot be emptied: the change is refused".to_owned()));
    }
    let written = told("update", result)?;
    ensure!(written.not_kept.is_empty(), "said not to be kept: {:?}", written.not_kept);
    let (_, held) = bench.only().await?;
    let left = held.get(bench.shape.clear);
    ensure!(same(left, None) || left.and_then(Value::as_text) == Some(""), "the field still holds {left:?}");
    let mut rest = bench.fixture.sample(1);
    rest.remove(bench.shape.clear);
    ensure!(differs(&rest, &held).is_none(), "another field changed: {held}");
    Ok(Kept::Fully)
}

pub(super) async fn a_delete_removes_and_a_second_one_finds_it_absent(
    bench: &Bench<'_>,
) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    let _other = bench.one(2).await?;
    let before = bench.fixture.applied().await?;
    let deleted = told("delete", bench.system.delete(&bench.cx, &bench.delete(&seen)).await)?;
    ensure!(matches!(deleted, Deleted::Removed(_)), "the first delete says {deleted:?}");
    bench.holds(&[&bench.fixture.sample(2)]).await?;
    let again = told("delete", bench.system.delete(&bench.cx, &bench.delete(&seen)).await)?;
    ensure!(again == Deleted::WasAbsent, "the second delete says {again:?}");
    bench.applied_since(before, 1).await?;
    bench.holds(&[&bench.fixture.sample(2)]).await?;
    Ok(Kept::Fully)
}

pub(super) async fn a_write_to_a_removed_record_is_not_found(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    bench.fixture.remove(&seen.id).await?;
    let update = bench.update(&seen, text(bench.shape.text, "too late"));
    let error = failed("an update of a removed record", bench.system.update(&bench.cx, &update).await)?;
    ensure!(matches!(error, SystemError::NotFound), "an update of a removed record is {error:?}");
    bench.holds(&[]).await?;
    Ok(Kept::Fully)
}

pub(super) async fn a_duplicate_is_told_with_its_holder(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let first = bench.one(1).await?;
    let sample = bench.fixture.sample(1);
    let create = bench.create(with(&sample, &text(bench.shape.text, "Twin")));
    let result = bench.system.create(&bench.cx, &create).await;
    match result {
        Err(SystemError::Duplicate { existing, .. }) => {
            ensure!(
                existing.as_ref() == Some(&first.id),
                "the holder is told as {existing:?}, and is {}",
                first.id
            );
            bench.holds(&[&sample]).await?;
            Ok(Kept::Fully)
        }
        Ok(written) => {
            let verified = bench.capabilities().class() == Class::Weak;
            ensure!(
                !verified || written.twins == [first.id.clone()],
                "the twin is told as {:?}",
                written.twins
            );
            ensure!(bench.fixture.state().await?.len() == 2, "the twin was told, and is not there");
            Ok(Kept::ByFallback(
                "the server takes duplicates: unique values are checked by us before planning".to_owned(),
            ))
        }
        Err(error) => Err(format!("a duplicate is {error:?}")),
    }
}

pub(super) async fn the_same_create_twice_makes_one_record(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let fields = bench.fixture.sample(1);
    let create = bench.create(fields.clone());
    let first = told("create", bench.system.create(&bench.cx, &create).await)?;
    let second = bench.system.create(&bench.cx, &create).await;
    if bench.capabilities().idempotent_create {
        let second = told("the same create", second)?;
        ensure!(second.id == first.id, "the second create made {}", second.id);
        bench.holds(&[&fields]).await?;
        return Ok(Kept::Fully);
    }
    match second {
        Err(SystemError::Duplicate { existing, .. }) if existing.as_ref() == Some(&first.id) => {
            bench.holds(&[&fields]).await?;
            Ok(Kept::ByFallback("no keys: the second create is told as a duplicate of the first".to_owned()))
        }
        Ok(second) if second.twins == [first.id.clone()] => {
            Ok(Kept::ByFallback("no keys: the second create made a twin, which is told".to_owned()))
        }
        other => Err(format!("the second create is {other:?}")),
    }
}

/// A member that the server does not know is stored, refused or dropped; when dropped, the write says so.
pub(super) async fn what_was_not_kept_is_told(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    let changed = with(&text(bench.shape.text, "Kept"), &text("favourite_colour", "green"));
    let result = bench.system.update(&bench.cx, &bench.update(&seen, changed)).await;
    let (_, held) = bench.only().await?;
    let stored = held.get("favourite_colour").and_then(Value::as_text) == Some("green");
    match result {
        Err(SystemError::Refused { .. }) => {
            bench.holds(&[&bench.fixture.sample(1)]).await?;
            Ok(Kept::ByFallback("the server refuses a member it does not know".to_owned()))
        }
        Ok(written) => {
            let told = written.not_kept.iter().any(|not_kept| not_kept.field == "favourite_colour");
            ensure!(told != stored, "stored: {stored}, told as not kept: {told}");
            ensure!(
                held.get(bench.shape.text).and_then(Value::as_text) == Some("Kept"),
                "the other member was lost"
            );
            if stored {
                return Ok(Kept::ByFallback("the server stores a member it does not know".to_owned()));
            }
            Ok(Kept::Fully)
        }
        Err(error) => Err(format!("a member it does not know is {error:?}")),
    }
}
