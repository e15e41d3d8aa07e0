//! Decisions that were made before on the same three values: offered, never applied (MS C8).

use app::api::{EarlierChoice, FieldChoice};
use store::Conn;
use store::conflict::{Conflict, ConflictStatus, Earlier};
use store::decision::ChoiceKind;

use super::error::Result;

/// What was chosen before for the paths of a conflict that is open.
pub(super) async fn of(conn: &mut Conn, found: &Conflict) -> Result<Vec<EarlierChoice>> {
    if !matches!(found.status, ConflictStatus::Open | ConflictStatus::Snoozed) {
        return Ok(Vec::new());
    }
    let rows = store::conflict::earlier_choices(conn, found).await?;
    Ok(rows.into_iter().map(view).collect())
}

fn view(row: Earlier) -> EarlierChoice {
    EarlierChoice {
        choice: FieldChoice {
            path: row.path,
            choose: row.choice.to_string(),
            value: row.value.filter(|_| row.choice == ChoiceKind::Value),
        },
        person: row.person,
        at: row.decided_at,
        conflict: row.conflict,
    }
}
