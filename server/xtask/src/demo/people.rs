//! Who may sign in to the demo.

use std::{io::Write as _, process::Stdio};

use anyhow::{Context, Result, ensure};

use super::Tiebreak;

/// Somebody of the demo. The passwords are no secret: the demo listens on this machine alone.
struct Person {
    role: &'static str,
    name: &'static str,
    email: &'static str,
    password: &'static str,
}

const PEOPLE: [Person; 3] = [
    Person {
        role: "viewer",
        name: "Vera Nowak",
        email: "vera@northfield.test",
        password: "look-but-leave-it",
    },
    Person {
        role: "resolver",
        name: "Theo Ruiz",
        email: "theo@northfield.test",
        password: "one-field-two-keys",
    },
    Person {
        role: "admin",
        name: "Ada Brandt",
        email: "ada@northfield.test",
        password: "which-side-wins-tonight",
    },
];

/// Makes one person of each role that is worth trying.
pub fn add(tiebreak: &Tiebreak) -> Result<()> {
    for person in &PEOPLE {
        let args = ["person", "add", person.email, "--name", person.name, "--role", person.role];
        let mut child = tiebreak.command(&args).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut input = child.stdin.take().context("no standard input")?;
        writeln!(input, "{}", person.password)?;
        drop(input);
        ensure!(child.wait()?.success(), "{} could not be added", person.email);
    }
    Ok(())
}

/// The sign-ins, a line each.
pub fn sign_ins() -> String {
    PEOPLE
        .iter()
        .map(|person| format!("  {:<9} {:<24} {}\n", person.role, person.email, person.password))
        .collect()
}
