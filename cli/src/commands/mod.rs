//! The commands, one file each.

pub mod account;
pub mod doctor;
pub mod execute;
pub mod explain;
pub mod init;
pub mod inspect;
pub mod keys;
pub mod params;
pub mod plan;
pub mod prove;
pub mod ran;
pub mod replay;
pub mod sign;
pub mod verify;
pub mod workload;

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};

/// Runs a command; the exit code is 0, or 1 where the answer is no.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Init(options) => init::run(arguments, options),
        Command::Keys(options) => keys::run(arguments, options),
        Command::Account(options) => account::run(arguments, options),
        Command::Sign(options) => sign::run(arguments, options),
        Command::Workload(options) => workload::run(arguments, options),
        Command::Replay(options) => replay::run(arguments, options),
        Command::Execute(options) => execute::run(arguments, options),
        Command::Prove(options) => prove::run(arguments, options),
        Command::Verify(options) => verify::run(arguments, options),
        Command::Inspect(options) => inspect::run(arguments, options),
        Command::Params(options) => params::run(arguments, options),
        Command::Plan(options) => plan::run(arguments, options),
        Command::Doctor => doctor::run(arguments),
        Command::Explain(options) => explain::run(arguments, options),
    }
}
