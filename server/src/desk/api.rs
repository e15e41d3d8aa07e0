//! Every call of the API: its right first, then the noun it belongs to.
use super::Desk;
use super::rights::{Call, require, require_somewhere, require_to_give};
use app::api::*;
use async_trait::async_trait;

#[async_trait]
impl Api for Desk {
    async fn list_schools(&self, actor: &Actor) -> ApiResult<Vec<SchoolLine>> {
        require_somewhere(actor, Call::ListSchools)?;
        self.answer(self.schools(actor).await)
    }

    async fn get_frame(&self, actor: &Actor, school: &str) -> ApiResult<Frame> {
        require(actor, school, Call::GetFrame)?;
        self.answer(self.frame(actor, school).await)
    }

    async fn list_holders(&self, actor: &Actor, school: &str, needs: Role) -> ApiResult<Vec<String>> {
        require(actor, school, Call::ListHolders)?;
        self.answer(self.holders(school, needs).await)
    }

    async fn import_settings(
        &self,
        actor: &Actor,
        document: &str,
        reason: &str,
    ) -> ApiResult<ImportedSettings> {
        require_somewhere(actor, Call::ImportSettings)?;
        self.answer(self.import(actor, document, reason).await)
    }

    async fn export_settings(&self, actor: &Actor, school: &str) -> ApiResult<String> {
        require(actor, school, Call::ExportSettings)?;
        self.answer(self.export(school).await)
    }

    async fn get_settings(&self, actor: &Actor, school: &str) -> ApiResult<SettingsView> {
        require(actor, school, Call::GetSettings)?;
        self.answer(self.settings(actor, school).await)
    }

    async fn edit_settings(&self, actor: &Actor, school: &str, edit: &PageEdit) -> ApiResult<()> {
        require(actor, school, Call::EditSettings)?;
        self.answer(self.edit(actor, school, edit).await)
    }

    async fn save_settings(&self, actor: &Actor, school: &str, reason: &str) -> ApiResult<i64> {
        require(actor, school, Call::SaveSettings)?;
        self.answer(self.save(actor, school, reason).await)
    }

    async fn rebase_settings(&self, actor: &Actor, school: &str) -> ApiResult<()> {
        require(actor, school, Call::RebaseSettings)?;
        self.answer(self.rebase(actor, school).await)
    }

    async fn discard_settings(&self, actor: &Actor, school: &str) -> ApiResult<bool> {
        require(actor, school, Call::DiscardSettings)?;
        self.answer(self.discard(actor, school).await)
    }

    async fn revert_settings(&self, actor: &Actor, school: &str, revision: i64) -> ApiResult<()> {
        require(actor, school, Call::RevertSettings)?;
        self.answer(self.revert(actor, school, revision).await)
    }

    async fn list_settings_changes(
        &self,
        actor: &Actor,
        school: &str,
        page: &PageRequest,
    ) -> ApiResult<Page<SettingsRevision>> {
        require(actor, school, Call::ListSettingsChanges)?;
        self.answer(self.settings_changes(school, page).await)
    }

    async fn get_settings_change(
        &self,
        actor: &Actor,
        school: &str,
        revision: i64,
    ) -> ApiResult<SettingsRevision> {
        require(actor, school, Call::GetSettingsChange)?;
        self.answer(self.settings_change(school, revision).await)
    }

    async fn try_value(&self, actor: &Actor, school: &str, values: &TryValue) -> ApiResult<TriedValue> {
        require(actor, school, Call::TryValue)?;
        self.answer(self.tried(actor, school, values).await)
    }

    async fn list_conflicts(
        &self,
        actor: &Actor,
        school: &str,
        filter: &ConflictFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<ConflictLine>> {
        require(actor, school, Call::ListConflicts)?;
        self.answer(self.conflicts(school, filter, page).await)
    }

    async fn list_queue(
        &self,
        actor: &Actor,
        school: &str,
        filter: &ConflictFilter,
        page: &PageRequest,
    ) -> ApiResult<Queue> {
        require(actor, school, Call::ListConflicts)?;
        self.answer(self.queue(school, filter, page).await)
    }

    async fn find_next_conflict(
        &self,
        actor: &Actor,
        school: &str,
        filter: &ConflictFilter,
        after: Option<i64>,
    ) -> ApiResult<Option<i64>> {
        require(actor, school, Call::ListConflicts)?;
        self.answer(self.next_conflict(school, filter, after).await)
    }

    async fn open_conflict(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        filter: &ConflictFilter,
    ) -> ApiResult<OpenConflict> {
        require(actor, school, Call::GetConflict)?;
        self.answer(self.opened(actor, school, number, filter).await)
    }

    async fn submit(&self, actor: &Actor, school: &str, submission: &Submission) -> ApiResult<Submitted> {
        require(actor, school, Call::to_submit(submission))?;
        self.answer(self.submitted(actor, school, submission).await)
    }

    async fn fill_undecided(
        &self,
        actor: &Actor,
        school: &str,
        form: &Submission,
        all: &str,
    ) -> ApiResult<()> {
        require(actor, school, Call::Decide)?;
        self.answer(self.filled(actor, school, form, all).await)
    }

    async fn undo(&self, actor: &Actor, school: &str, undo: &Undo) -> ApiResult<Undone> {
        require(actor, school, Call::Decide)?;
        self.answer(self.undone(actor, school, undo).await)
    }

    async fn read_again(&self, actor: &Actor, school: &str, form: &Submission) -> ApiResult<()> {
        require(actor, school, Call::ForceDecide)?;
        self.answer(self.reread(actor, school, form).await)
    }

    async fn open_force(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<ForceView> {
        require(actor, school, Call::ForceDecide)?;
        self.answer(self.force(actor, school, number).await)
    }

    async fn get_conflict(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<ConflictView> {
        require(actor, school, Call::GetConflict)?;
        self.answer(self.conflict(school, number).await)
    }

    async fn decide(&self, actor: &Actor, school: &str, decide: &Decide) -> ApiResult<Decided> {
        require(actor, school, if decide.force { Call::ForceDecide } else { Call::Decide })?;
        self.answer(self.store_decision(actor, school, decide).await)
    }

    async fn get_decision(&self, actor: &Actor, school: &str, decision: &str) -> ApiResult<DecisionView> {
        require(actor, school, Call::GetDecision)?;
        self.answer(self.decision(school, decision).await)
    }

    async fn list_records(
        &self,
        actor: &Actor,
        school: &str,
        filter: &RecordFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<RecordLine>> {
        require(actor, school, Call::ListRecords)?;
        self.answer(self.records(school, filter, page).await)
    }

    async fn get_record(
        &self,
        actor: &Actor,
        school: &str,
        merge_type: &str,
        key: &str,
    ) -> ApiResult<RecordView> {
        require(actor, school, Call::GetRecord)?;
        self.answer(self.record(school, merge_type, key).await)
    }

    async fn list_record_history(
        &self,
        actor: &Actor,
        school: &str,
        merge_type: &str,
        key: &str,
        page: &PageRequest,
    ) -> ApiResult<Page<RecordEvent>> {
        require(actor, school, Call::ListRecordHistory)?;
        self.answer(self.record_history(school, merge_type, key, page).await)
    }

    async fn put_records(&self, actor: &Actor, school: &str, records: &[PutRecord]) -> ApiResult<u64> {
        require(actor, school, Call::PutRecords)?;
        self.answer(self.put(actor, school, records).await)
    }

    async fn remove_record(&self, actor: &Actor, school: &str, merge_type: &str, key: &str) -> ApiResult<()> {
        require(actor, school, Call::RemoveRecord)?;
        self.answer(self.remove(actor, school, merge_type, key).await)
    }

    async fn list_runs(
        &self,
        actor: &Actor,
        school: &str,
        filter: &RunFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<RunLine>> {
        require(actor, school, Call::ListRuns)?;
        self.answer(self.runs(school, filter, page).await)
    }

    async fn get_run(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<RunView> {
        require(actor, school, Call::GetRun)?;
        self.answer(self.run(school, number).await)
    }

    async fn start_run(&self, actor: &Actor, school: &str, start: &StartRun) -> ApiResult<RunLine> {
        require(actor, school, Call::to_start(start))?;
        self.answer(self.request_run(actor, school, start).await)
    }

    async fn approve_run(&self, actor: &Actor, school: &str, approve: &Approve) -> ApiResult<RunLine> {
        require(actor, school, Call::ApproveRun)?;
        self.answer(self.approve(actor, school, approve).await)
    }

    async fn stop_run(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<RunLine> {
        require(actor, school, Call::StopRun)?;
        self.answer(self.stop(actor, school, number).await)
    }

    async fn get_overview(&self, actor: &Actor, school: &str) -> ApiResult<Overview> {
        require(actor, school, Call::GetOverview)?;
        self.answer(self.overview(school).await)
    }

    async fn get_now(&self, actor: &Actor, school: &str) -> ApiResult<Option<Now>> {
        require(actor, school, Call::GetNow)?;
        self.answer(self.current(school).await)
    }

    async fn list_merges(
        &self,
        actor: &Actor,
        school: &str,
        filter: &MergeFilter,
        page: &PageRequest,
    ) -> ApiResult<History> {
        require(actor, school, Call::ListMerges)?;
        self.answer(self.merges(school, filter, page).await)
    }

    async fn get_merge(&self, actor: &Actor, school: &str, number: i64) -> ApiResult<MergeView> {
        require(actor, school, Call::GetMerge)?;
        self.answer(self.merge(school, number).await)
    }

    async fn list_merge_changes(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        filter: &ChangeFilter,
        page: &PageRequest,
    ) -> ApiResult<Changes> {
        require(actor, school, Call::ListMergeChanges)?;
        self.answer(self.merge_changes(school, number, filter, page).await)
    }

    async fn export_merge_changes(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        filter: &ChangeFilter,
        after: Option<i64>,
    ) -> ApiResult<ExportPart> {
        require(actor, school, Call::ExportMergeChanges)?;
        self.answer(self.export_changes(school, number, filter, after).await)
    }

    async fn list_merge_conflicts(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        types: &[String],
        page: &PageRequest,
    ) -> ApiResult<Page<FoundConflict>> {
        require(actor, school, Call::ListMergeConflicts)?;
        self.answer(self.merge_conflicts(school, number, types, page).await)
    }

    async fn list_merge_faults(
        &self,
        actor: &Actor,
        school: &str,
        number: i64,
        filter: &ChangeFilter,
        page: &PageRequest,
    ) -> ApiResult<Faults> {
        require(actor, school, Call::ListMergeFaults)?;
        self.answer(self.merge_faults(school, number, filter, page).await)
    }

    async fn get_start(&self, actor: &Actor, school: &str) -> ApiResult<StartView> {
        require(actor, school, Call::GetStart)?;
        self.answer(self.start(school).await)
    }

    async fn verify_audit(&self, actor: &Actor) -> ApiResult<AuditVerdict> {
        require_somewhere(actor, Call::VerifyAudit)?;
        self.answer(self.verify().await)
    }

    async fn list_audit(
        &self,
        actor: &Actor,
        school: &str,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<AuditLine>> {
        require(actor, school, Call::ListAudit)?;
        self.answer(self.audit_rows(actor, school, filter, page).await)
    }

    async fn list_audit_actors(&self, actor: &Actor, school: &str) -> ApiResult<Vec<String>> {
        require(actor, school, Call::ListAudit)?;
        self.answer(self.audit_actors(school).await)
    }

    async fn note_audit_export(&self, actor: &Actor, school: &str, rows: u64) -> ApiResult<()> {
        require(actor, school, Call::ListAudit)?;
        self.answer(self.audit_exported(actor, school, rows).await)
    }

    async fn list_people(
        &self,
        actor: &Actor,
        school: &str,
        filter: &PersonFilter,
        page: &PageRequest,
    ) -> ApiResult<Page<PersonLine>> {
        require(actor, school, Call::ListPeople)?;
        self.answer(self.people(school, filter, page).await)
    }

    async fn get_person(&self, actor: &Actor, school: &str, person: &str) -> ApiResult<PersonView> {
        require(actor, school, Call::ListPeople)?;
        self.answer(self.person(actor, school, person).await)
    }

    async fn list_invitations(&self, actor: &Actor, school: &str) -> ApiResult<Vec<InvitationLine>> {
        require(actor, school, Call::ListPeople)?;
        self.answer(self.invitations(school).await)
    }

    async fn invite(&self, actor: &Actor, school: &str, invite: &Invite) -> ApiResult<InviteOutcome> {
        require_to_give(actor, school, invite.everywhere)?;
        self.answer(self.make_invitation(actor, school, invite).await)
    }

    async fn set_role(&self, actor: &Actor, school: &str, change: &SetRole) -> ApiResult<()> {
        require_to_give(actor, school, change.everywhere)?;
        self.answer(self.change_role(actor, school, change).await)
    }

    async fn remove_person(&self, actor: &Actor, school: &str, person: &str) -> ApiResult<()> {
        require(actor, school, Call::ManagePeople)?;
        self.answer(self.take_part(actor, school, person).await)
    }
}
