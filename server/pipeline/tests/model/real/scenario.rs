//! One story of the real pipeline, cut like those of the model: agreed records, faulty runs, clean runs.

use std::sync::OnceLock;

use store::ids::SchoolId;
use tempfile::TempDir;

use super::night::{Nights, runtime};
use super::school::{Database, add_school, folder};
use super::stage::Stage;
use super::weakness::Weakness;
use crate::nouns::{FIELDS, FIRST_STILL, Key, Side};
use crate::rng::Source;
use crate::scenario::{CLEAN_RUNS, FAULTY_RUNS, users_act_by_day};
use crate::subject::Played;
use crate::trace::{Event, Trace};
use crate::variants::Variant;
use crate::weather::Weather;
use crate::world::World;

const AGREED: u32 = 3;
const STILL: u32 = 12;

/// A database in which everything is agreed, as every scenario finds it.
struct Beginning {
    content: Vec<u8>,
    school: SchoolId,
}

fn beginning() -> &'static Beginning {
    static BEGINNING: OnceLock<Beginning> = OnceLock::new();
    BEGINNING.get_or_init(|| {
        let folder = folder();
        runtime().block_on(async {
            let stage = Stage::new(
                agreed_world(Source::of_scenario(0), Trace::default()),
                ids(0),
                Weakness::default(),
            );
            let database = Database::open(folder.path().join("model.db")).await;
            let school = add_school(&database.store, &stage).await;
            let mut nights = Nights::new(stage.clone(), database, school);
            nights.run(Event::CleanRun).await;
            assert_eq!(stage.world().sent, 0, "there is nothing to write when both sides agree");
            assert_eq!(stage.world().tally.errors, 0, "the first run of all goes through");
            Beginning { content: nights.database.close().await, school }
        })
    })
}

fn agreed_world(chance: Source, trace: Trace) -> World {
    let mut world = World::new(chance, trace);
    for number in (0..AGREED).chain(FIRST_STILL..FIRST_STILL + STILL) {
        let (key, values) = (Key::Known(number), FIELDS.map(|_| world.new_value()));
        for side in Side::BOTH {
            world.add(side, key, values);
        }
    }
    world
}

/// The pipeline's own chance, apart from the world's: the world of scenario n is the same whatever ids are made in it.
fn ids(number: u64) -> Source {
    Source::of_scenario(!number)
}

/// Every other scenario is played in rough weather.
fn weather(number: u64) -> Weather {
    if number.is_multiple_of(2) { Weather::OF_THE_MODEL } else { Weather::ROUGH }
}

thread_local! {
    /// Where this thread keeps its database.
    static FOLDER: TempDir = folder();
}

pub fn play(variant: Variant, number: u64, trace: Trace) -> Played {
    let weakness = Weakness::of(variant);
    let file = FOLDER.with(|folder| folder.path().join("model.db"));
    let beginning = beginning();
    runtime().block_on(async {
        let database = Database::with(file, &beginning.content).await;
        let mut world = agreed_world(Source::of_scenario(number), trace);
        world.weather = weather(number);
        let stage = Stage::new(world, ids(number), weakness);
        let mut nights = Nights::after_the_first(stage.clone(), database, beginning.school).await;
        stage.set_faults(true);
        for _ in 0..FAULTY_RUNS {
            users_act_by_day(&mut stage.world());
            nights.run(Event::Run).await;
        }
        stage.set_faults(false);
        stage.world().every_late_request_lands();
        let mut sent = 0;
        for _ in 0..CLEAN_RUNS {
            sent = stage.world().sent;
            nights.run(Event::CleanRun).await;
        }
        let still_writes = stage.world().sent > sent;
        let Nights { judge, database, school, .. } = nights;
        judge.check_convergence(&stage, &database.store, school, still_writes).await;
        database.store.close().await;
        Played::of(&stage.world())
    })
}
