//! Cases of asking for changes.

use super::bench::{Bench, collect, text, told};
use super::{Kept, Trouble, ensure};
use crate::error::SystemError;
use crate::{DeltaKind, Mark, Partition};

pub(super) async fn changes_tell_of_inserts_edits_and_removals(bench: &Bench<'_>) -> Result<Kept, Trouble> {
    let whole = Partition::whole();
    let ask = |mark: Mark| collect(bench.system.changes(&bench.cx, &bench.t, &whole, &mark));
    let capabilities = bench.capabilities();
    if capabilities.delta == DeltaKind::None {
        let refused = ask(Mark::Beginning).await;
        ensure!(
            matches!(refused, Err(SystemError::Refused { .. })),
            "changes are not declared, and were not refused"
        );
        return Ok(Kept::ByFallback("changes are found by full listings".to_owned()));
    }
    let ids = bench.fixture.add(&[1, 2, 3, 4].map(|n| bench.fixture.sample(n))).await?;
    let listed = told("list", bench.list().await)?;
    let mark = match listed.last.and_then(|page| page.next_mark) {
        Some(mark) => mark,
        None => {
            let first = told("changes from the beginning", ask(Mark::Beginning).await)?;
            first.last.and_then(|page| page.next_mark).ok_or("no mark is told")?
        }
    };
    bench.fixture.edit(&ids[0], &text(bench.shape.text, "edited")).await?;
    bench.fixture.remove(&ids[1]).await?;
    let added = bench.fixture.add(&[bench.fixture.sample(5)]).await?;
    let changed = told("changes", ask(mark.clone()).await)?;
    let edited = changed.records.get(&ids[0].0).ok_or("the edited record did not come")?;
    ensure!(
        edited.fields.get(bench.shape.text) == text(bench.shape.text, "edited").get(bench.shape.text),
        "an old state came"
    );
    ensure!(changed.records.contains_key(&added[0].0), "the new record did not come");
    ensure!(!changed.records.contains_key(&ids[1].0), "the removed record came as a live one");
    if capabilities.tombstones {
        ensure!(changed.tombstones.contains(&ids[1]), "the removal did not come");
    }
    if capabilities.delta == DeltaKind::Cursor {
        ensure!(!changed.records.contains_key(&ids[2].0), "an untouched record came");
        let next = changed.last.and_then(|page| page.next_mark).ok_or("no next mark is told")?;
        let quiet = told("changes", ask(next).await)?;
        ensure!(quiet.records.is_empty(), "{} records came although nothing changed", quiet.records.len());
        let nonsense = ask(Mark::Cursor("nonsense".to_owned())).await;
        ensure!(
            matches!(nonsense, Err(SystemError::MarkExpired))
                || nonsense.is_ok_and(|all| all.records.len() == 4),
            "a nonsense cursor is neither refused nor read as the beginning"
        );
    }
    match capabilities.tombstones {
        true => Ok(Kept::Fully),
        false => Ok(Kept::ByFallback("removals are found by full listings".to_owned())),
    }
}
