//! `seeds.txt`: scenarios worth keeping, which every run replays first (RL T24).

use crate::subject::Subject;

/// One line of the file: who was played, the number of a scenario, and the violations it must show.
pub struct Seed {
    pub subject: Subject,
    pub number: u64,
    violations: Vec<String>,
}

pub fn of(subject: Subject) -> Vec<Seed> {
    let lines = include_str!("seeds.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(read_line).filter(|seed| seed.subject == subject).collect()
}

fn read_line(line: &str) -> Seed {
    let mut words = line.split_whitespace();
    let (Some(subject), Some(number)) = (words.next(), words.next()) else { panic!("seeds.txt: {line}") };
    Seed {
        subject: subject.parse().expect(line),
        number: number.parse().expect(line),
        violations: words.filter(|word| *word != "clean").map(str::to_owned).collect(),
    }
}

impl Seed {
    /// Whether the scenario shows any damage. Of the real pipeline no more can be asked: every change of it shifts the
    /// moments at which the world acts.
    pub fn shows_damage(&self) -> bool {
        !self.subject.play(self.number).tally.violations.is_empty()
    }

    pub fn replay(&self) {
        let found: Vec<String> =
            self.subject.play(self.number).tally.violations.keys().map(ToString::to_string).collect();
        let command = self.subject.replay(self.number);
        assert_eq!(found, self.violations, "{} {} of seeds.txt; {command}", self.subject, self.number);
    }
}
