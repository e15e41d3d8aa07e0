//! The school of a scenario: its database, its settings, and the two systems as the pipeline opens them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use connect::{Clock, System};
use pipeline::settings::Settings;
use pipeline::{Bounds, OpenSystems, Pipeline};
use store::Store;
use store::ids::SchoolId;
use store::settings_revision::NewSettings;
use tempfile::TempDir;

use super::counterpart::Counterpart;
use super::stage::Stage;
use crate::nouns::Side;

const SETTINGS: &str = include_str!("settings.toml");

/// Opens the two sides of a stage, whatever the settings say.
struct Doors(Arc<Stage>);

impl OpenSystems for Doors {
    fn open(&self, _: SchoolId, _: &Settings, side: merge::Side) -> Result<Arc<dyn System>, String> {
        Ok(Arc::new(Counterpart { stage: Arc::clone(&self.0), side: model_side(side) }))
    }
}

pub fn model_side(side: merge::Side) -> Side {
    match side {
        merge::Side::Ours => Side::A,
        merge::Side::Theirs => Side::B,
    }
}

/// A folder for databases, in memory where the machine has such a place.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let mut builder = tempfile::Builder::new();
    builder.prefix("tiebreak-model-");
    let made = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
    made.expect("a temporary folder")
}

/// The file of a database and what is open on it.
pub struct Database {
    pub file: PathBuf,
    pub store: Store,
}

impl Database {
    pub async fn open(file: PathBuf) -> Self {
        let store = Store::open(&store::testing::sqlite_url(&file)).await.expect("the database opens");
        Self { file, store }
    }

    /// Everything that the database holds, as one file.
    pub async fn close(self) -> Vec<u8> {
        self.store.close().await;
        std::fs::read(&self.file).expect("the database is a file")
    }

    pub async fn with(file: PathBuf, content: &[u8]) -> Self {
        for more in ["-wal", "-shm"] {
            let mut name = file.clone().into_os_string();
            name.push(more);
            let _ = std::fs::remove_file(name);
        }
        std::fs::write(&file, content).expect("the database can be written");
        Self::open(file).await
    }
}

pub async fn add_school(store: &Store, stage: &Stage) -> SchoolId {
    let school = SchoolId::new(stage.now(), stage.random());
    let hash = Settings::parse(SETTINGS).expect("the settings of the model are lawful").hash;
    let new = NewSettings { document: SETTINGS, hash: &hash, author: "model", reason: "first" };
    let mut tx = store.begin().await.expect("a transaction");
    store::school::add(&mut tx, school, "model", "Model School", stage.now()).await.expect("a school");
    store::settings_revision::save(&mut tx, school, &new, stage.now()).await.expect("settings");
    tx.commit().await.expect("a commit");
    school
}

/// The pipeline of one start of the process; `start` counts them.
pub fn pipeline(store: &Store, stage: &Arc<Stage>, start: u64) -> Pipeline {
    Pipeline {
        store: store.clone(),
        clock: Arc::clone(stage) as Arc<dyn Clock>,
        systems: Arc::new(Doors(Arc::clone(stage))),
        mailer: None,
        mail_host: "model.test".to_owned(),
        stopping: Arc::default(),
        holder: format!("node, start {start}"),
        // One write at a time: several would be woken in an order that the threads of the database decide.
        bounds: Bounds { writes_at_once: 1, ..Bounds::default() },
    }
}
