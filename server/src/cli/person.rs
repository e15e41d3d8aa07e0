//! `tiebreak person`: who may sign in. Makes the first admin without a browser, and lets one in again (RL S22).

use std::io::{BufRead as _, IsTerminal as _};

use app::api::Role;

use super::failure::{Failure, Result};
use super::{Exit, output};
use crate::installation::Installation;
use crate::session::{Account, AccountError, Accounts, Scope, api_role};

/// People listed at once.
const PEOPLE: u32 = 500;

/// Who may sign in.
#[derive(Debug, clap::Subcommand)]
pub(super) enum PersonCommand {
    /// Make an account, or let its person in again: new password, no lock, not kept out
    ///
    /// The password is the first line of standard input; at a terminal it is asked for. With --school the role holds in
    /// that school, without it in every one.
    Add {
        /// Their e-mail address
        email: String,
        /// Their name, as decisions and the audit log will carry it
        #[arg(long)]
        name: String,
        /// viewer, resolver, lead or admin
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// List everybody
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Keep somebody out at once; their name stays in what they did
    Remove {
        /// Their e-mail address
        email: String,
    },
    /// Let somebody who mistyped their password too often try again at once
    Unlock {
        /// Their e-mail address
        email: String,
    },
}

fn role(text: &str) -> std::result::Result<Role, String> {
    let known = Role::ALL.into_iter().find(|role| role.as_str() == text);
    known.ok_or_else(|| "must be viewer, resolver, lead or admin".to_owned())
}

pub(super) async fn run(installation: &Installation, command: &PersonCommand) -> Result<Exit> {
    let pipeline = &installation.pipeline;
    let accounts = Accounts::new(pipeline.store.clone(), pipeline.clock.clone());
    match command {
        PersonCommand::Add { email, name, role } => add(installation, &accounts, email, name, *role).await,
        PersonCommand::List { json } => list(installation, *json).await,
        PersonCommand::Remove { email } => remove(installation, &accounts, email).await,
        PersonCommand::Unlock { email } => unlock(installation, &accounts, email).await,
    }
}

async fn add(
    installation: &Installation,
    accounts: &Accounts,
    email: &str,
    name: &str,
    role: Role,
) -> Result<Exit> {
    let scope = scope(installation).await?;
    let password = password()?;
    let account = Account { email, name, password: &password };
    let known = accounts.add_or_admit(&installation.actor(), &account, role, scope).await?;
    let place = match (&installation.config.school, scope) {
        (Some(school), Some(_)) => format!("in {school}"),
        _ => "in every school".to_owned(),
    };
    let what = if known {
        "was known and is let in again, with a new password and no lock: is now"
    } else {
        "can sign in as"
    };
    output::print(&format!("{} {what} {} {place}\n", email.trim(), role.as_str()))?;
    Ok(Exit::Clean)
}

/// The school that was named; every school without one.
async fn scope(installation: &Installation) -> Result<Scope> {
    let Some(slug) = &installation.config.school else { return Ok(None) };
    let mut reader = installation.pipeline.store.read().await?;
    match store::school::find_by_slug(&mut reader, slug).await? {
        Some(school) => Ok(Some(school.id)),
        None => Err(Failure::bad_input(format!("--school: there is no school {slug}"))),
    }
}

/// The password: typed twice at a terminal, else the first line of standard input. Never an argument, which other users
/// of the machine can see.
fn password() -> Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let password = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("Once more: ")? != password {
            return Err(Failure::bad_input("the two passwords differ; nothing was changed"));
        }
        return Ok(password);
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        return Err(Failure::bad_input("the password is wanted as the first line of standard input"));
    }
    Ok(password.to_owned())
}

async fn list(installation: &Installation, json: bool) -> Result<Exit> {
    let mut reader = installation.pipeline.store.read().await?;
    let filter = store::person::PersonFilter::default();
    let people = store::person::list(&mut reader, &filter, PEOPLE).await?;
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    let given = store::person_role::list(&mut reader, &ids).await?;
    let mut lines = Vec::new();
    for person in people {
        let roles: Vec<String> = given
            .iter()
            .filter(|given| given.person == person.id)
            .map(|given| {
                let place = given.slug.as_deref().unwrap_or("every school");
                format!("{} in {place}", api_role(given.role).as_str())
            })
            .collect();
        let state = if person.disabled_at.is_some() { "removed" } else { "can sign in" };
        let seen = person.last_seen_at.map_or_else(|| "never".to_owned(), output::time);
        if json {
            output::print_json(&serde_json::json!({
                "email": person.email, "name": person.name, "roles": roles, "state": state,
                "last_seen_at": person.last_seen_at,
            }))?;
        }
        lines.push(vec![person.email, person.name, roles.join(", "), state.to_owned(), seen]);
    }
    if !json {
        output::print(&output::table(&["E-mail", "Name", "Roles", "State", "Last seen"], &lines))?;
    }
    Ok(Exit::Clean)
}

async fn remove(installation: &Installation, accounts: &Accounts, email: &str) -> Result<Exit> {
    if !accounts.remove(&installation.actor(), email).await? {
        return Err(Failure::bad_input(format!("there is no account for {email}")));
    }
    output::print(&format!("{} cannot sign in any more; their sessions have ended\n", email.trim()))?;
    Ok(Exit::Clean)
}

async fn unlock(installation: &Installation, accounts: &Accounts, email: &str) -> Result<Exit> {
    if !accounts.unlock(&installation.actor(), email).await? {
        return Err(Failure::bad_input(format!("there is no account for {email}")));
    }
    output::print(&format!("{} can try to sign in again now\n", email.trim()))?;
    Ok(Exit::Clean)
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match &error {
            AccountError::Field(field, message) => Self::bad_input(format!("{field}: {message}")),
            AccountError::NotNow(text) => Self::not_now(text),
            _ => Self::chain(error),
        }
    }
}
