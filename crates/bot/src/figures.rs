//! Figures as people read them: sizes, counts, changes, a row of bars.

/// `1.5 GiB`: the largest unit of which there is one, with three digits at most.
pub(crate) fn bytes(count: f64) -> String {
    const UNITS: [&str; 7] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut count, mut unit) = (count.max(0.0), 0);
    while count >= 1024.0 && unit + 1 < UNITS.len() {
        count /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{count:.0} {}", UNITS[unit]),
        _ if count < 10.0 => format!("{count:.2} {}", UNITS[unit]),
        _ if count < 100.0 => format!("{count:.1} {}", UNITS[unit]),
        _ => format!("{count:.0} {}", UNITS[unit]),
    }
}

/// `12,345`: a whole number in groups of three.
pub(crate) fn grouped(count: f64) -> String {
    let digits = format!("{:.0}", count.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if count < 0.0 && digits != "0" { format!("-{text}") } else { text }
}

/// `+3.2 %` from one figure to another; `new` from nothing, empty where nothing was and is.
pub(crate) fn change(from: f64, to: f64) -> String {
    if from == 0.0 {
        return if to == 0.0 { String::new() } else { "new".to_owned() };
    }
    let percent = (to - from) / from.abs() * 100.0;
    if percent.abs() < 0.05 { "±0 %".to_owned() } else { format!("{percent:+.1} %") }
}

/// A bar for each figure, from the least to the most; all the same are middling.
pub(crate) fn bars(figures: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let most = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |figure: &f64| {
        let share = if most > least { (figure - least) / (most - least) } else { 0.45 };
        let place = (share * 7.0).round().clamp(0.0, 7.0);
        BARS.iter().zip(0_u8..).find(|(_, number)| f64::from(*number) >= place).map_or('█', |(bar, _)| *bar)
    };
    figures.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable() {
        let sizes = [
            (0.0, "0 bytes"),
            (1023.0, "1023 bytes"),
            (1024.0, "1.00 KiB"),
            (15.5 * 1024.0 * 1024.0, "15.5 MiB"),
            (123.0 * 1024.0 * 1024.0 * 1024.0, "123 GiB"),
            (-5.0, "0 bytes"),
        ];
        for (count, expected) in sizes {
            assert_eq!(bytes(count), expected);
        }
        for (count, expected) in [(0.0, "0"), (999.0, "999"), (1000.0, "1,000"), (-1234567.0, "-1,234,567")] {
            assert_eq!(grouped(count), expected);
        }
        let changes = [
            (100.0, 103.2, "+3.2 %"),
            (100.0, 50.0, "-50.0 %"),
            (0.0, 5.0, "new"),
            (0.0, 0.0, ""),
            (10.0, 10.0, "±0 %"),
            (-10.0, -5.0, "+50.0 %"),
        ];
        for (from, to, expected) in changes {
            assert_eq!(change(from, to), expected, "{from} {to}");
        }
        assert_eq!(bars(&[0.0, 7.0, 3.5, 1.0]), "▁█▅▂");
        assert_eq!((bars(&[5.0, 5.0]), bars(&[])), ("▄▄".to_owned(), String::new()));
    }
}
