//! A picture of a run: one lane a worker, one bar a proof.

use std::fmt::Write;

/// Pixels of a lane, of the drawing's width, and of the margin for names.
const LANE: usize = 34;
const WIDTH: f64 = 960.0;
const MARGIN: f64 = 90.0;

/// Kinds of proofs with their colours.
const KINDS: [(&str, &str); 3] = [("leaf", "#4878a8"), ("wrap", "#e0a040"), ("merge", "#58a058")];

/// An SVG drawing of (kind, name, worker, start, end, reused) entries; times in seconds.
pub fn svg(entries: &[(String, String, usize, f64, f64, bool)]) -> String {
    let finite = |time: f64| if time.is_finite() { time.max(0.0) } else { 0.0 };
    let end = entries.iter().map(|entry| finite(entry.4)).fold(0.001, f64::max);
    // A file can claim any worker number: lanes are numbered by first appearance.
    let mut workers: Vec<usize> = entries.iter().map(|entry| entry.2).collect();
    workers.sort_unstable();
    workers.dedup();
    let height = LANE * (workers.len() + 2);
    let x = |time: f64| MARGIN + finite(time) / end * (WIDTH - MARGIN - 10.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (kind, name, worker, start, stop, reused) in entries {
        let lane = workers.iter().position(|known| known == worker).unwrap_or(0);
        let colour = KINDS.iter().find(|(known, _)| known == kind).map_or("#888888", |(_, colour)| colour);
        let (left, width) = (x(*start), (x(*stop) - x(*start)).max(1.0));
        let opacity = if *reused { 0.35 } else { 1.0 };
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || " .".contains(*c)).take(24).collect();
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\" opacity=\"{opacity}\">\
             <title>{name}: {start:.2} to {stop:.2} s</title></rect>",
            LANE * lane + 8,
            LANE - 8
        );
        if width > 60.0 {
            let _ =
                writeln!(svg, "<text x=\"{:.1}\" y=\"{}\" fill=\"white\">{name}</text>", left + 4.0, LANE * lane + 26);
        }
    }
    for (lane, worker) in workers.iter().enumerate() {
        let _ = writeln!(svg, "<text x=\"8\" y=\"{}\">worker {}</text>", LANE * lane + 26, worker.saturating_add(1));
    }
    let base = LANE * workers.len() + 20;
    let step = step(end);
    for tick in 0..=(end / step) as u32 {
        let time = step * f64::from(tick);
        // As many digits as tell the ticks apart.
        let digits = (-step.log10()).ceil().clamp(0.0, 9.0) as usize;
        let _ =
            writeln!(svg, "<text x=\"{:.1}\" y=\"{base}\" text-anchor=\"middle\">{time:.digits$} s</text>", x(time));
    }
    for (number, (kind, colour)) in KINDS.iter().enumerate() {
        let left = MARGIN + 90.0 * number as f64;
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{}\" width=\"14\" height=\"14\" fill=\"{colour}\"/><text x=\"{}\" y=\"{}\">{kind}</text>",
            base + 14,
            left + 20.0,
            base + 26
        );
    }
    svg + "</svg>\n"
}

/// Seconds between ticks: 1, 2 or 5 times a power of ten, the least that makes ten of them at most.
fn step(end: f64) -> f64 {
    let power = 10f64.powf((end / 10.0).log10().floor());
    [1.0, 2.0, 5.0].map(|times| times * power).into_iter().find(|step| end / step <= 10.0).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::{step, svg};

    #[test]
    fn ticks_are_round() {
        for (end, expected) in [(0.05, 0.005), (9.0, 1.0), (12.0, 2.0), (42.0, 5.0), (99.0, 10.0)] {
            assert!((step(end) / expected - 1.0_f64).abs() < 1e-9, "{end}: {}", step(end));
        }
    }

    #[test]
    fn hostile_notes_draw_something_harmless() {
        let entry = |name: &str, start, end| ("leaf".into(), name.into(), usize::MAX, start, end, false);
        for (start, end) in [(0.0, 1.0), (f64::NAN, f64::INFINITY), (-5.0, 1e300)] {
            let picture = svg(&[entry("<script>", start, end)]);
            assert!(!picture.contains("<script") && picture.ends_with("</svg>\n"));
        }
        assert!(svg(&[]).contains("<svg"));
    }
}
