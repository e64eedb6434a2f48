//! Any line is a script or a fault, ends, and prints as a line that reads as the same script; filling it in stays within
//! its bounds. Input: the line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::{Action, Script, parse};

fuzz_target!(|line: &str| {
    match parse(line) {
        Ok(script) => {
            let printed = script.to_string();
            // Quoting may make a line longer than a line may be.
            if printed.len() <= pipeline::limits::MAX_LINE {
                assert_eq!(parse(&printed).as_ref(), Ok(&script), "{printed}");
            }
            fill_in(&script);
        }
        Err(fault) => {
            assert!(line.get(fault.span.clone()).is_some());
            assert!(!fault.to_string().is_empty());
        }
    }
});

fn fill_in(script: &Script) {
    let variables = |name: &str| (name != "u").then(|| vec!["a b".to_owned(), "$x; `y`".to_owned()]);
    for statement in &script.statements {
        let Action::Run(pipeline) = &statement.action else { continue };
        let results = vec!["i-1\ni-2\n".to_owned(); pipeline.substitutions().count()];
        pipeline.substitutions().for_each(fill_in);
        if let Ok(stages) = pipeline.expand(&variables, &results) {
            assert!(stages.iter().all(|words| words.len() <= pipeline::limits::MAX_WORDS));
        }
        let _ = pipeline.check();
        let _ = pipeline.plan(&variables, &results);
    }
}
