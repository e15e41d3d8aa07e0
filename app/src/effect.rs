//! What a choice changes, and where (UX 2.1): the same sentence on the server, on the page after the save, and live.

use crate::api::Systems;
use crate::values::same;

/// Which systems change when a field becomes `chosen`, as a sentence.
#[must_use]
pub fn effect(systems: &Systems, ours: Option<&str>, theirs: Option<&str>, chosen: Option<&str>) -> String {
    let Systems { ours: our_name, theirs: their_name } = systems;
    match (same(theirs, chosen), same(ours, chosen)) {
        (true, true) => "Both stay as they are".to_owned(),
        (true, false) => format!("● {our_name} will change, ■ {their_name} stays"),
        (false, true) => format!("■ {their_name} will change, ● {our_name} stays"),
        (false, false) => format!("■ {their_name} and ● {our_name} will change"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_names_the_system_that_changes() {
        let systems = Systems { ours: "Scheduler".to_owned(), theirs: "Banner".to_owned() };
        let (ours, theirs) = (Some("\"ARTS-3\""), Some("\"SCI-204\""));
        let sentence = |chosen| effect(&systems, ours, theirs, chosen);
        assert_eq!(sentence(theirs), "● Scheduler will change, ■ Banner stays");
        assert_eq!(sentence(ours), "■ Banner will change, ● Scheduler stays");
        assert_eq!(sentence(Some("\"SCI-101\"")), "■ Banner and ● Scheduler will change");
        assert_eq!(effect(&systems, ours, ours, ours), "Both stay as they are");
    }
}
