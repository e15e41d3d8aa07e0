//! Choices that are put into a person's draft: nothing is decided by them.

use app::api::{Actor, ConflictView, DraftState, FieldForm, Submission};
use app::values;

use super::error::{Result, invalid};
use super::submission::{Form, Problems};
use super::{Desk, conflict, school};

impl Desk {
    /// Chooses one side, or what was chosen before (MS C8), for every field that the form leaves undecided, in the person's
    /// draft.
    pub(super) async fn filled(&self, actor: &Actor, slug: &str, form: &Submission, all: &str) -> Result<()> {
        if !["theirs", "ours", "base", "earlier"].contains(&all) {
            return Err(invalid("all", "is none of theirs, ours, base, earlier").into());
        }
        let fill = |view: &ConflictView, choice: &mut FieldForm| match all {
            "earlier" => fill_earlier(view, choice),
            side => choice.choose = Some(side.to_owned()),
        };
        self.keep_filled(actor, slug, form, fill).await
    }

    /// The choices of a form as the person's draft; nothing is decided.
    pub(super) async fn keep_choices(&self, actor: &Actor, slug: &str, form: &Submission) -> Result<()> {
        self.keep_filled(actor, slug, form, |_, _| {}).await
    }

    async fn keep_filled(
        &self,
        actor: &Actor,
        slug: &str,
        form: &Submission,
        fill: impl Fn(&ConflictView, &mut FieldForm),
    ) -> Result<()> {
        let mut reader = self.pipeline.store.read().await?;
        let (school, settings) = school::with_settings(&mut reader, slug).await?;
        let found = conflict::find(&mut reader, school.id, form.conflict).await?;
        let view = conflict::view(&mut reader, school.id, &settings, found).await?;
        drop(reader);
        let mut form = form.clone();
        form.choices.iter_mut().filter(|one| one.choose.is_none()).for_each(|one| fill(&view, one));
        let desk = Form { form: &form, view: &view, merge_type: None };
        self.keep(actor, school.id, &desk, DraftState::Kept, Problems::new()).await?;
        Ok(())
    }
}

/// What was chosen before, as the form of the conflict has it.
fn fill_earlier(view: &ConflictView, form: &mut FieldForm) {
    let Some(earlier) = view.earlier(&form.path) else { return };
    let kind = view.asked().into_iter().find(|field| field.path == form.path).map(|field| field.kind);
    let (choose, value) = match earlier.choice.choose.as_str() {
        "clear" => ("other", String::new()),
        "value" => ("other", values::typed(&kind.unwrap_or_default(), earlier.choice.value.as_deref())),
        side => (side, std::mem::take(&mut form.value)),
    };
    (form.choose, form.value) = (Some(choose.to_owned()), value);
}
