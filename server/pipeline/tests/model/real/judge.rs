//! The ghost's judgement of what the pipeline has stored: its base and its conflicts.

use std::collections::BTreeMap;

use store::Store;
use store::conflict::{self, Conflict, ConflictField, ConflictFilter};
use store::ids::{ConflictId, LinkId, SchoolId};
use store::link::{self, Link, LinkFilter, LinkState};
use store::write::{self, WriteState};

use super::stage::Stage;
use super::wire;
use crate::ghost::{Violation, both_sides_edited};
use crate::nouns::{Agreed, FIELDS, Key, Part, Side};
use crate::trace::Event;

pub const MOST: u32 = 10_000;

/// What was judged before.
#[derive(Default)]
pub struct Judge {
    bases: BTreeMap<Key, Agreed>,
    conflicts: BTreeMap<ConflictId, String>,
}

impl Judge {
    /// Judges what is new since it last looked.
    pub async fn look(&mut self, stage: &Stage, store: &Store, school: SchoolId) {
        let mut reader = store.read().await.expect("a reader");
        let filter = LinkFilter { state: Some(LinkState::Live), ..LinkFilter::default() };
        let links = link::list(&mut reader, school, &filter, MOST).await.expect("links");
        let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
        let bases = store::base::get_many(&mut reader, &ids).await.expect("bases");
        let conflicts =
            conflict::list(&mut reader, school, &ConflictFilter::default(), MOST).await.expect("conflicts");
        let ids: Vec<ConflictId> = conflicts.iter().map(|conflict| conflict.id).collect();
        let fields = conflict::fields_of_many(&mut reader, &ids).await.expect("contested fields");
        drop(reader);
        let bases = bases.into_iter().map(|base| (key_of(&links, base.link), agreed_in(&base.body)));
        self.judge_bases(stage, bases.collect());
        for conflict in conflicts {
            let contested = fields.iter().filter(|(of, _)| *of == conflict.id).map(|(_, field)| field);
            self.judge_conflict(stage, &conflict, contested);
        }
    }

    fn judge_bases(&mut self, stage: &Stage, bases: BTreeMap<Key, Agreed>) {
        let mut world = stage.world();
        for (key, agreed) in &bases {
            if self.bases.get(key) != Some(agreed) {
                world.trace.tell(Event::Base(*key, Some(*agreed)));
                let found = world.ghost.judge_base(*key, *agreed);
                world.violated(found);
            }
        }
        for key in self.bases.keys().filter(|key| !bases.contains_key(key)) {
            world.trace.tell(Event::Base(*key, None));
        }
        self.bases = bases;
    }

    fn judge_conflict<'a>(
        &mut self,
        stage: &Stage,
        conflict: &Conflict,
        contested: impl Iterator<Item = &'a ConflictField>,
    ) {
        if self.conflicts.insert(conflict.id, conflict.revision.clone()).as_ref() == Some(&conflict.revision)
        {
            return;
        }
        let key = key_in(&conflict.key);
        let [a, b] = stage.edits_at_listing();
        let fields = contested.filter_map(|field| wire::NAMES.iter().position(|name| *name == field.path));
        let phantom = fields.filter(|field| !both_sides_edited(key, Part::Field(*field), [&a, &b])).count();
        let mut world = stage.world();
        world.tally.conflicts += 1;
        world.trace.tell(Event::Conflict(key));
        // A record that one side lacks is a question of existence, which the model does not judge either.
        if phantom == 0 || !(conflict.present_ours && conflict.present_theirs) {
            return;
        }
        if conflict.cautious {
            world.tally.cautious += 1;
        } else {
            world.violated(vec![Violation::PhantomConflict]);
        }
    }

    /// With faults and edits over, every record is the same on both sides and in the base, or a question to a person.
    pub async fn check_convergence(
        &self,
        stage: &Stage,
        store: &Store,
        school: SchoolId,
        still_writes: bool,
    ) {
        let mut reader = store.read().await.expect("a reader");
        let conflicts =
            conflict::list(&mut reader, school, &ConflictFilter::default(), MOST).await.expect("conflicts");
        let parked = [WriteState::Parked];
        let parked = write::open_for_school(&mut reader, school, &parked, None, MOST).await.expect("writes");
        let links = link::list(&mut reader, school, &LinkFilter::default(), MOST).await.expect("links");
        drop(reader);
        let open = conflicts.iter().filter(|conflict| conflict.closed_at.is_none());
        let mut open: Vec<Key> = open.map(|conflict| key_in(&conflict.key)).collect();
        if stage.weakness.admits_no_keys {
            // Without keys a create that is not found twice is left to a person (R15); nobody else may park for ever.
            open.extend(parked.iter().map(|write| key_of(&links, write.link)));
        }
        let mut world = stage.world();
        let mut shown: BTreeMap<Key, [Option<Agreed>; 3]> = BTreeMap::new();
        for side in Side::BOTH {
            for record in world.system(side).records.values() {
                shown.entry(record.key).or_default()[side as usize].get_or_insert(record.values.map(Some));
            }
        }
        for (key, values) in &self.bases {
            shown.entry(*key).or_default()[2] = Some(*values);
        }
        let differs =
            |(key, [a, b, base]): (&Key, &[Option<Agreed>; 3])| !open.contains(key) && (a != b || a != base);
        if still_writes || shown.iter().any(differs) {
            world.violated(vec![Violation::NotConverged]);
        }
    }
}

fn key_of(links: &[Link], link: LinkId) -> Key {
    links.iter().find(|one| one.id == link).map(|one| key_in(&one.key)).expect("a base has its link")
}

/// A canonical key is a JSON list of its parts.
pub fn key_in(canonical: &str) -> Key {
    let text = canonical.trim_matches(['[', ']', '"']);
    text.parse().expect("the key of a record of the model")
}

fn agreed_in(body: &str) -> Agreed {
    let object = merge::json::parse_object(body.as_bytes()).expect("a stored body");
    FIELDS.map(|field| wire::value(&object, field))
}
