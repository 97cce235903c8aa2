//! Progress bars on standard error; where that is no terminal, a line for what takes long.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::output;

/// The part of all steps that must be done before a finish is expected is one of so many.
const LEAST: u64 = 10;

/// A bar over `total` steps, with an expected finish as soon as a part of them is done.
pub fn bar(total: u64, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let template = "{msg} {wide_bar} {percent:>3} %  {elapsed}{left}";
    // The template is a constant and valid; the default style is as good as any other fallback.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let last = Arc::new(Mutex::new((0, Duration::ZERO)));
    bar.set_style(style.with_key("left", move |state: &ProgressState, to: &mut dyn Write| {
        let (done, total, now) = (state.pos(), state.len().unwrap_or(0), state.elapsed());
        // The steps end all at once: until the next ones do, their share of the time passes.
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != done {
            *last = (done, now);
        }
        let _ = to.write_str(&left(done, total, last.1, now));
    }));
    tick(&bar);
    bar
}

/// How much longer it takes, in words, where `done` of `total` steps took `took`; nothing before the first one.
pub fn left(done: u64, total: u64, took: Duration, now: Duration) -> String {
    // The first small steps load circuits and say little about the others.
    if done < total / LEAST || done == 0 || took.is_zero() || total <= done {
        return String::new();
    }
    let finish = took.as_secs_f64() * (total as f64 / done as f64);
    match finish - now.as_secs_f64() {
        left if left >= 120.0 => format!(", about {:.0} min left", (left / 60.0).ceil()),
        left if left >= 1.0 => format!(", about {left:.0} s left"),
        _ => ", soon done".to_owned(),
    }
}

/// Runs a step that may take minutes, and says so where there is no spinner and it does.
pub fn patiently<T>(message: &str, quiet: bool, run: impl FnOnce() -> T) -> T {
    /// What nobody needs to be told of.
    const SHORT: Duration = Duration::from_secs(5);
    let spinner = spinner(message, quiet);
    let (done, waiting) = mpsc::channel::<()>();
    if spinner.is_hidden() && !quiet {
        let message = message.to_owned();
        // A system without a thread to spare says nothing.
        let _ = thread::Builder::new().spawn(move || {
            if waiting.recv_timeout(SHORT) == Err(mpsc::RecvTimeoutError::Timeout) {
                output::note(message);
            }
        });
    }
    let result = run();
    drop(done);
    spinner.finish_and_clear();
    result
}

/// A spinner for a step of unknown length.
pub fn spinner(message: &str, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let spinner = ProgressBar::with_draw_target(None, target);
    // The default is a bar without message, which says 0/0.
    let style = ProgressStyle::with_template("{spinner} {msg}  {elapsed}");
    spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    spinner.set_message(message.to_owned());
    tick(&spinner);
    spinner
}

/// Keeps a bar moving between its steps. That takes a thread, so that a bar that nobody sees stands still.
fn tick(bar: &ProgressBar) {
    if !bar.is_hidden() {
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_estimate_before_there_is_one() {
        let seconds = Duration::from_secs;
        assert_eq!(left(0, 100, seconds(0), seconds(9)), "");
        assert_eq!(left(3, 100, seconds(4), seconds(9)), "", "too little to tell");
        assert_eq!(left(25, 100, seconds(10), seconds(10)), ", about 30 s left");
        assert_eq!(left(25, 100, seconds(10), seconds(25)), ", about 15 s left");
        assert_eq!(left(25, 100, seconds(100), seconds(110)), ", about 5 min left");
        assert_eq!(left(25, 100, seconds(10), seconds(70)), ", soon done");
        assert_eq!(left(100, 100, seconds(10), seconds(10)), "");
    }
}
