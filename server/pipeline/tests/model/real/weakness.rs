//! What a variant takes away from the *real* pipeline: by a counterpart that lies about what it can do, or by a hand in its
//! database.

use crate::variants::Variant;

/// How the world around the pipeline is weakened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weakness {
    /// A crash forgets all that the run had stored (V1).
    pub forgets: bool,
    /// The counterpart says that it refuses old versions, and does not (V2).
    pub ignores_versions: bool,
    /// The connector compares and then writes, which is not the same (V3, V4).
    pub compares: bool,
    /// The counterpart says that it knows keys again, and does not (V5, V7).
    pub ignores_keys: bool,
    /// The connector sends again by itself when nobody answers (V7).
    pub resends: bool,
    /// The connector takes a request that was sent for one that was carried out (V8).
    pub believes: bool,
    /// What B shows at the end of a run becomes the base (V9).
    pub rereads: bool,
    /// A base moves only when the whole record agrees (V10).
    pub moves_whole_bases: bool,
    /// Writes that stay open at the end of a run are forgotten (V11).
    pub drops_parked: bool,
    /// Creates cannot be recognised by a reference (V12).
    pub without_reference: bool,
    /// The counterpart admits that it guards no versions (V4, V14).
    pub admits_no_versions: bool,
    /// The counterpart admits that it knows no keys (V6, V14).
    pub admits_no_keys: bool,
}

impl Weakness {
    pub fn of(variant: Variant) -> Self {
        let none = Self::default();
        match variant.0 {
            0 => none,
            1 => Self { forgets: true, ..none },
            2 => Self { ignores_versions: true, ..none },
            3 => Self { ignores_versions: true, compares: true, ..none },
            4 => Self { admits_no_versions: true, compares: true, ..none },
            5 => Self { ignores_keys: true, ..none },
            6 => Self { admits_no_keys: true, ..none },
            7 => Self { ignores_keys: true, resends: true, ..none },
            8 => Self { believes: true, ..none },
            9 => Self { rereads: true, ..none },
            10 => Self { moves_whole_bases: true, ..none },
            11 => Self { drops_parked: true, ..none },
            12 => Self { without_reference: true, ..none },
            13 => Self { forgets: true, ignores_versions: true, ignores_keys: true, resends: true, ..none },
            14 => Self { admits_no_versions: true, admits_no_keys: true, compares: true, ..none },
            _ => none,
        }
    }

    pub fn guards_versions(self) -> bool {
        !self.ignores_versions && !self.admits_no_versions
    }

    pub fn knows_keys(self) -> bool {
        !self.ignores_keys && !self.admits_no_keys
    }

    /// Whether the pipeline is told to wait until nothing of ours can land any more.
    pub fn waits(self) -> bool {
        self.admits_no_versions || self.admits_no_keys
    }
}
