//! The commands, one file each.

pub mod execute;

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};

/// Runs a command; the exit code is 0, or 1 where the answer is no.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Execute(options) => execute::run(arguments, options),
        Command::Doctor => anyhow::bail!("not written yet"),
    }
}
