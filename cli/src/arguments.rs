//! What the user can say, and the help that teaches it.

use clap::Parser;

use crate::{commands, options};

/// Turns signed transactions into one validity proof, and checks such proofs.
#[derive(Debug, Parser)]
#[command(name = "braid", version, max_term_width = 110)]
pub struct Arguments {
    /// Print results as one line of JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Show no progress bars
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say what each stage does, on standard error
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Threads to use, 1 to 1024; all cores by default
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a folder with a chain at its beginning
    #[command(after_help = commands::init::EXAMPLES)]
    Init(commands::init::Options),
    /// Make and show key files
    #[command(subcommand, after_help = commands::keys::EXAMPLES)]
    Keys(commands::keys::Keys),
    /// Show what an account is and owns
    #[command(after_help = commands::account::EXAMPLES)]
    Account(commands::account::Options),
    /// Sign one transaction of any program and print its line
    #[command(subcommand, after_help = commands::sign::EXAMPLES)]
    Sign(commands::sign::Options),
    /// Make up signed transactions of any number
    #[command(after_help = commands::workload::EXAMPLES)]
    Workload(commands::workload::Options),
    /// Turn operations of real Ethereum blocks into signed transactions
    #[command(after_help = commands::replay::EXAMPLES, after_long_help = commands::replay::FORMAT)]
    Replay(commands::replay::Options),
    /// Plan and execute transactions without a proof: conflicts, rejections, speed; changes nothing
    #[command(after_help = commands::execute::EXAMPLES)]
    Execute(options::Batch),
    /// Show what a program does and costs, or list all programs
    #[command(after_help = commands::explain::EXAMPLES)]
    Explain(commands::explain::Options),
    /// Prove a file of signed transactions: plan, execute, prove chunks, merge, verify
    #[command(after_help = commands::prove::EXAMPLES)]
    Prove(commands::prove::Options),
    /// Check a proof: exit code 0 and a summary, or 1 and the reason
    #[command(after_help = commands::verify::EXAMPLES)]
    Verify(commands::verify::Options),
    /// Show what a proof file says, without checking it
    #[command(after_help = commands::inspect::EXAMPLES)]
    Inspect(commands::inspect::Options),
    /// Show the parameters of every security level, and the bits of every round
    #[command(after_help = commands::params::EXAMPLES)]
    Params(commands::params::Options),
    /// Say how many machines a rate of transactions takes, from measured figures
    #[command(after_help = commands::plan::EXAMPLES)]
    Plan(commands::plan::Options),
    /// Check this machine: CPU features, memory, huge pages, disk, circuit cache, and what speed was measured elsewhere
    #[command(after_help = commands::doctor::EXAMPLES)]
    Doctor,
}
