//! The policy and how a setting is found in it (MS 3).

use crate::nouns::{Blank, FieldRule, Group, Json, List, Mode, Path, Policy, is_item};

/// P4: a pattern covers its path and everything below.
fn covers(pattern: &Path, path: &Path) -> bool {
    let fits = |(p, name): (&String, &String)| p == "*" || p == name || (p == "[*]" && is_item(name));
    pattern.len() <= path.len() && pattern.iter().zip(path).all(fits)
}

/// P4: more segments are more specific, then more literal ones.
fn rank(pattern: &Path) -> (usize, usize) {
    (pattern.len(), pattern.iter().filter(|name| *name != "*").count())
}

impl Policy {
    /// P4: the most specific rule that covers the path and sets what is asked for.
    fn best<'a, T>(&'a self, path: &Path, setting: impl Fn(&'a FieldRule) -> Option<T>) -> Option<T> {
        let covering = self.fields.iter().filter(|rule| covers(&rule.pattern, path));
        let setting = covering.filter_map(|rule| Some((rank(&rule.pattern), setting(rule)?)));
        setting.max_by_key(|(rank, _)| *rank).map(|(_, value)| value)
    }

    pub fn ignores(&self, path: &Path) -> bool {
        self.ignore.iter().any(|pattern| covers(pattern, path))
    }

    pub fn compare_at(&self, path: &Path) -> Vec<&'static str> {
        self.best(path, |rule| rule.compare.clone()).unwrap_or_else(|| self.compare.clone())
    }

    /// N7: how far a number here may be from base, in thousandths.
    pub fn tolerance_at(&self, path: &Path) -> Option<f64> {
        let tolerance: f64 = self.best(path, |rule| rule.tolerance)?.parse().expect("a number");
        Some((tolerance * 1000.0).round())
    }

    /// P4: the kind of a list holds at exactly its path.
    pub fn list_at(&self, path: &Path) -> Option<List> {
        self.best(path, |rule| rule.list.clone().filter(|_| rule.pattern.len() == path.len()))
    }

    pub fn text_at(&self, path: &Path) -> Option<&'static str> {
        self.best(path, |rule| rule.text)
    }

    pub fn counts_at(&self, path: &Path) -> bool {
        self.best(path, |rule| rule.counter).unwrap_or(false)
    }

    pub fn blank_at(&self, path: &Path) -> [Blank; 2] {
        self.best(path, |rule| rule.blank).unwrap_or(self.blank)
    }

    /// Levels 4 and 5: an override for the record, or a staff rule. The empty path is the record itself.
    fn later(&self, id: &Json, path: &Path) -> Option<(Mode, &'static str)> {
        let fits = self.staff.iter().filter(|rule| rule.record.as_ref().is_none_or(|record| record == id));
        let staff = fits.filter(|rule| covers(&rule.pattern, path)).max_by_key(|rule| rank(&rule.pattern));
        let record = self.records.iter().find(|(key, _)| key == id).map(|(_, mode)| (*mode, "record"));
        staff.map(|rule| (rule.mode, "rule")).or(record)
    }

    fn of_type(&self) -> (Mode, &'static str) {
        self.mode.map_or((Mode::Manual, "default"), |mode| (mode, "type"))
    }

    /// P5: the mode of questions about the whole record; field patterns do not count.
    pub fn record_mode(&self, id: &Json) -> (Mode, &'static str) {
        self.later(id, &Path::new()).unwrap_or(self.of_type())
    }

    /// P3: default, type, field, record, staff; a later one wins, but a locked field rule cannot be beaten.
    pub fn mode_at(&self, id: &Json, path: &Path) -> (Mode, &'static str) {
        match self.best(path, |rule| rule.mode.map(|mode| (mode, rule.locked))) {
            Some((mode, true)) => (mode, "field"),
            Some((mode, false)) => self.later(id, path).unwrap_or((mode, "field")),
            None => self.later(id, path).unwrap_or(self.of_type()),
        }
    }

    /// F10: the group's own mode, else the type's; what is said about the record beats both (P3).
    pub fn group_mode(&self, id: &Json, group: &Group) -> (Mode, &'static str) {
        let own = group.mode.map(|mode| (mode, "field"));
        self.later(id, &Path::new()).or(own).unwrap_or(self.of_type())
    }

    /// P10: an `always_*` exception in force takes a path out of strictness, and out of its group.
    pub fn excepted(&self, id: &Json, path: &Path) -> bool {
        matches!(self.mode_at(id, path), (Mode::Always(_), "field" | "rule"))
    }
}
