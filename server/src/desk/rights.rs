//! The one table of rights: what each call of the API needs (RL 8.1, S27). Default is deny.

use app::api::{Actor, ApiError, Right, Role, StartRun, Submission};

/// Every call of the API. One whose arguments ask for more than the plain call is a call of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    ListSchools,
    GetFrame,
    ListHolders,
    ImportSettings,
    ExportSettings,
    GetSettings,
    EditSettings,
    SaveSettings,
    RebaseSettings,
    DiscardSettings,
    RevertSettings,
    ListSettingsChanges,
    GetSettingsChange,
    TryValue,
    ListConflicts,
    GetConflict,
    Decide,
    ForceDecide,
    GetDecision,
    ListRecords,
    GetRecord,
    ListRecordHistory,
    PutRecords,
    RemoveRecord,
    ListRuns,
    GetRun,
    StartTrial,
    StartRun,
    StartUnlimited,
    ApproveRun,
    StopRun,
    GetOverview,
    GetNow,
    ListMerges,
    GetMerge,
    ListMergeChanges,
    ExportMergeChanges,
    ListMergeConflicts,
    ListMergeFaults,
    GetStart,
    VerifyAudit,
    ListAudit,
    ListPeople,
    ManagePeople,
}

impl Call {
    /// What starting such a run is.
    pub(super) fn to_start(start: &StartRun) -> Self {
        match (start.no_limits, start.kind.as_str()) {
            (true, _) => Self::StartUnlimited,
            (false, "trial") => Self::StartTrial,
            (false, _) => Self::StartRun,
        }
    }

    /// What sending such a form is: more than a decision where it goes past something.
    pub(super) fn to_submit(form: &Submission) -> Self {
        if form.force.is_some() || form.anyway.is_some() { Self::ForceDecide } else { Self::Decide }
    }

    fn right(self) -> Right {
        match self {
            Self::ListSchools
            | Self::GetFrame
            | Self::ListHolders
            | Self::ListConflicts
            | Self::GetConflict
            | Self::GetDecision
            | Self::ListRecords
            | Self::GetRecord
            | Self::ListRecordHistory
            | Self::ListRuns
            | Self::GetRun
            | Self::GetOverview
            | Self::GetNow
            | Self::ListMerges
            | Self::GetMerge
            | Self::ListMergeChanges
            | Self::ExportMergeChanges
            | Self::ListMergeConflicts
            | Self::ListMergeFaults => Right::See,
            Self::Decide => Right::Decide,
            Self::ForceDecide => Right::Force,
            Self::PutRecords | Self::RemoveRecord => Right::EditRecords,
            Self::StartTrial | Self::GetStart => Right::RunTrial,
            Self::StartRun | Self::StopRun => Right::Run,
            Self::StartUnlimited | Self::ApproveRun => Right::LiftLimits,
            Self::ExportSettings
            | Self::GetSettings
            | Self::ListSettingsChanges
            | Self::GetSettingsChange
            | Self::TryValue => Right::ReadSettings,
            Self::ImportSettings
            | Self::EditSettings
            | Self::SaveSettings
            | Self::RebaseSettings
            | Self::DiscardSettings
            | Self::RevertSettings => Right::ChangeSettings,
            Self::VerifyAudit | Self::ListAudit => Right::ReadAudit,
            Self::ListPeople => Right::ReadPeople,
            Self::ManagePeople => Right::ManagePeople,
        }
    }
}

/// Whether the actor may do this in the school. Who has no part in a school is told that it does not exist (RL S28).
pub(super) fn require(actor: &Actor, school: &str, call: Call) -> Result<(), ApiError> {
    judge(actor, actor.role_in(school), call, || ApiError::NotFound { what: format!("school {school}") })
}

/// Whether the actor may give people roles in the school, or in every school.
pub(super) fn require_to_give(actor: &Actor, school: &str, everywhere: bool) -> Result<(), ApiError> {
    require(actor, school, Call::ManagePeople)?;
    if everywhere { require_everywhere(actor, Call::ManagePeople) } else { Ok(()) }
}

/// Whether the actor may do this in any school at all; for calls that name none.
pub(super) fn require_somewhere(actor: &Actor, call: Call) -> Result<(), ApiError> {
    let highest = actor.roles.iter().map(|(_, role)| *role).max();
    judge(actor, highest, call, || ApiError::Forbidden { needs: call.right().needs() })
}

/// Making a school, and giving or taking a role in every school, is for those who may do everything everywhere (RL 8.1).
pub(super) fn require_everywhere(actor: &Actor, call: Call) -> Result<(), ApiError> {
    judge(actor, actor.role_everywhere(), call, || ApiError::Forbidden { needs: Role::Admin })
}

fn judge(
    actor: &Actor,
    role: Option<Role>,
    call: Call,
    without: impl Fn() -> ApiError,
) -> Result<(), ApiError> {
    let needs = call.right().needs();
    let refused = match role {
        Some(role) if role >= needs => return Ok(()),
        Some(_) => ApiError::Forbidden { needs },
        None => without(),
    };
    tracing::warn!(actor = actor.name, ?call, "denied");
    Err(refused)
}
