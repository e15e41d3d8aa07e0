//! What cargo-mutants would break.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde::Deserialize;

use crate::workspace::{Workspace, output};

/// One way to break the engine.
#[derive(Debug, Deserialize)]
pub struct Mutant {
    /// Its place and what is changed there.
    pub name: String,
    /// The source, below the top of the checkout.
    pub file: PathBuf,
    pub genre: Genre,
    /// What stands there instead.
    pub replacement: String,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Genre {
    /// The body of a function is one value.
    FnValue,
    BinaryOperator,
    UnaryOperator,
    /// An arm of a `match` is left out.
    MatchArm,
    MatchArmGuard,
    /// A field before `..` is left out.
    StructField,
}

#[derive(Debug, Deserialize)]
pub struct Span {
    pub start: Position,
}

/// Both are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// The mutants whose name matches one of the expressions, or all, without those that `.cargo/mutants.toml` leaves out.
pub fn list(workspace: &Workspace, filter: &[String]) -> Result<Vec<Mutant>> {
    let mut cargo = workspace.cargo();
    cargo.env("PATH", super::path_with_tools(workspace)?);
    cargo.args(["mutants", "--list", "--json", "--package", "merge"]);
    for expression in filter {
        cargo.arg("--re").arg(expression);
    }
    let mutants: Vec<Mutant> = serde_json::from_slice(&output(&mut cargo)?)?;
    ensure!(!mutants.is_empty(), "there is no such mutant");
    Ok(mutants)
}
