//! `braid`: from signed transactions to one validity proof, on the command line.
//!
//! Results go to standard output (`--json` for machines), progress and warnings to standard error. Exit codes: 0 done,
//! 1 the answer is no (a proof does not hold), 2 wrong usage, 3 bad input, 4 the machine failed us (disk, memory), 130
//! interrupted.

mod arguments;
mod chain;
mod circuits;
mod commands;
mod failure;
mod files;
mod options;
mod output;
mod progress;
mod shapes;
mod timeline;
mod transactions;

use braid_primitives::memory::HugePages;
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

use clap::Parser;

use arguments::Arguments;

/// Freed memory is kept: a worker's proofs are all of one size, and page faults cost up to half of a first proof.
#[global_allocator]
static ALLOCATOR: HugePages<Jemalloc> = HugePages::new(Jemalloc);

fn main() -> ExitCode {
    // `sign` takes the words after its program for operands, so that this one may stand where no option is looked for.
    let json = std::env::args_os().any(|word| word == "--json");
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are asked for, and go to standard output.
        Err(error) if error.use_stderr() && json => {
            return failure::report(&failure::usage(error.render().to_string().trim_end()), true);
        }
        Err(error) => error.exit(),
    };
    output::start_log(arguments.verbose);
    match start_threads(&arguments).and_then(|()| commands::run(&arguments)) {
        Ok(code) => code,
        Err(error) => failure::report(&error, json),
    }
}

/// Starts the pool of threads. Left to its first use, a system that refuses threads would end the process with a panic.
fn start_threads(arguments: &Arguments) -> anyhow::Result<()> {
    // 0 stands for all cores.
    let threads = arguments.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    pool.map_err(|error| failure::machine(format!("the threads cannot be started: {error}; try a smaller --threads")))
}
