//! Any text is a point in time or none; what one prints reads as the same again.
#![no_main]

use aws_call::timestamp::Moment;
use aws_model::TimestampFormat;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use value::Value;

fuzz_target!(|text: &str| {
    let _ = Moment::from_value(&Value::text(text), &TimeZone::UTC);
    if let Some(moment) = Moment::from_words(text) {
        assert_eq!(Moment::from_text(&moment.isoformat(), &TimeZone::UTC), Some(moment));
    }
    if let Ok(value) = Value::from_json(text.as_bytes()) {
        let _ = Moment::from_value(&value, &TimeZone::UTC);
    }
    let Some(moment) = Moment::from_text(text, &TimeZone::UTC) else { return };
    let printed = moment.isoformat();
    let again = Moment::from_text(&printed, &TimeZone::UTC).expect("printed just now");
    assert_eq!(again.isoformat(), printed);
    for format in [TimestampFormat::Iso8601, TimestampFormat::Rfc822, TimestampFormat::Unix] {
        let _ = moment.on_wire(format).map(|time| time.into_text());
    }
});
