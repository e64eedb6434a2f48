//! Values as the text that `jq` prints.

use value::{Map, Number, Value};

use crate::budget::Budget;
use crate::data::{Form, Indent};
use crate::fault::FilterFault;

/// Every value in its form, each with a line end unless they are joined.
pub(crate) fn all(items: &[Value], form: Form, budget: &Budget<'_>) -> Result<String, FilterFault> {
    let mut text = String::new();
    for item in items {
        match item {
            Value::Text(plain) if form.raw => text.push_str(plain),
            Value::Blob(_) if form.raw => text.push_str(&item.printed_text().unwrap_or_default()),
            other => Writer { out: &mut text, form, budget }.value(other, 0)?,
        }
        if !form.joined {
            text.push('\n');
        }
        budget.within(text.len())?;
    }
    Ok(text)
}

struct Writer<'a, 'b> {
    out: &'a mut String,
    form: Form,
    budget: &'a Budget<'b>,
}

impl Writer<'_, '_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), FilterFault> {
        self.budget.step(1)?;
        self.budget.within(self.out.len())?;
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Number(number) => self.out.push_str(&number_text(number)),
            Value::Text(text) => self.text(text),
            Value::Blob(_) => self.text(&value.printed_text().unwrap_or_default()),
            Value::List(items) if items.is_empty() => self.out.push_str("[]"),
            Value::Map(map) if map.is_empty() => self.out.push_str("{}"),
            Value::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.separate(index, depth + 1);
                    self.value(item, depth + 1)?;
                }
                self.end(depth);
                self.out.push(']');
            }
            Value::Map(map) => self.map(map, depth)?,
        }
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), FilterFault> {
        let mut entries: Vec<_> = map.iter().collect();
        if self.form.sorted {
            entries.sort_by(|a, b| a.0.cmp(b.0));
        }
        self.out.push('{');
        for (index, (key, value)) in entries.into_iter().enumerate() {
            self.separate(index, depth + 1);
            self.text(key);
            self.out.push_str(if self.form.indent.is_some() { ": " } else { ":" });
            self.value(value, depth + 1)?;
        }
        self.end(depth);
        self.out.push('}');
        Ok(())
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.end(depth);
    }

    fn end(&mut self, depth: usize) {
        let Some(indent) = self.form.indent else { return };
        self.out.push('\n');
        match indent {
            Indent::Spaces(count) => self.out.extend(std::iter::repeat_n(' ', depth * usize::from(count))),
            Indent::Tab => self.out.extend(std::iter::repeat_n('\t', depth)),
        }
    }

    fn text(&mut self, text: &str) {
        push_quoted(self.out, text, self.form.ascii);
    }
}

/// A JSON string as jq writes it.
pub(crate) fn push_quoted(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if ascii && !c.is_ascii() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A number as jq writes it: 17 digits at most, no fraction where there is none.
pub(crate) fn number_text(number: &Number) -> String {
    match number {
        Number::Int(number) => number.to_string(),
        Number::Big(digits) => digits.to_string(),
        Number::Float(number) => float_text(*number),
    }
}

fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "null".to_owned();
    }
    if number.is_infinite() {
        return float_text(f64::MAX.copysign(number));
    }
    // The shortest digits that read back as the number, and the power of ten of the first.
    let text = format!("{:e}", number.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.replace('.', "");
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if exponent <= -5 || exponent > count + 14 {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{mark}{:02}", exponent.abs());
    }
    if exponent < 0 {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        return format!("{sign}0.{}{digits}", "0".repeat(zeros));
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(1);
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    let (before, behind) = digits.split_at(whole);
    format!("{sign}{before}.{behind}")
}
