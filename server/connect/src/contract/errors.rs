//! Cases of every kind of error (CN section 1).

use super::bench::{Bench, failed, text, told, with};
use super::{Kept, Trouble, ensure};
use crate::error::SystemError;
use crate::testing::{Fault, Only};

pub(super) async fn a_refused_body_is_a_refusal(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let Some(change) = bench.fixture.refused_change() else {
        return Ok(Kept::ByFallback("the server takes any content".to_owned()));
    };
    let seen = bench.one(1).await?;
    let error =
        failed("a wrong update", bench.system.update(&bench.cx, &bench.update(&seen, change.clone())).await)?;
    let SystemError::Refused { message, .. } = &error else {
        return Err(format!("a wrong update is {error:?}"));
    };
    ensure!(!message.is_empty(), "the refusal has no reason");
    bench.holds(&[&bench.fixture.sample(1)]).await?;
    let create = bench.create(with(&bench.fixture.sample(2), &change));
    let error = failed("a wrong create", bench.system.create(&bench.cx, &create).await)?;
    ensure!(matches!(error, SystemError::Refused { .. }), "a wrong create is {error:?}");
    bench.holds(&[&bench.fixture.sample(1)]).await?;
    Ok(Kept::Fully)
}

pub(super) async fn wrong_credentials_are_an_auth_error(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let Some(stranger) = bench.fixture.stranger() else {
        return Ok(Kept::ByFallback("the server asks for no credentials".to_owned()));
    };
    let seen = bench.one(1).await?;
    let error = failed("a check", stranger.check(&bench.cx).await);
    let update = bench.update(&seen, text(bench.shape.text, "by a stranger"));
    let refused = failed("an update", stranger.update(&bench.cx, &update).await)?;
    ensure!(
        matches!(refused, SystemError::Auth { .. } | SystemError::Refused { .. }),
        "an update by a stranger is {refused:?}"
    );
    bench.holds(&[&bench.fixture.sample(1)]).await?;
    match error {
        Ok(SystemError::Auth { .. }) => Ok(Kept::Fully),
        Ok(error) => Err(format!("a check by a stranger is {error:?}")),
        Err(_) => Ok(Kept::ByFallback("anybody may read; writes by a stranger are refused".to_owned())),
    }
}

pub(super) async fn a_failing_network_gives_the_error_of_its_kind(
    bench: &Bench<'_>,
) -> Result<Kept, Trouble> {
    let seen = bench.one(1).await?;
    let Some((system, proxy)) = bench.fixture.network().await else {
        return Ok(Kept::ByFallback("there is no network in between".to_owned()));
    };
    for (fault, kind) in [
        (Fault::TooManyRequests, "throttled"),
        (Fault::Unavailable, "throttled"),
        (Fault::ErrorBeforeApplying, "unreachable"),
        (Fault::ResetInBody, "unreachable"),
        (Fault::HalfBodyWrongLength, "malformed"),
        (Fault::HtmlAsSuccess, "malformed"),
    ] {
        proxy.fail(fault, Only::Everything, u32::MAX);
        let error = failed("a read", system.get(&bench.cx, &bench.t, &seen.id).await)?;
        ensure!(error.kind() == kind, "a read with {fault:?} is {error:?}");
        proxy.fail(fault, Only::Everything, 2);
        if kind != "malformed" {
            let read = told("a read after two failures", system.get(&bench.cx, &bench.t, &seen.id).await)?;
            ensure!(read.fields == seen.fields, "a read after two failures gave {}", read.fields);
        }
        proxy.fail(fault, Only::Everything, 0);
    }
    proxy.fail(Fault::TooManyRequests, Only::Writes, 1);
    let update = bench.update(&seen, text(bench.shape.text, "by us"));
    let error = failed("a throttled update", system.update(&bench.cx, &update).await)?;
    ensure!(matches!(error, SystemError::Throttled { after: Some(_) }), "a throttled update is {error:?}");
    bench.holds(&[&bench.fixture.sample(1)]).await?;
    Ok(Kept::Fully)
}

pub(super) async fn a_check_reads_a_page_of_every_type(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    bench.one(1).await?;
    let report = told("check", bench.system.check(&bench.cx).await)?;
    let of_type =
        report.types.iter().find(|check| check.type_name == bench.t).ok_or("the type is not reported")?;
    ensure!(of_type.error.is_none(), "the type has the error {:?}", of_type.error);
    ensure!(of_type.read == 1 && of_type.bad == 0, "{} records read, {} unusable", of_type.read, of_type.bad);
    ensure!(of_type.class == bench.capabilities().class(), "the class is told as {}", of_type.class);
    Ok(Kept::Fully)
}
