//! The files that the contestants merge: written once, and found again by the next run.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::sections::{Edits, FIELDS, Sections, Spread, Version, chance::Chance};

const SEED: u64 = 4;

/// Which listing is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// 1 % changed on each side, 0.1 % of all records in conflict.
    OnePercent,
    /// 6 % changed on each side, each record by one side only.
    SixPercent,
    /// 6 % changed on each side, neighbours together.
    Clustered,
    /// The same 6 % changed on both sides, in different fields.
    SameRecord,
}

impl Shape {
    /// The word for it in names of folders and of measurements.
    pub fn as_str(self) -> &'static str {
        match self {
            Shape::OnePercent => "one_percent",
            Shape::SixPercent => "six_percent",
            Shape::Clustered => "clustered",
            Shape::SameRecord => "same_record",
        }
    }

    /// The edits of a listing with so many records.
    pub fn edits(self, records: u32) -> Edits {
        let six = records / 100 * 6;
        match self {
            Shape::OnePercent => {
                Edits { spread: Spread::Scattered, each: records / 100, conflicts: records / 1000 }
            }
            Shape::SixPercent => Edits { spread: Spread::Scattered, each: six, conflicts: 0 },
            Shape::Clustered => Edits { spread: Spread::Clustered, each: six, conflicts: 0 },
            Shape::SameRecord => Edits { spread: Spread::SameRecord, each: six, conflicts: 0 },
        }
    }
}

/// The order of the lines of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By key.
    Sorted,
    /// Each file in an order of its own.
    Shuffled,
}

/// Base, ours and theirs.
#[derive(Clone, Debug)]
pub struct Listings {
    /// In the order base, ours, theirs.
    pub files: [PathBuf; 3],
}

impl Listings {
    /// The listings below `folder`, written if no earlier run has done so with the same generator.
    pub fn prepare(folder: &Path, shape: Shape, records: u32, order: Order) -> Result<Self> {
        let (name, order_name) = (shape.as_str(), format!("{order:?}").to_lowercase());
        let place = folder.join(format!("{name}-{records}-{order_name}-{}", mark(&generator())?));
        let listings = Self { files: names("ndjson").map(|name| place.join(name)) };
        if !place.exists() {
            eprintln!("writing {records} sections, {name}, {order_name} …");
            let sections = Sections::new(records, &shape.edits(records), SEED);
            // A folder that has its name is complete.
            let half = place.with_extension("half");
            fs::create_dir_all(&half)?;
            for (file, version) in names("ndjson").iter().zip(Version::ALL) {
                write(&half.join(file), &sections, version, order)?;
            }
            fs::rename(&half, &place)?;
        }
        Ok(listings)
    }

    /// How many bytes all three have.
    pub fn bytes(&self) -> Result<u64> {
        self.files.iter().map(|file| Ok(fs::metadata(file)?.len())).sum()
    }

    /// The same listings as CSV, beside the others.
    pub fn to_csv(&self) -> Result<[PathBuf; 3]> {
        let tables = self.files.clone().map(|file| file.with_extension("csv"));
        for (from, to) in self.files.iter().zip(&tables).filter(|(_, to)| !to.exists()) {
            let half = to.with_extension("half");
            write_csv(from, &half).with_context(|| format!("{} as CSV", from.display()))?;
            fs::rename(half, to)?;
        }
        Ok(tables)
    }
}

fn names(ending: &str) -> [String; 3] {
    ["base", "ours", "theirs"].map(|name| format!("{name}.{ending}"))
}

/// The texts of the generator.
pub fn generator() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench");
    vec![here.join("sections"), here.join("data.rs")]
}

/// A mark of what makes generated data: other text in these files and folders, other data.
pub fn mark(sources: &[PathBuf]) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for source in sources {
        let mut files = vec![source.clone()];
        if source.is_dir() {
            files = fs::read_dir(source)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
            files.sort();
        }
        for file in files {
            let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            hasher.update(&text);
        }
    }
    Ok(hasher.finalize().to_hex()[..8].to_owned())
}

/// Writes a version of all sections, a line each.
pub fn write_lines(
    to: &mut impl std::io::Write,
    sections: &Sections,
    version: Version,
    order: Order,
) -> Result<()> {
    let count = u32::try_from(sections.roles().len())?;
    let places: Vec<u32> = match order {
        Order::Sorted => (0..count).collect(),
        Order::Shuffled => Chance::new(SEED, u64::MAX - 1 - version as u64).order(count),
    };
    let mut line = String::new();
    for place in places {
        line.clear();
        sections.write(place, version, &mut line);
        to.write_all(line.as_bytes())?;
    }
    Ok(())
}

fn write(path: &Path, sections: &Sections, version: Version, order: Order) -> Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write_lines(&mut file, sections, version, order)?;
    Ok(file.into_inner()?.sync_all()?)
}

fn write_csv(from: &Path, to: &Path) -> Result<()> {
    let mut table = csv::Writer::from_path(to)?;
    table.write_record(FIELDS)?;
    for line in fs::read_to_string(from)?.lines() {
        let record: Value = serde_json::from_str(line)?;
        table.write_record(FIELDS.map(|field| match &record[field] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }))?;
    }
    Ok(table.flush()?)
}
