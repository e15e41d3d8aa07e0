//! Tables of code pairs, through which texts are compared (MS N5).

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Compare;
use crate::normalize::normal_text;

/// A table of code pairs, for one way of comparing: each code with the one form that it shares with its pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Codes {
    table: usize,
    /// The name of the table.
    name: String,
    compare: Compare,
    forms: BTreeMap<String, String>,
}

impl Codes {
    /// The name of the table.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What a code shares with its pair; none for a code without one.
    pub(crate) fn form(&self, code: &str) -> Option<&str> {
        self.forms.get(code).map(String::as_str)
    }
}

/// The tables of a policy while it is read, and those that are asked for.
#[derive(Debug, Default)]
pub(super) struct CodeTables {
    /// Each with its name and its pairs of ours' and theirs' codes.
    tables: Vec<(String, Vec<(String, String)>)>,
    used: RefCell<Vec<Codes>>,
}

impl CodeTables {
    pub(super) const fn new(tables: Vec<(String, Vec<(String, String)>)>) -> CodeTables {
        CodeTables { tables, used: RefCell::new(Vec::new()) }
    }

    /// The comparison through the table of this name.
    ///
    /// # Errors
    /// No such table, too many of them, or a code that would mean two things.
    pub(super) fn through(&self, compare: Compare, name: &str) -> Result<Compare, String> {
        let table = self.tables.iter().position(|(there, _)| there == name);
        let table = table.ok_or_else(|| format!("there is no [map.{name}]"))?;
        let mut used = self.used.borrow_mut();
        let known = used.iter().position(|codes| (codes.table, codes.compare) == (table, compare));
        let at = match known {
            Some(at) => at,
            None => {
                let forms = forms(&self.tables[table].1, compare).map_err(|code| {
                    format!("in [map.{name}] the code {code:?} stands for two different things")
                })?;
                used.push(Codes { table, name: name.to_owned(), compare, forms });
                used.len() - 1
            }
        };
        compare.through(at).ok_or_else(|| "a policy has at most 255 ways of comparing codes".to_owned())
    }

    pub(super) fn into_used(self) -> Vec<Codes> {
        self.used.into_inner()
    }
}

/// Each code with theirs' code of its pair. The code that is ambiguous, if one is: the side that a value comes from is not
/// known where values are compared.
fn forms(pairs: &[(String, String)], compare: Compare) -> Result<BTreeMap<String, String>, String> {
    let mut forms: BTreeMap<String, String> = BTreeMap::new();
    for (ours, theirs) in pairs {
        let form = normal_text(compare, theirs).into_owned();
        for code in [ours, theirs] {
            let code = normal_text(compare, code).into_owned();
            if *forms.entry(code.clone()).or_insert_with(|| form.clone()) != form {
                return Err(code);
            }
        }
    }
    Ok(forms)
}
