//! The files a merge was asked for.

use merge::listing::Summary;

use super::job::Job;
use super::part::Part;
use crate::cli::files::{FileError, Output, RecordOutput, RecordStyle};

/// The files asked for, and the figures; they appear when all went well.
pub(super) struct Outputs {
    merged: Option<RecordOutput>,
    conflicts: Option<Output>,
    decisions: Option<Output>,
    summary: Summary,
}

impl Outputs {
    pub(super) fn create(job: &Job<'_>, style: &RecordStyle) -> Result<Outputs, FileError> {
        let args = job.args;
        let open = |path: &Option<std::path::PathBuf>| path.as_deref().map(Output::create).transpose();
        let merged = args.out.as_deref().map(|path| RecordOutput::create(path, style)).transpose()?;
        let (conflicts, decisions) = (open(&args.conflicts)?, open(&args.decisions)?);
        Ok(Outputs { merged, conflicts, decisions, summary: Summary::default() })
    }

    /// Appends what the next keys add, and clears it.
    pub(super) fn append(&mut self, part: &mut Part) -> Result<(), FileError> {
        if let Some(output) = &mut self.merged {
            output.append(&part.merged)?;
        }
        for (output, text) in
            [(&mut self.conflicts, &part.conflicts), (&mut self.decisions, &part.decisions)]
        {
            output.as_mut().map_or(Ok(()), |output| output.write(text))?;
        }
        self.summary.append(std::mem::take(&mut part.summary));
        part.clear();
        Ok(())
    }

    /// Moves the files to their places and gives the figures.
    pub(super) fn publish(mut self) -> Result<Summary, FileError> {
        if let Some(output) = &mut self.merged {
            output.finish()?;
        }
        for output in [&mut self.conflicts, &mut self.decisions].into_iter().flatten() {
            output.finish()?;
        }
        [self.conflicts, self.decisions].into_iter().flatten().try_for_each(Output::publish)?;
        self.merged.map_or(Ok(()), RecordOutput::publish)?;
        Ok(self.summary)
    }
}
