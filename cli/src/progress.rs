//! Progress bars on standard error; nothing where standard error is no terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `total` steps with an expected finish.
pub fn bar(total: u64, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let template = "{msg:32} {wide_bar} {percent:>3} %  {elapsed} of about {duration}, {eta} left";
    // The template is a constant and valid; the default style is as good as any other fallback.
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    tick(&bar);
    bar
}

/// A spinner for a step of unknown length.
pub fn spinner(message: &str, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let spinner = ProgressBar::with_draw_target(None, target);
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
