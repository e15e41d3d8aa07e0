//! The trait [`Api`]: everything that a page, a server function or a command may ask of the server.
//!
//! Pages and commands hold an `Arc<dyn Api>` and know nothing else of the house. Every method takes the [`Actor`] first;
//! whether that actor may do it is decided behind the trait, in one place, never by the caller (architecture, invariant 3).
//! No method calls an outside system: what is to be written is recorded, and the pipeline sends it.

mod actor;
mod audit;
mod conflict;
mod difference;
mod error;
mod frame;
mod merge_changes;
mod merge_now;
mod merge_view;
mod overview;
mod page;
mod person;
mod record;
mod run;
mod settings;
mod settings_edit;
mod submission;

pub use actor::{Actor, Right, Role};
pub use audit::{AuditFilter, AuditKind, AuditLine, AuditVerdict};
pub use conflict::{
    ConflictFilter, ConflictLine, ConflictSort, ConflictView, Decide, Decided, DecisionView, DuplicateView,
    EarlierChoice, Facet, FieldChoice, FieldView, OtherRecord, Overwrote, Present, Queue, QueuedWrite,
    SettledField,
};
pub use difference::{DifferenceFilter, DifferenceLine, Differences, NewDifference};
pub use error::{ApiError, ApiResult};
pub use frame::{Banner, BannerKind, Frame, OtherSchool, SchoolName, Systems, TypeName};
pub use merge_changes::{
    ChangeFilter, ChangeGroup, ChangeLine, Changes, ExportPart, Fault, Faults, FoundConflict, ValueChange,
};
pub use merge_now::{Now, StartType, StartView};
pub use merge_view::{
    Facts, History, HistoryLine, HoldView, MergeFilter, MergeLine, MergeView, Outcome, StepLine, StepState,
    TypeLine,
};
pub use overview::{Attention, NextMerge, Overview, TrendDay, WaitingLine};
pub use page::{Page, PageRequest, Place};
pub use person::{InvitationLine, Invite, InviteOutcome, PersonFilter, PersonLine, PersonView, SetRole};
pub use record::{
    ChangedField, FieldState, PutRecord, RecordChange, RecordEvent, RecordField, RecordFilter, RecordLine,
    RecordSide, RecordView,
};
pub use run::{Approve, RunFilter, RunLine, RunView, StartRun, StepView};
pub use settings::{
    Clocks, FieldRuleView, ImportedSettings, NextNight, RefusedEdit, ScheduleView, SchoolLine, SettingChange,
    SettingsDraft, SettingsRevision, SettingsView, TriedValue, TryValue, TypeView,
};
pub use settings_edit::{
    FieldEdit, FieldsEdit, LimitRow, LimitsEdit, PageEdit, ScheduleEdit, SettingsEdit, TypesEdit,
};
pub use submission::{
    ConflictDraft, DraftState, FieldForm, ForceView, ListPlace, Losses, OpenConflict, REASON, Submission,
    Submitted, Undo, Undone,
};

use async_trait::async_trait;

/// Everything that may be asked; see the module text.
#[async_trait]
pub trait Api: Differences + Send + Sync {
    /// The schools this actor may enter, by name.
    async fn list_schools(&self, actor: &Actor) -> ApiResult<Vec<SchoolLine>>;
    /// What stands around every page of a school.
    async fn get_frame(&self, actor: &Actor, school: &str) -> ApiResult<Frame>;

    /// Names of people whose role in the school is this one or more, the smallest such role first; a few of them (UX 4).
    async fn list_holders(&self, actor: &Actor, school: &str, needs: Role) -> ApiResult<Vec<String>>;

    /// Reads a settings file, checks it whole, and makes it the school's newest revision; the school is made if it is new.
    async fn import_settings(
        &self,
        actor: &Actor,
        document: &str,
        reason: &str,
    ) -> ApiResult<ImportedSettings>;
    /// The text of the school's newest settings, byte for byte as it was imported.
    async fn export_settings(&self, actor: &Actor, school: &str) -> ApiResult<String>;
    /// The settings with the changes of the actor's own draft, if there is one.
    async fn get_settings(&self, actor: &Actor, school: &str) -> ApiResult<SettingsView>;
    /// Takes a form into the actor's draft. One that cannot be used is kept beside it, with the reason, and refused.
    async fn edit_settings(&self, actor: &Actor, school: &str, edit: &PageEdit) -> ApiResult<()>;
    /// Makes the draft the newest settings. Answers the number of the revision. Refused while others have saved settings
    /// that the draft does not know.
    async fn save_settings(&self, actor: &Actor, school: &str, reason: &str) -> ApiResult<i64>;
    /// Puts the changes of the draft on the newest settings.
    async fn rebase_settings(&self, actor: &Actor, school: &str) -> ApiResult<()>;
    /// Throws the draft away. `false` when there was none.
    async fn discard_settings(&self, actor: &Actor, school: &str) -> ApiResult<bool>;
    /// Makes a draft of the settings as an earlier revision had them; nothing is saved by it.
    async fn revert_settings(&self, actor: &Actor, school: &str, revision: i64) -> ApiResult<()>;
    /// Revisions of the settings, newest first; it only goes on.
    async fn list_settings_changes(
        &self,
        actor: &Actor,
        school: &str,
        page: &PageRequest,
    ) -> ApiResult<Page<SettingsRevision>>;
    /// One revision with what it changed.
    async fn get_settings_change(
        &self,
        actor: &Actor,
        school: &str,
        revision: i64,
    ) -> ApiResult<SettingsRevision>;
    /// What the rules of a field would make of three values, by the actor's draft if there is one.
    async fn try_value(&self, actor: &Actor, school: &str, values: &TryValue) -> ApiResult<TriedValue>;

    /// Conflicts that match the filter, oldest first.
    async fn list_conflicts(
        &self,
        actor: &Actor,
        school: &str,
        filter: &ConflictFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<ConflictLine>>;
    /// The queue: conflicts that match, and what the filters have to choose from.
    async fn list_queue(
        &self,
        actor: &Actor,
        school: &str,
        filter: &ConflictFilter,
        page: &PageRequest,
    ) -> ApiResult<Queue>;
    /// The open conflict that follows one in a list; without one, the first.
    async fn find_next_conflict(
        &self,
        actor: &Actor,
        school: &str,
        filter: &ConflictFilter,
        after: Option<i64>,
    ) -> ApiResult<Option<i64>>;
    /// One conflict as this person has it open: with its place in their list and their draft.
    async fn open_conflict(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        filter: &ConflictFilter,
    ) -> ApiResult<OpenConflict>;
    /// Decides a conflict as its page was sent, or keeps what cannot be decided as the person's draft (UX 6.5, 7.4.1).
    async fn submit(&self, actor: &Actor, school: &str, submission: &Submission) -> ApiResult<Submitted>;
    /// Chooses `all` (`theirs`, `ours`, `base`, or `earlier` for what was decided before on the same values) for every field
    /// that the form leaves undecided, in the person's draft; nothing is decided.
    async fn fill_undecided(
        &self,
        actor: &Actor,
        school: &str,
        form: &Submission,
        all: &str,
    ) -> ApiResult<()>;
    /// Takes a decision back: before it is written without a trace outside, afterwards by writing the values from before.
    async fn undo(&self, actor: &Actor, school: &str, undo: &Undo) -> ApiResult<Undone>;
    /// Asks the pipeline to read the record of a conflict again on both sides, and waits a second for it (UX 7.4.8).
    /// The choices of the form, if it has any, become the person's draft.
    async fn read_again(&self, actor: &Actor, school: &str, form: &Submission) -> ApiResult<()>;
    /// A conflict about to be forced, and how new its values are.
    async fn open_force(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<ForceView>;
    /// One conflict with its fields, both sides and the last agreed values.
    async fn get_conflict(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<ConflictView>;
    /// Stores a decision and the writes it causes, held for the undo time. Refused as stale, with the new values, when the
    /// conflict is no longer the one that was seen (MS C6).
    async fn decide(&self, actor: &Actor, school: &str, decide: &Decide) -> ApiResult<Decided>;
    /// How a decision has fared: its writes and their states.
    async fn get_decision(&self, actor: &Actor, school: &str, decision: &str) -> ApiResult<DecisionView>;

    /// Records known to the school, on either side.
    async fn list_records(
        &self,
        actor: &Actor,
        school: &str,
        filter: &RecordFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<RecordLine>>;
    /// One record: the last agreed values and what each side held when last read.
    async fn get_record(
        &self,
        actor: &Actor,
        school: &str,
        merge_type: &str,
        key: &str,
    ) -> ApiResult<RecordView>;
    /// What merges planned for a record and what people decided, newest first; it only goes on.
    async fn list_record_history(
        &self,
        actor: &Actor,
        school: &str,
        merge_type: &str,
        key: &str,
        page: &PageRequest,
    ) -> ApiResult<Page<RecordEvent>>;
    /// Adds or edits records kept in Tiebreak itself (systems of kind `local`); all of them or none.
    async fn put_records(&self, actor: &Actor, school: &str, records: &[PutRecord]) -> ApiResult<u64>;
    /// Removes one record kept in Tiebreak itself; it stays as a tombstone.
    async fn remove_record(&self, actor: &Actor, school: &str, merge_type: &str, key: &str) -> ApiResult<()>;

    /// Runs, newest first.
    async fn list_runs(
        &self,
        actor: &Actor,
        school: &str,
        filter: &RunFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<RunLine>>;
    /// One run with its steps, counts and report.
    async fn get_run(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<RunView>;
    /// Asks for a run; the pipeline starts it at once.
    async fn start_run(&self, actor: &Actor, school: &str, start: &StartRun) -> ApiResult<RunLine>;
    /// Releases a run that waits for approval: exactly the plan that was seen (RL G28).
    async fn approve_run(&self, actor: &Actor, school: &str, approve: &Approve) -> ApiResult<RunLine>;
    /// Asks a run to stop at the next safe point.
    async fn stop_run(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<RunLine>;

    /// How it goes: what runs, how the last merge went, what waits (UX 7.2).
    async fn get_overview(&self, actor: &Actor, school: &str) -> ApiResult<Overview>;
    /// The merge that is at work, waits or is late, in one line (UX 6.2); none when there is nothing to say.
    async fn get_now(&self, actor: &Actor, school: &str) -> ApiResult<Option<Now>>;
    /// The history: merges, newest first, with the changes of settings between them (UX 7.7.1).
    async fn list_merges(
        &self,
        actor: &Actor,
        school: &str,
        filter: &MergeFilter,
        page: &PageRequest,
    ) -> ApiResult<History>;
    /// One merge: its steps, its counts by record type, and why it waits (UX 7.7.2).
    async fn get_merge(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<MergeView>;
    /// What a merge changed, record by record, in the order of the plan.
    async fn list_merge_changes(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        filter: &ChangeFilter,
        page: &PageRequest,
    ) -> ApiResult<Changes>;
    /// The same for a file: without totals, forwards only.
    async fn export_merge_changes(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        filter: &ChangeFilter,
        after: Option<i64>,
    ) -> ApiResult<ExportPart>;
    /// The conflicts a merge found, as they stand now; those of some types, or of all.
    async fn list_merge_conflicts(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        types: &[String],
        page: &PageRequest,
    ) -> ApiResult<Page<FoundConflict>>;
    /// What went wrong in a merge.
    async fn list_merge_faults(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        filter: &ChangeFilter,
        page: &PageRequest,
    ) -> ApiResult<Faults>;
    /// What a merge can be asked for (UX 7.6).
    async fn get_start(&self, actor: &Actor, school: &str) -> ApiResult<StartView>;

    /// Walks the audit chain from its first row (RL S46).
    async fn verify_audit(&self, actor: &Actor) -> ApiResult<AuditVerdict>;
    /// Rows of the audit log, newest first.
    async fn list_audit(
        &self,
        actor: &Actor,
        school: &str,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<AuditLine>>;
    /// Who has rows in the audit log of the school, by name.
    async fn list_audit_actors(&self, actor: &Actor, school: &str) -> ApiResult<Vec<String>>;
    /// Writes down that rows of the audit log were downloaded.
    async fn note_audit_export(&self, actor: &Actor, school: &str, rows: u64) -> ApiResult<()>;

    /// People with a part in the school, by address.
    async fn list_people(
        &self,
        actor: &Actor,
        school: &str,
        filter: &PersonFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<PersonLine>>;
    /// One person of the school.
    async fn get_person(&self, actor: &Actor, school: &str, person: &str) -> ApiResult<PersonView>;
    /// Invitations to the school that can still be used.
    async fn list_invitations(&self, actor: &Actor, school: &str) -> ApiResult<Vec<InvitationLine>>;
    /// Makes a link that lets somebody in once, within a week; who has an account already gets the role at once.
    async fn invite(&self, actor: &Actor, school: &str, invite: &Invite) -> ApiResult<InviteOutcome>;
    /// Changes what a person is in the school, and ends their sessions (RL S17). The last admin stays one.
    async fn set_role(&self, actor: &Actor, school: &str, change: &SetRole) -> ApiResult<()>;
    /// Takes a person's part in the school; without any other they cannot sign in. Their sessions end at once.
    async fn remove_person(&self, actor: &Actor, school: &str, person: &str) -> ApiResult<()>;
}
