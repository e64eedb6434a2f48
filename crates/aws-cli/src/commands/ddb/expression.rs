//! Expressions: names and values become placeholders, everything else stays.
//!
//! The grammar is the AWS CLI's: projections (`a, b.c[0]`), comparisons, `IN`, `BETWEEN`, functions, `AND`, `OR`, `NOT`,
//! parentheses; literals are strings, numbers, `b"base64"`, `true`, `false`, `null`, lists, maps and sets.
//! Invariant: depth is bounded. The pieces of the result end in a space, as the AWS CLI sends them.

use value::{Map, Value};

use super::lexer::{Kind, Token, fault, tokens, typed};
use crate::UsageError;

/// How deep parentheses, lists and maps may nest.
const DEEPEST: usize = 100;

/// An expression with placeholders.
#[derive(Debug, PartialEq)]
pub(super) struct Translated {
    /// What is sent.
    pub(super) text: String,
    /// Names by placeholder.
    pub(super) names: Map,
    /// Typed values by placeholder.
    pub(super) values: Map,
}

type Read<T> = Result<T, UsageError>;

/// Reads an expression; so many placeholders are taken by others.
pub(super) fn translate(expression: &str, taken: usize) -> Read<Translated> {
    let tokens = tokens(expression)?;
    let mut parser =
        Parser { expression, tokens, at: 0, depth: 0, taken, names: Map::new(), values: Map::new() };
    let text = parser.expression()?;
    if !parser.is("eof") {
        return Err(parser.unexpected("eof"));
    }
    Ok(Translated { text: text.trim().to_owned(), names: parser.names, values: parser.values })
}

struct Parser<'a> {
    expression: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    taken: usize,
    names: Map,
    values: Map,
}

const OPERANDS: &str = "['literal', 'lbracket', 'lbrace', 'identifier', 'unquoted_identiifer']";

impl Parser<'_> {
    fn token(&self) -> &Token {
        // The end is always there and never passed.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn is(&self, name: &str) -> bool {
        self.token().kind.name() == name
    }

    fn is_name(&self) -> bool {
        matches!(self.token().kind, Kind::Name { .. })
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn take(&mut self, name: &str) -> Read<()> {
        if !self.is(name) {
            return Err(self.unexpected(name));
        }
        self.advance();
        Ok(())
    }

    fn unexpected(&self, expected: &str) -> UsageError {
        let Token { kind, shown, start, end } = self.token();
        let kind = kind.name();
        let message = format!("Unexpected token `{shown}` of type `{kind}`. Expected type: {expected}");
        fault(&message, self.expression, *start, end - start)
    }

    fn invalid(&self, message: &str) -> UsageError {
        let Token { start, end, .. } = self.token();
        fault(&format!("Invalid token value: {message}"), self.expression, *start, end - start)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(UsageError::validation(format!("Expressions nest at most {DEEPEST} levels deep")));
        }
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn placeholder(&self, sign: char) -> String {
        format!("{sign}n{}", self.taken + self.names.len() + self.values.len())
    }

    fn expression(&mut self) -> Read<String> {
        if self.is("eof") {
            return Err(UsageError::validation("Expressions must not be empty"));
        }
        let (first, is_path) = self.simple()?;
        if is_path && self.is("comma") {
            self.advance();
            return Ok(format!("{}, {}", first.trim(), self.sequence()?));
        }
        let mut text = first;
        while self.is("and") || self.is("or") {
            let word = if self.is("and") { "AND" } else { "OR" };
            self.advance();
            let (right, _) = self.simple()?;
            text = format!("{text}{word} {right}");
        }
        Ok(text)
    }

    /// An expression without `AND` and `OR`, and whether it is a path alone.
    fn simple(&mut self) -> Read<(String, bool)> {
        if self.is("lparen") {
            self.advance();
            let inner = self.deeper(Parser::expression)?;
            self.take("rparen")?;
            return Ok((format!("( {inner}) "), false));
        }
        if self.is("not") {
            self.advance();
            let (inner, _) = self.deeper(Parser::simple)?;
            return Ok((format!("NOT {inner}"), false));
        }
        self.condition()
    }

    fn condition(&mut self) -> Read<(String, bool)> {
        if self.tokens.get(self.at + 1).is_some_and(|next| next.kind.name() == "lparen") {
            return Ok((self.function()?, false));
        }
        let is_path = self.is_name();
        if !is_path && !["literal", "lbracket", "lbrace"].iter().any(|name| self.is(name)) {
            let Token { shown, start, end, .. } = self.token();
            let message = format!("Unknown expression type starting at token `{shown}`");
            return Err(fault(&message, self.expression, *start, end - start));
        }
        let left = self.operand()?;
        if self.is("in") {
            self.advance();
            self.take("lparen")?;
            let right = self.sequence()?;
            self.take("rparen")?;
            return Ok((format!("{left}IN ({right}) "), false));
        }
        if self.is("between") {
            self.advance();
            let low = self.operand()?;
            self.take("and")?;
            let high = self.operand()?;
            return Ok((format!("{left}BETWEEN {low}AND {high}"), false));
        }
        if let Kind::Comparator(_, sign) = self.token().kind {
            self.advance();
            let right = self.operand()?;
            return Ok((format!("{left}{sign} {right}"), false));
        }
        Ok((left, is_path))
    }

    fn function(&mut self) -> Read<String> {
        if !self.is_name() {
            return Err(self.unexpected("['identifier', 'unquoted_identifier']"));
        }
        let name = self.token().shown.clone();
        self.advance();
        self.take("lparen")?;
        let words = self.sequence()?;
        self.take("rparen")?;
        Ok(format!("{name}({words}) "))
    }

    fn sequence(&mut self) -> Read<String> {
        let mut found = Vec::new();
        loop {
            found.push(self.operand()?.trim().to_owned());
            if !self.is("comma") {
                return Ok(found.join(", "));
            }
            self.advance();
        }
    }

    fn operand(&mut self) -> Read<String> {
        if self.is_name() {
            return self.path();
        }
        if !["literal", "lbracket", "lbrace"].iter().any(|name| self.is(name)) {
            return Err(self.unexpected(OPERANDS));
        }
        let value = self.literal()?;
        let placeholder = self.placeholder(':');
        self.values.push(placeholder.as_str(), value);
        Ok(format!("{placeholder} "))
    }

    fn path(&mut self) -> Read<String> {
        let mut path = self.name()?;
        while self.is("dot") {
            self.advance();
            path = format!("{}.{}", path.trim(), self.name()?);
        }
        Ok(path)
    }

    /// A name, perhaps with an index.
    fn name(&mut self) -> Read<String> {
        if !self.is_name() {
            return Err(self.unexpected("['identifier', 'unquoted_identifier']"));
        }
        let placeholder = self.placeholder('#');
        let name = self.token().shown.clone();
        self.names.push(placeholder.as_str(), name);
        self.advance();
        if !self.is("lbracket") {
            return Ok(format!("{placeholder} "));
        }
        self.advance();
        let index = self.literal()?;
        let index = index.get("N").and_then(Value::as_text).filter(|text| super::decimal::is_whole(text));
        let Some(index) = index else { return Err(self.invalid("List indices must be whole numbers.")) };
        let text = format!("{placeholder}[{index}] ");
        self.take("rbracket")?;
        Ok(text)
    }

    /// A typed value.
    fn literal(&mut self) -> Read<Value> {
        if let Kind::Literal(value) = &self.token().kind {
            let value = value.clone();
            self.advance();
            return Ok(value);
        }
        if self.is("lbracket") {
            self.advance();
            let items = if self.is("rbracket") { Vec::new() } else { self.deeper(Parser::items)? };
            self.take("rbracket")?;
            return Ok(typed("L", Value::List(items)));
        }
        if !self.is("lbrace") {
            return Err(self.unexpected("['literal', 'lbracket', 'lbrace']"));
        }
        self.advance();
        let is_map = self.tokens.get(self.at + 1).is_some_and(|next| next.kind.name() == "colon");
        let value = if is_map || self.is("rbrace") { self.deeper(Parser::map)? } else { self.set()? };
        self.take("rbrace")?;
        Ok(value)
    }

    fn items(&mut self) -> Read<Vec<Value>> {
        let mut items = Vec::new();
        loop {
            items.push(self.literal()?);
            if !self.is("comma") {
                return Ok(items);
            }
            self.advance();
        }
    }

    fn map(&mut self) -> Read<Value> {
        let mut map = Map::new();
        while !self.is("rbrace") {
            let key = match &self.token().kind {
                Kind::Literal(value) => match value.get("S").and_then(Value::as_text) {
                    Some(key) => key.to_owned(),
                    None => return Err(self.invalid("Keys must be of type `str`")),
                },
                _ => return Err(self.unexpected("literal")),
            };
            self.advance();
            self.take("colon")?;
            let value = self.literal()?;
            map.insert(key, value);
            if !self.is("comma") {
                break;
            }
            self.advance();
        }
        Ok(typed("M", Value::Map(map)))
    }

    /// Values of one type, each once.
    fn set(&mut self) -> Read<Value> {
        const SETS: [(&str, &str); 3] = [("S", "SS"), ("N", "NS"), ("B", "BS")];
        let mut found: Option<((&str, &'static str), Vec<Value>)> = None;
        loop {
            let Kind::Literal(value) = &self.token().kind else { return Err(self.unexpected("literal")) };
            let kind = SETS.into_iter().find(|(kind, _)| value.get(kind).is_some());
            let Some(kind) = kind else {
                return Err(self.invalid("Sets may only contain numbers, strings, or bytes"));
            };
            let element = value.get(kind.0).cloned().unwrap_or_default();
            let (first, elements) = found.get_or_insert((kind, Vec::new()));
            if *first != kind {
                return Err(self.invalid("Set values must all be of the same type."));
            }
            if !elements.contains(&element) {
                elements.push(element);
            }
            self.advance();
            if !self.is("comma") {
                break;
            }
            self.advance();
        }
        let ((_, kind), elements) = found.unwrap_or((("S", "SS"), Vec::new()));
        Ok(typed(kind, Value::List(elements)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use value::JsonStyle;

    use super::*;

    #[test]
    fn names_and_values_become_placeholders() {
        for (expression, text, names, values) in [
            ("foo", "#n0", r##"{"#n0":"foo"}"##, "{}"),
            (
                "a.b[1].'c d', e",
                "#n0.#n1[1].#n2, #n3",
                r##"{"#n0":"a","#n1":"b","#n2":"c d","#n3":"e"}"##,
                "{}",
            ),
            ("a = 5", "#n0 = :n1", r##"{"#n0":"a"}"##, r##"{":n1":{"N":"5"}}"##),
            (
                "a between 1 AND 2.50 or not (b <> \"x\\\"y\")",
                "#n0 BETWEEN :n1 AND :n2 OR NOT ( #n3 <> :n4 )",
                r##"{"#n0":"a","#n3":"b"}"##,
                r##"{":n1":{"N":"1"},":n2":{"N":"2.50"},":n4":{"S":"x\"y"}}"##,
            ),
            (
                "a in (true, null, b\"aGk=\")",
                "#n0 IN (:n1, :n2, :n3)",
                r##"{"#n0":"a"}"##,
                r##"{":n1":{"BOOL":true},":n2":{"NULL":true},":n3":{"B":"aGk="}}"##,
            ),
            (
                "begins_with(a, \"x\") and b >= 1e2",
                "begins_with(#n0, :n1) AND #n2 >= :n3",
                r##"{"#n0":"a","#n2":"b"}"##,
                r##"{":n1":{"S":"x"},":n3":{"N":"1E+2"}}"##,
            ),
            (
                "a = [1, {\"k\": {}}] and c = {2, 2, 3}",
                "#n0 = :n1 AND #n2 = :n3",
                r##"{"#n0":"a","#n2":"c"}"##,
                r##"{":n1":{"L":[{"N":"1"},{"M":{"k":{"M":{}}}}]},":n3":{"NS":["2","3"]}}"##,
            ),
        ] {
            let found = translate(expression, 0).unwrap();
            let json = |map: Map| Value::Map(map).to_json(JsonStyle::Compact);
            assert_eq!(
                (found.text.as_str(), json(found.names), json(found.values)),
                (text, names.to_owned(), values.to_owned()),
                "{expression}"
            );
        }
        assert_eq!(translate("a = 1", 7).unwrap().text, "#n7 = :n8");
    }

    #[test]
    fn faults_show_the_place() {
        for (expression, expected) in [
            ("", "Expressions must not be empty"),
            (
                "a = ",
                "Unexpected token `` of type `eof`. Expected type: ['literal', 'lbracket', 'lbrace', 'identifier', 'unquoted_identiifer']\na = \n    ^",
            ),
            ("a b", "Unexpected token `b` of type `unquoted_identifier`. Expected type: eof\na b\n  ^"),
            ("= 5", "Unknown expression type starting at token `=`\n= 5\n^"),
            (
                "a[x]",
                "Unexpected token `x` of type `unquoted_identifier`. Expected type: ['literal', 'lbracket', 'lbrace']\na[x]\n  ^",
            ),
            ("a = \"x", "Unclosed \" delimiter\na = \"x\n    ^"),
            ("a ; b", "Unrecognized character ;\na ; b\n  ^"),
            ("a = 5.", "Invalid fractional character None\na = 5.\n      ^"),
        ] {
            assert_eq!(translate(expression, 0).unwrap_err().reason, expected, "{expression}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_expression_panics(expression in "([a-c.,:(){}\\[\\]=<>'\"\\\\ 0-9é-]|and|in|not|between|b\"){0,30}") {
            let _ = translate(&expression, 0);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(translate(&format!("{}a", "(".repeat(5000)), 0).is_err());
        assert!(translate(&format!("a = {}", "[".repeat(5000)), 0).is_err());
    }
}
