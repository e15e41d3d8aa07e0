//! Contradictions in a policy.

use super::{Comparator, Compare, FieldRule, OverrideKey, Policy, PolicyError, Resolver, Tolerance};
use crate::key::RecordKey;
use crate::path::{FieldPath, Pattern};

impl Policy {
    /// Looks for contradictions and settles what can be settled once.
    pub(super) fn check(&self) -> Result<(), PolicyError> {
        self.check_repeated_settings()?;
        self.check_newest()?;
        self.check_tolerances()?;
        self.check_groups()?;
        self.check_strict()
    }

    /// Binds the policy to the declared key: the record overrides, because it says in which order the key fields stand, the
    /// references to it (K4), and the warning that a key has changed (R14).
    ///
    /// # Errors
    /// An override whose key names other fields than the declared ones. A reference to records of the same type by their
    /// key that has more fields than the key, or fewer.
    ///
    /// ```
    /// use merge::Policy;
    /// let text = "[[record]]\nkey = { crn = 7, term = \"F26\" }\nmode = \"resolve_ours\"";
    /// let policy = Policy::from_toml(text).unwrap();
    /// assert!(policy.clone().with_key(&["term".into(), "crn".into()]).is_ok());
    /// assert!(policy.with_key(&["id".into()]).is_err());
    /// ```
    pub fn with_key(mut self, fields: &[String]) -> Result<Policy, PolicyError> {
        for (at, record) in self.records.iter_mut().enumerate() {
            let OverrideKey::Named(named) = &record.key else { continue };
            let key = RecordKey::from_object(named, fields).ok().filter(|_| named.len() == fields.len());
            let member = || format!("record[{}].key", at + 1);
            let key = key.ok_or_else(|| {
                PolicyError::new(member(), format!("must name the key fields {}", fields.join(", ")))
            })?;
            record.key = OverrideKey::Bound(key);
        }
        self.check_references(fields)?;
        self.key = fields.to_vec();
        Ok(self)
    }

    /// P4: two rules must not set the same member for the same pattern.
    fn check_repeated_settings(&self) -> Result<(), PolicyError> {
        for (at, rule) in self.fields.iter().enumerate() {
            for earlier in self.fields[..at].iter().filter(|earlier| earlier.path == rule.path) {
                if let Some(setting) = shared_setting(earlier, rule) {
                    let message = format!("`{}` has this setting already (MS P4)", rule.path);
                    return Err(PolicyError::new(format!("field[{}].{setting}", at + 1), message));
                }
            }
        }
        Ok(())
    }

    /// C11: without times of change `newest` would pass for ever.
    fn check_newest(&self) -> Result<(), PolicyError> {
        if self.resolvers.contains(&Resolver::Newest) && self.changed_at.is_none() {
            return Err(PolicyError::new("resolvers", "`newest` needs `changed_at` (MS C11)"));
        }
        Ok(())
    }

    /// N7: a time says how far instants may be apart, so that some rule must read them.
    fn check_tolerances(&self) -> Result<(), PolicyError> {
        let reads = |compare: Compare| compare.has(Comparator::Instant);
        let anywhere = reads(self.compare) || self.fields.iter().filter_map(|rule| rule.compare).any(reads);
        for (at, rule) in self.fields.iter().enumerate() {
            let is_time = matches!(rule.tolerance, Some(Tolerance::Seconds(_)));
            if is_time && !rule.compare.map_or(anywhere, reads) {
                let message = "a time needs `compare = [\"instant\"]` (MS N7)";
                return Err(PolicyError::new(format!("field[{}].tolerance", at + 1), message));
            }
        }
        Ok(())
    }

    /// K4: what names records of the same type by their key has as many fields as the key. A single one may be a list.
    fn check_references(&self, key: &[String]) -> Result<(), PolicyError> {
        for (at, reference) in self.references.iter().enumerate() {
            let names_a_key = reference.to.is_empty() && reference.merge_type.is_none();
            if names_a_key && reference.fields.len() != key.len() {
                let message = format!("must be as many as the key fields {} (MS K4)", key.join(", "));
                return Err(PolicyError::new(format!("reference[{}].fields", at + 1), message));
            }
        }
        Ok(())
    }

    /// P10: a member of a group has no `resolve_*` exception, and is in one group only.
    fn check_groups(&self) -> Result<(), PolicyError> {
        let mut seen: Vec<&FieldPath> = Vec::new();
        for (at, group) in self.groups.iter().enumerate() {
            for path in &group.paths {
                if seen.iter().any(|there| there.covers(path) || path.covers(there)) {
                    let message = format!("`{path}` is in a group already");
                    return Err(PolicyError::new(format!("group[{}].paths", at + 1), message));
                }
                seen.push(path);
                self.check_no_exception(path, &group.name)?;
            }
        }
        Ok(())
    }

    fn check_no_exception(&self, path: &FieldPath, group: &str) -> Result<(), PolicyError> {
        for (at, rule) in self.fields.iter().enumerate() {
            if rule.mode.is_some_and(|mode| mode.resolve().is_some()) && rule.path.touches(path) {
                let message =
                    format!("`{path}` is in the group {group:?} and must not have its own (MS P10)");
                return Err(PolicyError::new(format!("field[{}].mode", at + 1), message));
            }
        }
        Ok(())
    }

    /// P10 for strict records, where all fields are one group.
    fn check_strict(&self) -> Result<(), PolicyError> {
        if !self.strict {
            return Ok(());
        }
        let modes =
            self.fields.iter().map(|rule| rule.mode).enumerate().map(|(at, mode)| ("field", at, mode));
        let groups =
            self.groups.iter().map(|group| group.mode).enumerate().map(|(at, mode)| ("group", at, mode));
        for (table, at, mode) in modes.chain(groups) {
            if mode.is_some_and(|mode| mode.resolve().is_some()) {
                let message = "a strict record has no resolve_* exceptions (MS P10)";
                return Err(PolicyError::new(format!("{table}[{}].mode", at + 1), message));
            }
        }
        Ok(())
    }
}

fn shared_setting(a: &FieldRule, b: &FieldRule) -> Option<&'static str> {
    let blank = |rule: &FieldRule| [rule.blank.ours_to_theirs, rule.blank.theirs_to_ours];
    let both_blank = blank(a).iter().zip(blank(b)).any(|(a, b)| a.is_some() && b.is_some());
    let settings = [
        ("mode", a.mode.is_some() && b.mode.is_some()),
        ("compare", a.compare.is_some() && b.compare.is_some()),
        ("tolerance", a.tolerance.is_some() && b.tolerance.is_some()),
        ("blank", both_blank),
        ("list", a.list.is_some() && b.list.is_some()),
        ("text", a.text.is_some() && b.text.is_some()),
        ("counter", a.counter.is_some() && b.counter.is_some()),
        ("locked", a.locked && b.locked),
    ];
    settings.into_iter().find(|(_, shared)| *shared).map(|(name, _)| name)
}

impl Policy {
    /// Whether the path is ignored by a pattern of its own or above it (P9).
    ///
    /// ```
    /// # use merge::{FieldPath, Policy};
    /// let policy = Policy::from_toml(r#"ignore = ["etag", "audit.*"]"#).unwrap();
    /// assert!(policy.ignores(&FieldPath::field("audit").child("seen")));
    /// assert!(!policy.ignores(&FieldPath::field("audit")));
    /// ```
    pub fn ignores(&self, path: &FieldPath) -> bool {
        self.ignore.iter().any(|pattern: &Pattern| pattern.covers(path))
    }
}
