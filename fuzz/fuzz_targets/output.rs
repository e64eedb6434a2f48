//! Any tree prints in every format, or says why not. Input: width, then JSON.
#![no_main]

use aws_cli::output::{Layout, Output, write};
use libfuzzer_sys::fuzz_target;
use value::Value;

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let width = fuzz::first(&mut data);
    let Ok(value) = Value::from_json(data) else { return };
    for name in ["json", "text", "table", "yaml", "yaml-stream", "off"] {
        let output = Output::from_name(name).expect("a format");
        let layout = Layout { width, color: width % 2 == 1, ..Layout::plain(output) };
        let _ = write(&value, &layout, "DescribeThings", &mut std::io::sink());
    }
});
