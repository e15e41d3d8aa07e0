//! The settings that the README shows are settings that work.

use connect::rest::RestSystem;
use merge::Side;
use pipeline::settings::Settings;

#[test]
fn the_example_of_the_readme_can_be_imported() {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let settings = Settings::parse(example).expect("settings that parse");
    assert_eq!(settings.school.slug, "northfield");
    let secret = |name: &str| (name == "sis").then(|| "key".into());
    let system = RestSystem::open(&settings.systems[Side::Theirs].connector, &secret);
    assert!(system.is_ok(), "{:?}", system.err());
}
