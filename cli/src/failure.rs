//! Errors as the user sees them, and exit codes.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use crate::output;

/// Whose fault an error is: its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A word of the command line that is none, as the parser of arguments says it.
    Usage = 2,
    /// What the user gave is not what it should be.
    Input = 3,
    /// Disk, memory, permissions, or a bug.
    Machine = 4,
    /// The user stopped the run.
    Interrupted = 130,
}

/// An error with its exit code, anywhere in a chain of causes.
#[derive(Debug)]
pub struct Classified {
    fault: Fault,
    message: String,
}

impl fmt::Display for Classified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Classified {}

/// An error in how the command was called.
pub fn usage(message: impl fmt::Display) -> anyhow::Error {
    Classified { fault: Fault::Usage, message: message.to_string() }.into()
}

/// An error in what the user gave.
pub fn input(message: impl fmt::Display) -> anyhow::Error {
    Classified { fault: Fault::Input, message: message.to_string() }.into()
}

/// An error of the machine.
pub fn machine(message: impl fmt::Display) -> anyhow::Error {
    Classified { fault: Fault::Machine, message: message.to_string() }.into()
}

/// The user stopped the run.
pub fn interrupted(message: impl fmt::Display) -> anyhow::Error {
    Classified { fault: Fault::Interrupted, message: message.to_string() }.into()
}

/// Prints an error with its causes and returns its exit code; 4 where nothing says whose fault it is. The code holds even
/// where nobody can read the text: on a closed pipe or a full disk.
pub fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    let fault = error.chain().find_map(|cause| cause.downcast_ref::<Classified>()).map_or(Fault::Machine, |c| c.fault);
    let mut text: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        // A cause that its consequence already quotes is not said twice.
        if !text.last().is_some_and(|last| last.contains(&cause)) {
            text.push(cause);
        }
    }
    if json {
        let _ = writeln!(std::io::stdout(), "{}", serde_json::json!({ "error": text, "exit_code": fault as u8 }));
    } else {
        output::note(format_args!("error: {}", text.join("\n  because: ")));
    }
    ExitCode::from(fault as u8)
}
