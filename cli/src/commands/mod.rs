//! The commands, one file each.

pub mod doctor;
pub mod execute;
pub mod inspect;
pub mod params;
pub mod prove;
pub mod verify;

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};

/// Runs a command; the exit code is 0, or 1 where the answer is no.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Execute(options) => execute::run(arguments, options),
        Command::Prove(options) => prove::run(arguments, options),
        Command::Verify(options) => verify::run(arguments, options),
        Command::Inspect(options) => inspect::run(arguments, options),
        Command::Params(options) => params::run(arguments, options),
        Command::Doctor => doctor::run(arguments),
    }
}
