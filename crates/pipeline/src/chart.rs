//! A bar chart: its data, and itself as text.

use unicode_width::UnicodeWidthStr as _;

/// Labelled numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chart {
    /// What stands above, if anything.
    pub title: Option<String>,
    /// Labels and their numbers, in order. Numbers are finite.
    pub bars: Vec<(String, f64)>,
}

/// The longest label that is shown whole, in columns.
const MAX_LABEL: usize = 40;

impl Chart {
    /// Bars of at most that many columns, their labels before and their numbers behind them.
    pub fn to_text(&self, width: usize) -> String {
        let most = self.bars.iter().map(|(_, number)| number.abs()).fold(0.0, f64::max);
        let labels: Vec<String> = self.bars.iter().map(|(label, _)| short(label)).collect();
        let widest = labels.iter().map(|label| label.width()).max().unwrap_or(0);
        let mut text = self.title.as_ref().map_or(String::new(), |title| format!("{title}\n"));
        for (label, (_, number)) in labels.iter().zip(&self.bars) {
            let padding = " ".repeat(widest - label.width());
            text.push_str(&format!("{label}{padding}  {} {}\n", bar(*number, most, width), plain(*number)));
        }
        text
    }
}

fn short(label: &str) -> String {
    if label.width() <= MAX_LABEL {
        return label.to_owned();
    }
    let mut cut = String::new();
    for c in label.chars() {
        if cut.width() + 2 > MAX_LABEL {
            break;
        }
        cut.push(c);
    }
    cut + "…"
}

/// Blocks of an eighth of a column.
fn bar(number: f64, most: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if most == 0.0 {
        return String::new();
    }
    let eighths = (number.abs() / most * width as f64 * 8.0).round() as usize;
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// Without a fraction where there is none.
fn plain(number: f64) -> String {
    let rounded = (number * 100.0).round() / 100.0;
    format!("{rounded}")
}
