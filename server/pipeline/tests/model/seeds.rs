//! `seeds.txt`: scenarios worth keeping, which every run replays first (RL T24).

use crate::measure::replay;
use crate::scenario::play;
use crate::trace::Trace;
use crate::variants::Variant;

/// One line of the file: a variant, the number of a scenario, and the violations it must show.
pub struct Seed {
    pub variant: Variant,
    pub number: u64,
    violations: Vec<String>,
}

pub fn of(variant: Variant) -> Vec<Seed> {
    let lines = include_str!("seeds.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(read_line).filter(|seed| seed.variant == variant).collect()
}

fn read_line(line: &str) -> Seed {
    let mut words = line.split_whitespace();
    let (Some(variant), Some(number)) = (words.next(), words.next()) else { panic!("seeds.txt: {line}") };
    Seed {
        variant: variant.parse().expect(line),
        number: number.parse().expect(line),
        violations: words.filter(|word| *word != "clean").map(str::to_owned).collect(),
    }
}

impl Seed {
    pub fn replay(&self) {
        let world = play(self.variant, self.number, Trace::default());
        let found: Vec<String> = world.tally.violations.keys().map(ToString::to_string).collect();
        let command = replay(self.variant, self.number);
        assert_eq!(found, self.violations, "{} {} of seeds.txt; {command}", self.variant, self.number);
    }
}
