//! Bar charts as SVG text: no fonts, scripts or files from elsewhere.

use std::fmt::Write;

/// Pixels: a bar with the space below it, the drawing's width, the margins for labels and for values.
const LANE: f64 = 26.0;
const WIDTH: f64 = 960.0;
const LABELS: f64 = 300.0;
const VALUES: f64 = 110.0;

/// Colours of the parts of a bar, in order.
const COLOURS: [&str; 8] = ["#4878a8", "#e0a040", "#58a058", "#a85878", "#7868a8", "#60a8a8", "#a88058", "#888888"];

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// Lengths of its parts, from the left.
    pub parts: Vec<f64>,
    /// Least and greatest total that was measured.
    pub range: Option<(f64, f64)>,
}

impl Bar {
    /// A bar of one part, with the range of what was measured.
    pub fn of(label: impl Into<String>, value: f64, range: (f64, f64)) -> Self {
        Self { label: label.into(), parts: vec![value], range: Some(range) }
    }

    fn total(&self) -> f64 {
        self.parts.iter().copied().map(length).sum()
    }
}

fn length(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// Bars below each other, under a title that names the unit. `parts` names the parts of bars that have several.
pub fn bars(title: &str, parts: &[&str], bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.range.map_or(0.0, |range| length(range.1)).max(bar.total()));
    let scale = (WIDTH - LABELS - VALUES) / most.fold(f64::MIN_POSITIVE, f64::max);
    let legend = if parts.is_empty() { 0.0 } else { LANE };
    let top = 36.0 + legend;
    let height = top + LANE * bars.len() as f64 + 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"8\" y=\"20\" font-size=\"14\">{}</text>\n",
        escaped(title)
    );
    let mut line = |text: String| svg.push_str(&(text + "\n"));
    let mut left = 8.0;
    for (part, colour) in parts.iter().zip(COLOURS.iter().cycle()) {
        line(format!(
            "<rect x=\"{left:.1}\" y=\"34\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"44\">{}</text>",
            left + 17.0,
            escaped(part)
        ));
        left += 40.0 + 7.0 * part.len() as f64;
    }
    for (number, bar) in bars.iter().enumerate() {
        let y = top + LANE * number as f64;
        let base = y + 14.0;
        line(format!("<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>", LABELS - 8.0, escaped(&bar.label)));
        let mut x = LABELS;
        for (part, colour) in bar.parts.iter().zip(COLOURS.iter().cycle()) {
            let width = scale * length(*part);
            line(format!(
                "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\"/>",
                LANE - 6.0
            ));
            x += width;
        }
        let end = bar.range.map_or(0.0, |range| length(range.1)).max(bar.total());
        if let Some((least, greatest)) = bar.range {
            let (least, greatest, y) = (LABELS + scale * length(least), LABELS + scale * length(greatest), y + 10.0);
            line(format!("<path d=\"M{least:.1} {y}H{greatest:.1}\" stroke=\"black\" stroke-width=\"2\"/>"));
        }
        line(format!("<text x=\"{:.1}\" y=\"{base}\">{}</text>", LABELS + scale * end + 8.0, number_text(bar.total())));
    }
    svg + "</svg>\n"
}

/// A number with about three digits; whole ones as they are.
pub fn number_text(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        v if v >= 100.0 || value.fract() == 0.0 => {
            let mut digits = String::new();
            for (place, digit) in format!("{value:.0}").chars().rev().enumerate() {
                if place > 0 && place % 3 == 0 && digit.is_ascii_digit() {
                    digits.push(',');
                }
                digits.push(digit);
            }
            digits.chars().rev().collect()
        }
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        v if v >= 0.01 => format!("{value:.3}"),
        _ => format!("{value:.2e}"),
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        let _ = match character {
            '<' | '>' | '&' | '"' => write!(escaped, "&#{};", u32::from(character)),
            _ => write!(escaped, "{character}"),
        };
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_few_digits() {
        let cases =
            [(0.0, "0"), (1234567.8, "1,234,568"), (999.0, "999"), (2.0, "2"), (12.345, "12.3"), (0.0123, "0.012")];
        for (value, expected) in cases {
            assert_eq!(number_text(value), expected);
        }
        assert_eq!((number_text(-1234.0), number_text(1.5e-5)), ("-1,234".to_owned(), "1.50e-5".to_owned()));
    }

    #[test]
    fn bars_stay_within_the_drawing() {
        let odd = [f64::NAN, f64::INFINITY, -1.0, 0.0, 5.0];
        let drawn: Vec<Bar> = odd.iter().map(|value| Bar::of("<a & b>", *value, (*value, 9.0))).collect();
        let svg = bars("x < y", &["one", "two"], &drawn);
        assert!(!svg.contains("<a") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        let widths = svg.split("width=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
        assert!(widths.clone().count() > 5 && widths.clone().all(|width| (0.0..=WIDTH).contains(&width)), "{svg}");
        assert!(bars("nothing", &[], &[]).ends_with("</svg>\n"));
    }
}
