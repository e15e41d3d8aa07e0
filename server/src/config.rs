//! What the operator says: flags, then the environment, then one optional file, then the defaults.
//!
//! Nothing else in the workspace reads the environment. Secrets are wrapped as soon as they are read and never printed.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::http::Public;
use crate::lines::line_at;
use crate::telemetry::LogFormat;

const DATA: &str = "tiebreak-data";
const LISTEN: &str = "127.0.0.1:7800";
const SECRET_PREFIX: &str = "TIEBREAK_SECRET_";
/// Schools that are worked on at once (issue of several schools: in batches).
const SCHOOLS_AT_ONCE: usize = 2;
const SCHOOLS_AT_ONCE_MOST: usize = 16;

/// The flags that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Folder of the database and what belongs to it [default: ./tiebreak-data]
    #[arg(long, global = true, env = "TIEBREAK_DATA", value_name = "DIR", help_heading = "Installation")]
    pub data: Option<PathBuf>,
    /// Database: sqlite:///path/file.db or postgres://… [default: a SQLite file in the data folder]
    #[arg(
        long, global = true, env = "TIEBREAK_DATABASE", hide_env_values = true, value_name = "URL",
        value_parser = wrapped, help_heading = "Installation"
    )]
    pub database: Option<SecretString>,
    /// TOML file with the same members, and `[mail]` and `[secrets]`
    #[arg(long, global = true, env = "TIEBREAK_CONFIG", value_name = "FILE", help_heading = "Installation")]
    pub config: Option<PathBuf>,
    /// Address the server listens on [default: 127.0.0.1:7800]
    #[arg(
        long,
        global = true,
        env = "TIEBREAK_LISTEN",
        value_name = "ADDRESS",
        help_heading = "Installation"
    )]
    pub listen: Option<SocketAddr>,
    /// Address under which browsers reach the server, such as <https://tiebreak.example.edu> [default: the one it
    /// listens on]
    #[arg(
        long,
        global = true,
        env = "TIEBREAK_PUBLIC_URL",
        value_name = "URL",
        value_parser = Public::at,
        help_heading = "Installation"
    )]
    pub public_url: Option<Public>,
    /// The school, by its short name; may be left out where there is only one
    #[arg(
        long,
        global = true,
        env = "TIEBREAK_SCHOOL",
        value_name = "SCHOOL",
        help_heading = "Installation"
    )]
    pub school: Option<String>,
    /// What is logged to stderr, such as `info` or `pipeline=debug` [default: warn; info for serve]
    #[arg(long, global = true, env = "TIEBREAK_LOG", value_name = "FILTER", help_heading = "Installation")]
    pub log: Option<String>,
    /// How the log is written [default: text]
    #[arg(
        long,
        global = true,
        env = "TIEBREAK_LOG_FORMAT",
        value_name = "FORMAT",
        help_heading = "Installation"
    )]
    pub log_format: Option<LogFormat>,
}

/// Everything the operator said, read and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of the database and what belongs to it.
    pub data: PathBuf,
    /// Address of the database; may hold a password.
    pub database: SecretString,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Under which address browsers know the server; none means the one it listens on.
    pub public: Option<Public>,
    /// The school that was named.
    pub school: Option<String>,
    /// How many schools are worked on at once.
    pub schools_at_once: usize,
    /// How reports are mailed; none means that they stay in the database.
    pub mail: Option<MailConfig>,
    /// Credentials of the outside systems, by name.
    pub secrets: Secrets,
    /// What is logged.
    pub log: Option<String>,
    /// How the log is written.
    pub log_format: LogFormat,
    /// Who sits at the command line; decisions and the audit log carry the name.
    pub user: String,
}

/// `[mail]`: the server that takes the reports.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// `smtp://…` or `smtps://…`; may hold a password.
    pub url: SecretString,
    /// The sender's address.
    pub from: String,
}

/// Credentials by the names that settings use; the values never show.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

/// What is wrong with the configuration: one line with the file and line, or the variable.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The file, as it is written. It has no `Debug`: it holds secrets in the clear for a moment.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    school: Option<String>,
    schools_at_once: Option<usize>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    mail: Option<MailFile>,
    secrets: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MailFile {
    url: String,
    from: String,
}

impl Config {
    /// Reads the file that the options name, if any, and the environment's secrets.
    ///
    /// # Errors
    /// When the file cannot be read or has a member that does not exist or does not fit.
    pub fn read(options: &Options) -> Result<Self, ConfigError> {
        let file = options.config.as_deref().map(read_file).transpose()?.unwrap_or_default();
        Self::assemble(options, file, std::env::vars())
    }

    fn assemble(
        options: &Options,
        file: File,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let data = options.data.clone().or(file.data).unwrap_or_else(|| PathBuf::from(DATA));
        let database = options.database.clone().or_else(|| file.database.map(SecretString::from));
        let schools_at_once = file.schools_at_once.unwrap_or(SCHOOLS_AT_ONCE);
        if !(1..=SCHOOLS_AT_ONCE_MOST).contains(&schools_at_once) {
            return Err(ConfigError(format!("schools_at_once: must be 1 to {SCHOOLS_AT_ONCE_MOST}")));
        }
        let environment: Vec<(String, String)> = environment.collect();
        let public = file.public_url.as_deref().map(Public::at).transpose();
        let public = public.map_err(|error| ConfigError(format!("public_url: {error}")))?;
        let listen = options.listen.or(file.listen).or_else(|| LISTEN.parse().ok());
        Ok(Self {
            database: database.unwrap_or_else(|| sqlite_in(&data).into()),
            data,
            listen: listen.ok_or_else(|| ConfigError("listen: is no address".to_owned()))?,
            public: options.public_url.clone().or(public),
            school: options.school.clone().or(file.school),
            schools_at_once,
            mail: file.mail.map(|mail| MailConfig { url: mail.url.into(), from: mail.from }),
            user: user(&environment),
            secrets: Secrets::of(file.secrets, environment.into_iter()),
            log: options.log.clone().or(file.log),
            log_format: options.log_format.or(file.log_format).unwrap_or_default(),
        })
    }

    /// Makes the data folder, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_data_folder(&self) -> Result<(), ConfigError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.data).map_err(|error| {
            ConfigError(format!("the data folder {} cannot be made: {error}", self.data.display()))
        })
    }
}

impl Secrets {
    /// The file's secrets, and those of the environment, which come first: `TIEBREAK_SECRET_SIS_KEY` is `sis_key`.
    fn of(file: BTreeMap<String, String>, environment: impl Iterator<Item = (String, String)>) -> Self {
        let mut all: BTreeMap<String, SecretString> =
            file.into_iter().map(|(name, value)| (folded(&name), value.into())).collect();
        for (name, value) in environment {
            if let Some(name) = name.strip_prefix(SECRET_PREFIX) {
                all.insert(folded(name), value.into());
            }
        }
        Self(all)
    }

    /// The secret of this name; upper and lower case, hyphens and underscores are the same.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<SecretString> {
        self.0.get(&folded(name)).cloned()
    }
}

fn user(environment: &[(String, String)]) -> String {
    let of = |wanted: &str| environment.iter().find(|(name, value)| name == wanted && !value.is_empty());
    of("USER").or_else(|| of("LOGNAME")).map_or_else(|| "somebody".to_owned(), |(_, value)| value.clone())
}

fn folded(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

fn wrapped(text: &str) -> Result<SecretString, String> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.into()) }
}

/// The database in the data folder. The path is part of a URL there, so what a URL reads otherwise is escaped.
fn sqlite_in(data: &Path) -> String {
    let path = data.join("tiebreak.db").display().to_string();
    format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F").replace('#', "%23"))
}

fn read_file(path: &Path) -> Result<File, ConfigError> {
    let at = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError(format!("{at}: {error}")))?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_at(&text, span.start));
        ConfigError(format!("{at}:{line}: {}", error.message().replace('\n', " ")))
    })
}

/// Shows a database address without its password.
#[must_use]
pub fn shown_address(database: &SecretString) -> String {
    let text = database.expose_secret();
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assemble(options: &Options, file: &str, environment: &[(&str, &str)]) -> Config {
        let file: File = toml::from_str(file).expect("a file");
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::assemble(options, file, environment).expect("a configuration")
    }

    #[test]
    fn flags_come_before_the_file_and_the_file_before_the_defaults() {
        let options = Options { data: Some("flag".into()), ..Options::default() };
        let config = assemble(&options, "data = \"file\"\nlisten = \"127.0.0.1:1\"", &[]);
        assert_eq!(config.data, Path::new("flag"));
        assert_eq!(config.listen.port(), 1);
        assert_eq!(config.schools_at_once, SCHOOLS_AT_ONCE);
        assert_eq!(config.database.expose_secret(), "sqlite://flag/tiebreak.db");
    }

    #[test]
    fn s37_secrets_come_from_file_and_environment_and_are_never_printed() {
        let file = "[secrets]\nsis = \"canary-1\"\nother = \"canary-2\"\n[mail]\nurl = \"smtp://u:canary-3@h\"\nfrom = \"a@b\"";
        let config =
            assemble(&Options::default(), file, &[("TIEBREAK_SECRET_SIS", "canary-4"), ("PATH", "/bin")]);
        let secret = |name: &str| config.secrets.get(name).map(|secret| secret.expose_secret().to_owned());
        assert_eq!(secret("sis").as_deref(), Some("canary-4"));
        assert_eq!(secret("OTHER").as_deref(), Some("canary-2"));
        assert_eq!(secret("path"), None);
        assert!(!format!("{config:?}").contains("canary"));
    }

    #[test]
    fn an_unknown_member_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tiebreak.toml");
        std::fs::write(&path, "data = \"x\"\n[mail]\nurl = \"smtp://h\"\nform = \"a@b\"\n").expect("written");
        let Err(error) = Config::read(&Options { config: Some(path), ..Options::default() }) else {
            panic!("it is not a configuration")
        };
        let text = error.to_string();
        assert!(text.contains("tiebreak.toml:4: ") && text.contains("form"), "{text}");
    }

    #[test]
    fn the_password_of_a_database_is_not_shown() {
        assert_eq!(shown_address(&"postgres://me:pass@host/db".into()), "postgres://…@host/db");
        assert_eq!(shown_address(&"sqlite:///a/b.db".into()), "sqlite:///a/b.db");
    }
}
