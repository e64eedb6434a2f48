//! Any program over any value ends within its limits. Input: the program, then (after a NUL) JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::{Data, Filter, Limits, Untimed, run};

const TREE: &str = r#"{"a": [{"b": 1, "c": "x"}, {"b": 2.5, "c": "y z"}, null, [1, [2, [3]]]], "s": "text", "n": -7, "f": false}"#;

fuzz_target!(|input: &str| {
    let (program, json) = input.split_once('\0').unwrap_or((input, TREE));
    let Ok(filter) = Filter::parse(&["jq", "-c", "--", program].map(str::to_owned)) else { return };
    let limits = Limits { bytes: 1 << 20, lines: 10_000, steps: 300_000 };
    if let Ok(output) = run(&[filter], Data::text(json), &limits, &Untimed) {
        assert!(matches!(output.data, Data::Values { items, .. } if items.len() <= limits.lines));
    }
});
