//! `check`: reach the system, show the credentials, read one page of every type.

use std::sync::Arc;

use futures::StreamExt;

use super::{Connection, listing};
use crate::error::SystemError;
use crate::{CheckReport, Cx, Item, Partition, TypeCheck, TypeName};

/// Reads the first page of every type. What concerns the whole system is an error; what concerns one type is told
/// with it.
pub(super) async fn check(connection: &Arc<Connection>, cx: &Cx) -> Result<CheckReport, SystemError> {
    let mut report = CheckReport::default();
    if connection.base.scheme() == "http" {
        report.warnings.push("plain http: others on the way can read and change what is sent".to_owned());
    }
    for name in connection.config.types.keys() {
        let t = TypeName(name.clone());
        let class = connection.capabilities(&t).class();
        let mut pages = listing::stream(Arc::clone(connection), cx, &t, &Partition::whole(), None);
        let check = match pages.next().await {
            Some(Ok(page)) => {
                report.clock_offset_ms =
                    page.server_time.map(|theirs| (theirs - cx.clock.now()).num_milliseconds());
                let bad = page.items.iter().filter(|item| matches!(item, Item::Bad { .. })).count();
                TypeCheck { type_name: t, read: page.items.len(), bad, total: page.total, class, error: None }
            }
            Some(Err(error)) if is_about_the_system(&error) => return Err(error),
            Some(Err(error)) => {
                TypeCheck { type_name: t, read: 0, bad: 0, total: None, class, error: Some(error) }
            }
            None => TypeCheck { type_name: t, read: 0, bad: 0, total: None, class, error: None },
        };
        report.types.push(check);
    }
    Ok(report)
}

fn is_about_the_system(error: &SystemError) -> bool {
    error.is_passing() || matches!(error, SystemError::Auth { .. })
}
