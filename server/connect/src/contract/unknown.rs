//! Cases of writes whose answer was lost: they are settled by reading, and sent again where that shows nothing.

use super::bench::{Bench, text, told, with};
use super::{Kept, Trouble, ensure};
use crate::error::SystemError;
use crate::testing::{Fault, Only};
use crate::{Class, Create, Record, Update};

/// Lost after the server had done it, and before.
const FATES: [(Fault, bool); 2] = [(Fault::ResetAfterRequest, true), (Fault::ErrorBeforeApplying, false)];

const NO_NETWORK: &str = "there is no network in between";

fn is_ambiguous<T: std::fmt::Debug>(
    what: &str,
    fault: Fault,
    result: &Result<T, SystemError>,
) -> Result<(), Trouble> {
    match result {
        Err(SystemError::Ambiguous { .. }) => Ok(()),
        other => Err(format!("{what} with {fault:?} is {other:?}")),
    }
}

/// Looks for a create: by reference, else by key.
async fn look(bench: &Bench<'_>, create: &Create) -> Result<Vec<Record>, Trouble> {
    let system = &bench.system;
    let by_reference = system.find_by_correlation(&bench.cx, &bench.t, &create.correlation).await;
    let found = told("find_by_correlation", by_reference)?;
    if !found.is_empty() || !bench.capabilities().find {
        return Ok(found);
    }
    told("find", system.find(&bench.cx, &bench.t, &create.natural_key).await)
}

pub(super) async fn an_unknown_create_is_settled_by_reading(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let Some((system, proxy)) = bench.fixture.network().await else {
        return Ok(Kept::ByFallback(NO_NETWORK.to_owned()));
    };
    for (fault, applied) in FATES {
        bench.begin().await?;
        let before = bench.fixture.applied().await?;
        let fields = bench.fixture.sample(1);
        let create = bench.create(fields.clone());
        proxy.fail(fault, Only::Writes, 1);
        is_ambiguous("a create", fault, &system.create(&bench.cx, &create).await)?;
        let found = look(bench, &create).await?;
        ensure!(found.len() == usize::from(applied), "{fault:?}: {} records were found", found.len());
        if !applied {
            told("the create sent again", bench.system.create(&bench.cx, &create).await)?;
        }
        bench.holds(&[&fields]).await?;
        bench.applied_since(before, 1).await?;
    }
    Ok(Kept::Fully)
}

pub(super) async fn an_unknown_update_is_settled_by_reading(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let Some((system, proxy)) = bench.fixture.network().await else {
        return Ok(Kept::ByFallback(NO_NETWORK.to_owned()));
    };
    for (fault, applied) in FATES {
        bench.begin().await?;
        let seen = bench.one(1).await?;
        let before = bench.fixture.applied().await?;
        let changed = text(bench.shape.text, "by us");
        let update: Update = bench.update(&seen, changed.clone());
        proxy.fail(fault, Only::Writes, 1);
        is_ambiguous("an update", fault, &system.update(&bench.cx, &update).await)?;
        let now = told("get", bench.system.get(&bench.cx, &bench.t, &seen.id).await)?;
        let done = now.fields.get(bench.shape.text) == changed.get(bench.shape.text);
        ensure!(done == applied, "{fault:?}: the record reads {}", now.fields);
        if !done {
            told("the update sent again", bench.system.update(&bench.cx, &update).await)?;
        }
        bench.holds(&[&with(&bench.fixture.sample(1), &changed)]).await?;
        bench.applied_since(before, 1).await?;
    }
    Ok(Kept::Fully)
}

pub(super) async fn an_unknown_delete_is_settled_by_reading(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let Some((system, proxy)) = bench.fixture.network().await else {
        return Ok(Kept::ByFallback(NO_NETWORK.to_owned()));
    };
    for (fault, applied) in FATES {
        bench.begin().await?;
        let seen = bench.one(1).await?;
        let before = bench.fixture.applied().await?;
        let delete = bench.delete(&seen);
        proxy.fail(fault, Only::Writes, 1);
        is_ambiguous("a delete", fault, &system.delete(&bench.cx, &delete).await)?;
        let gone = match bench.system.get(&bench.cx, &bench.t, &seen.id).await {
            Ok(_) => false,
            Err(SystemError::NotFound) => true,
            Err(error) => return Err(format!("get: {error:?}")),
        };
        ensure!(gone == applied, "{fault:?}: gone is {gone}");
        if !gone {
            told("the delete sent again", bench.system.delete(&bench.cx, &delete).await)?;
        }
        bench.holds(&[]).await?;
        bench.applied_since(before, 1).await?;
    }
    Ok(Kept::Fully)
}

/// The create is kept on the wire, looked for in vain, sent again, and only then does the first one land.
pub(super) async fn a_create_that_lands_late_makes_one_record(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let Some((system, proxy)) = bench.fixture.network().await else {
        return Ok(Kept::ByFallback(NO_NETWORK.to_owned()));
    };
    let fields = bench.fixture.sample(1);
    let create = bench.create(fields.clone());
    proxy.fail(Fault::HeldAndReleased, Only::Writes, 1);
    is_ambiguous("a create", Fault::HeldAndReleased, &system.create(&bench.cx, &create).await)?;
    ensure!(look(bench, &create).await?.is_empty(), "the create is held, and was found");
    told("the create sent again", bench.system.create(&bench.cx, &create).await)?;
    proxy.release();
    proxy.landed().await;
    let count = bench.fixture.state().await?.len();
    match (bench.capabilities().class(), count) {
        (Class::Strong, 1) => Ok(Kept::Fully),
        (Class::Strong, _) => {
            Err(format!("{count} records were made although creates are declared idempotent"))
        }
        (_, 1) => {
            Ok(Kept::ByFallback("no keys: the server's unique values refused the late create".to_owned()))
        }
        _ => Ok(Kept::ByFallback("no keys: a late create must be waited for, or it makes a twin".to_owned())),
    }
}
