use super::*;

#[test]
fn the_prelude_is_read() {
    let definitions = lexer::tokens(include_str!("prelude.jq")).and_then(parser::parse_prelude);
    assert_eq!(definitions.map(|definitions| definitions.len()), Ok(PRELUDE.definitions.len()));
    assert!(PRELUDE.definitions.len() > 40);
}
