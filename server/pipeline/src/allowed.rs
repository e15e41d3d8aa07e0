//! The limit on deletes, asked of a person's decision as well, a forced one included (MS C7, UX 7.4.8).

use merge::{PlannedWrite, Verdict};
use store::Conn;
use store::ids::SchoolId;
use store::staged::StagedState;

use crate::decide::DecisionRefused;
use crate::error::Result;
use crate::gate::{Tally, tripped};
use crate::settings::{Settings, TypeSettings};
use crate::wish::writes;

/// Why a decision may not delete what it would delete, if it would (RL G15, G16).
pub(crate) async fn over_delete_limit(
    conn: &mut Conn,
    school: SchoolId,
    settings: &Settings,
    merge_type: &TypeSettings,
    verdict: &Verdict,
) -> Result<Option<DecisionRefused>> {
    let deletes = writes(verdict).find(|(_, write)| matches!(write, PlannedWrite::Delete));
    let Some((side, _)) = deletes else { return Ok(None) };
    let counts = store::staged::counts(conn, school).await?;
    let live = counts.iter().filter(|count| {
        count.type_name == merge_type.name && count.side == side && count.state == StagedState::Live
    });
    let held = live.map(|count| u64::try_from(count.count).unwrap_or(0)).sum();
    let tally = Tally { deleted: 1, held, ..Tally::default() };
    let reasons = tripped(&merge_type.limits.guards, &merge_type.name, side, &tally);
    Ok((!reasons.is_empty()).then(|| DecisionRefused::Limit {
        type_label: merge_type.label.clone(),
        system: settings.side_name(side).to_owned(),
    }))
}
