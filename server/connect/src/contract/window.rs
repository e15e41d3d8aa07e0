//! Cases of edits between our read and our write.

use super::bench::{Bench, failed, text, told, with};
use super::{Kept, Trouble, ensure};
use crate::Versions;
use crate::error::SystemError;
use crate::testing::Only;

pub(super) async fn a_stale_update_is_refused_and_the_edit_survives(
    bench: &Bench<'_>,
) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    let edit = text(bench.shape.text, "by a user");
    bench.fixture.edit(&seen.id, &edit).await?;
    let update = bench.update(&seen, text(bench.shape.text, "by us"));
    let error = failed("a stale update", bench.system.update(&bench.cx, &update).await)?;
    let SystemError::Stale { current } = error else { return Err(format!("a stale update is {error:?}")) };
    let current = current.ok_or("the record as it is now is not told")?;
    ensure!(
        current.fields.get(bench.shape.text) == edit.get(bench.shape.text),
        "told as now: {}",
        current.fields
    );
    bench.holds(&[&with(&bench.fixture.sample(1), &edit)]).await?;
    // With what is there now, the same change goes through.
    let again = bench.update(&current, text(bench.shape.text, "by us"));
    told("the update with a fresh version", bench.system.update(&bench.cx, &again).await)?;
    bench.holds(&[&with(&bench.fixture.sample(1), &text(bench.shape.text, "by us"))]).await?;
    match bench.capabilities().versions {
        Versions::Enforced => Ok(Kept::Fully),
        _ => Ok(Kept::ByFallback("the record is compared right before the write".to_owned())),
    }
}

pub(super) async fn an_edit_of_another_field_survives_an_update(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    let edit = text(bench.shape.other, "edited");
    bench.fixture.edit(&seen.id, &edit).await?;
    let ours = text(bench.shape.text, "by us");
    let result = bench.system.update(&bench.cx, &bench.update(&seen, ours.clone())).await;
    let edited = with(&bench.fixture.sample(1), &edit);
    match (bench.capabilities().versions, result) {
        (Versions::Enforced, Err(SystemError::Stale { .. })) => {
            bench.holds(&[&edited]).await?;
            Ok(Kept::Fully)
        }
        (Versions::Enforced, other) => Err(format!("an old version gave {other:?}")),
        (_, result) => {
            told("update", result)?;
            bench.holds(&[&with(&edited, &ours)]).await?;
            Ok(Kept::ByFallback("only the fields we change are compared; the other edit was kept".to_owned()))
        }
    }
}

pub(super) async fn a_stale_delete_is_refused_and_the_record_lives(
    bench: &Bench<'_>,
) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    let edit = text(bench.shape.other, "edited");
    bench.fixture.edit(&seen.id, &edit).await?;
    let error = failed("a stale delete", bench.system.delete(&bench.cx, &bench.delete(&seen)).await)?;
    ensure!(matches!(error, SystemError::Stale { .. }), "a stale delete is {error:?}");
    bench.holds(&[&with(&bench.fixture.sample(1), &edit)]).await?;
    // With what is there now it goes through, also when the caller knows few of the members.
    let mut now = told("get", bench.system.get(&bench.cx, &bench.t, &seen.id).await)?;
    now.fields =
        now.fields.get(bench.shape.other).map(|v| (bench.shape.other, v.clone())).into_iter().collect();
    told("the delete with a fresh version", bench.system.delete(&bench.cx, &bench.delete(&now)).await)?;
    bench.holds(&[]).await?;
    match bench.capabilities().versions {
        Versions::Enforced => Ok(Kept::Fully),
        _ => Ok(Kept::ByFallback("the record is compared right before the write".to_owned())),
    }
}

/// The write is held on the wire while a user edits: an enforced version refuses it, a comparison cannot.
pub(super) async fn an_edit_within_the_write_itself_is_guarded(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    let edit = text(bench.shape.text, "by a user");
    let update = bench.update(&seen, text(bench.shape.text, "by us"));
    let Some((system, proxy)) = bench.fixture.network().await else {
        return Ok(Kept::ByFallback("there is no network in between".to_owned()));
    };
    proxy.hold(Only::Writes);
    let meanwhile = async {
        proxy.held().await;
        let edited = bench.fixture.edit(&seen.id, &edit).await;
        proxy.release();
        edited
    };
    let (result, edited) = futures::join!(system.update(&bench.cx, &update), meanwhile);
    edited?;
    match (bench.capabilities().versions, result) {
        (Versions::Enforced, Err(SystemError::Stale { .. })) => {
            bench.holds(&[&with(&bench.fixture.sample(1), &edit)]).await?;
            Ok(Kept::Fully)
        }
        (Versions::Enforced, other) => {
            Err(format!("the version was declared as enforced, and gave {other:?}"))
        }
        (_, Ok(_)) => Ok(Kept::ByFallback(bench.capabilities().class().remaining_risk().to_owned())),
        (_, Err(error)) => Err(format!("the update is {error:?}")),
    }
}
