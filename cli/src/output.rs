//! Results for people and for machines.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use serde::Serialize;

use crate::files;

/// Prints a result: as one line of JSON, or as text.
///
/// # Errors
/// If standard output does not take it, as a full disk; a reader that has gone is no error.
pub fn print<T: Serialize + Display>(result: &T, json: bool) -> anyhow::Result<()> {
    let text = if json { serde_json::to_string(result)? } else { result.to_string() };
    files::write_or_print(None, (text + "\n").as_bytes())
}

/// Tells the user something on standard error. Where that is closed or full there is nobody to tell, and the run goes on.
pub fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Sends warnings, and with `--verbose` what each stage does, to standard error; in colours where that is a terminal.
pub fn start_log(verbose: bool) {
    let level = if verbose { tracing::Level::DEBUG } else { tracing::Level::WARN };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Else a line that cannot be written is reported where it could not be, which panics.
        .log_internal_errors(false)
        .without_time()
        .init();
}

/// Bytes in a unit that fits.
pub fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => format!("{} KiB", count >> 10),
        10_000_000..10_000_000_000 => format!("{} MiB", count >> 20),
        _ => format!("{:.1} GiB", count as f64 / f64::from(1 << 30)),
    }
}

/// Seconds with three digits.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", 1000.0 * s),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{:.0} min {:.0} s", (s / 60.0).floor(), s % 60.0),
    }
}

/// Field elements as one hexadecimal word, 16 digits each.
pub fn hex_elements(elements: &[u64]) -> String {
    elements.iter().map(|element| format!("{element:016x}")).collect()
}

/// A number of things in words: `1 chunk`, `2 chunks`.
pub fn count(number: impl TryInto<u64>, thing: &str) -> String {
    // What is larger than 64 bits is not one.
    match number.try_into() {
        Ok(1) => format!("1 {thing}"),
        Ok(number) => format!("{number} {}", plural(thing)),
        Err(_) => format!("many {}", plural(thing)),
    }
}

/// More than one of a thing.
fn plural(thing: &str) -> String {
    match thing {
        _ if thing.ends_with("quantum") => format!("{}a", thing.trim_end_matches("um")),
        _ if thing.ends_with("ch") || thing.ends_with('s') => format!("{thing}es"),
        _ => format!("{thing}s"),
    }
}

/// Most memory that this process has had, in bytes; 0 where the system does not tell.
pub fn peak_memory() -> u64 {
    of_status("VmHWM:")
}

/// Memory that this process has now, in bytes; 0 where the system does not tell.
pub fn resident_memory() -> u64 {
    of_status("VmRSS:")
}

fn of_status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

/// Seconds that all threads of this process have spent on processors; 0 where the system does not tell.
pub fn processor_seconds() -> f64 {
    /// Ticks a second in that file, the same on every Linux.
    const TICKS: f64 = 100.0;
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the name in brackets, which may hold spaces. User and system time are fields 14 and 15.
    let fields = status.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many() {
        assert_eq!([0u64, 1, 2].map(|number| count(number, "chunk")), ["0 chunks", "1 chunk", "2 chunks"]);
        assert_eq!(count(2usize, "conflict-free batch"), "2 conflict-free batches");
        assert_eq!(count(1i32, "batch"), "1 batch");
        assert_eq!([1u64, 7].map(|number| count(number, "quantum")), ["1 quantum", "7 quanta"]);
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!([9_999, 10_000, 10_000_000].map(bytes), ["9999 B", "9 KiB", "9 MiB"]);
        assert_eq!([0.5, 2.0, 125.0].map(seconds), ["500 ms", "2.0 s", "2 min 5 s"]);
    }
}
