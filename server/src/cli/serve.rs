//! `tiebreak serve`: the process that works by itself.

use super::Exit;
use super::failure::{Failure, Result};
use crate::installation::Installation;
use crate::serve::serve;
use crate::signals::Stop;

pub(super) async fn run(installation: Installation) -> Result<Exit> {
    serve(installation, Stop::on_signals()).await.map_err(Failure::chain)?;
    Ok(Exit::Clean)
}
