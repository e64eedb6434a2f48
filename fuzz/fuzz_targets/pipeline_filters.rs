//! Any filters over any text end within their limits. Input: stages between `|`, then (after a NUL) the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::{Action, Data, Limits, Untimed, parse, run};

fuzz_target!(|input: &str| {
    let (stages, text) = input.split_once('\0').unwrap_or((input, "b 2\na 10\n{\"a\": [1, {\"b\": \"x\"}]}\n\tc\n"));
    let Ok(script) = parse(&format!("x | {stages}")) else { return };
    let limits = Limits { bytes: 1 << 20, lines: 50_000, steps: 300_000 };
    for statement in &script.statements {
        let Action::Run(pipeline) = &statement.action else { continue };
        let Ok(plan) = pipeline.plan(&|_: &str| Some(vec!["v".to_owned()]), &vec![String::new(); 64]) else { continue };
        let mut data = Data::text(text);
        for leg in plan.legs {
            let Ok(output) = run(&leg.filters, data, &limits, &Untimed) else { break };
            if let Data::Text(text) = &output.data {
                assert!(text.len() <= limits.bytes);
                if let Some(calls) = &leg.calls {
                    let _ = calls.calls(text);
                }
            }
            data = output.data;
        }
    }
});
