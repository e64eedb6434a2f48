//! Sizes as people read them, in the AWS CLI's form.

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// `1 Byte`, `10 Bytes`, `1.5 KiB`.
pub(in crate::commands) fn human(bytes: f64) -> String {
    if bytes == 1.0 {
        return "1 Byte".to_owned();
    }
    if bytes < 1024.0 {
        return format!("{} Bytes", bytes.trunc());
    }
    let mut scaled = bytes;
    for unit in UNITS {
        scaled /= 1024.0;
        if scaled.round_ties_even() < 1024.0 {
            return format!("{scaled:.1} {unit}");
        }
    }
    format!("{scaled:.1} EiB")
}

/// A size of the configuration: `8MB`, `8MiB`, `8388608`.
pub(super) fn parse(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: u64 = match &lower[digits.len()..] {
        "" => 1,
        "kb" | "kib" => 1 << 10,
        "mb" | "mib" => 1 << 20,
        "gb" | "gib" => 1 << 30,
        "tb" | "tib" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_in_the_aws_cli() {
        for (bytes, expected) in [
            (0.0, "0 Bytes"),
            (1.0, "1 Byte"),
            (1023.9, "1023 Bytes"),
            (1024.0, "1.0 KiB"),
            (1536.0, "1.5 KiB"),
            (1_048_575.0, "1.0 MiB"),
            (1_048_576.0, "1.0 MiB"),
            (8_388_608.0, "8.0 MiB"),
            (1.2e15, "1.1 PiB"),
        ] {
            assert_eq!(human(bytes), expected);
        }
    }

    #[test]
    fn sizes_of_the_configuration() {
        for (text, expected) in [
            ("8MB", Some(8 << 20)),
            ("16MiB", Some(16 << 20)),
            ("100", Some(100)),
            ("x", None),
            ("5XB", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
