//! How much goes wrong, as probabilities.

/// What the world does to a run.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// A request gets lost on its way.
    pub request_lost: f64,
    /// A request is carried out, and its answer gets lost.
    pub answer_lost: f64,
    /// Nobody answers, and the request is carried out some time later.
    pub arrives_late: f64,
    /// A user acts between two steps of ours.
    pub user_acts: f64,
    /// A late request lands between two steps of ours.
    pub late_request_lands: f64,
    /// We crash between two steps.
    pub crash: f64,
}

impl Weather {
    /// The figures of the reference model.
    pub const OF_THE_MODEL: Self = Self {
        request_lost: 0.10,
        answer_lost: 0.12,
        arrives_late: 0.10,
        user_acts: 0.06,
        late_request_lands: 0.15,
        crash: 0.05,
    };

    /// A bad network and busy users: what is rare in the model's weather is seen within a few dozen scenarios.
    pub const ROUGH: Self = Self {
        request_lost: 0.15,
        answer_lost: 0.20,
        arrives_late: 0.25,
        user_acts: 0.20,
        late_request_lands: 0.10,
        crash: 0.04,
    };
}
