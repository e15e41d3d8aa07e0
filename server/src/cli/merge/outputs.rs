//! The files a merge was asked for.

use merge::listing::Summary;

use super::job::Job;
use super::part::Part;
use crate::cli::files::{FileError, Meter, Output, RecordOutput, RecordStyle};

/// The files asked for, and the figures; they appear when all went well.
pub(super) struct Outputs {
    merged: Option<RecordOutput>,
    conflicts: Option<Output>,
    decisions: Option<Output>,
    summary: Summary,
}

/// Finished files that nobody sees yet.
pub(super) struct Finished {
    outputs: Vec<Output>,
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
    pub(super) fn append(&mut self, part: &mut Part, meter: &Meter) -> Result<(), FileError> {
        meter.count(part.summary.records, part.summary.conflicts);
        if let Some(output) = &mut self.merged {
            output.append(&part.merged)?;
        }
        for (output, text) in [(&mut self.conflicts, &part.conflicts), (&mut self.decisions, &part.decisions)]
        {
            output.as_mut().map_or(Ok(()), |output| output.write(text))?;
        }
        self.summary.append(std::mem::take(&mut part.summary));
        part.clear();
        Ok(())
    }

    /// Ends the contents. What may fail for lack of space fails here, before anything is published.
    pub(super) fn finish(mut self) -> Result<Finished, FileError> {
        if let Some(output) = &mut self.merged {
            output.finish()?;
        }
        let mut outputs: Vec<Output> = [self.conflicts, self.decisions].into_iter().flatten().collect();
        outputs.iter_mut().try_for_each(Output::finish)?;
        outputs.extend(self.merged.map(RecordOutput::into_output));
        Ok(Finished { outputs, summary: self.summary })
    }
}

impl Finished {
    /// Moves the files to their places and gives the figures.
    pub(super) fn publish(self) -> Result<Summary, FileError> {
        Output::publish_all(self.outputs)?;
        Ok(self.summary)
    }
}
