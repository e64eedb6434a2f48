//! A rule set at work: the first rule whose conditions all hold says where to go.

use value::{Map, Value};

use super::partition::Partitions;
use super::{AuthScheme, Endpoint, EndpointError, functions, template};

/// A service's rule set, `endpoint-rule-set-1.json` as a tree.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'m> {
    tree: &'m Value,
    partitions: Partitions<'m>,
}

/// What is known while rules are tried: parameters, and what conditions assigned on the way down.
struct Scope<'m> {
    parameters: Map,
    assigned: Vec<(&'m str, Value)>,
}

impl<'m> Scope<'m> {
    fn get(&self, name: &str) -> Option<&Value> {
        let assigned = self.assigned.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| value);
        assigned.or_else(|| self.parameters.get(name))
    }
}

impl<'m> Rules<'m> {
    /// Takes a rule set and the partitions it refers to.
    pub fn new(tree: &'m Value, partitions: Partitions<'m>) -> Rules<'m> {
        Rules { tree, partitions }
    }

    /// The parameters that the rules take, by name.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'m str, &'m Value)> + use<'m> {
        let map = self.tree.get("parameters").and_then(Value::as_map);
        map.into_iter().flat_map(|map| map.iter().map(|(name, spec)| (name.as_str(), spec)))
    }

    /// Whether the rules take a parameter of that name.
    pub(super) fn has_parameter(&self, name: &str) -> bool {
        self.parameters().any(|(known, _)| known == name)
    }

    /// Applies the rules to parameters by name.
    ///
    /// # Errors
    ///
    /// The sentence of an error rule that matched, a parameter of the wrong type or missing, or no match at all.
    pub fn resolve(&self, parameters: Map) -> Result<Endpoint, EndpointError> {
        let given = Value::Map(parameters.clone()).to_json(value::JsonStyle::Line);
        let mut scope = Scope { parameters: self.complete(parameters)?, assigned: Vec::new() };
        let rules = self.tree.get("rules").and_then(Value::as_list).unwrap_or_default();
        self.first_of(rules, &mut scope)?.ok_or(EndpointError::NoMatch(given))
    }

    /// Adds defaults, and holds types against the rule set's own list.
    fn complete(&self, mut parameters: Map) -> Result<Map, EndpointError> {
        for (name, spec) in self.parameters() {
            let Some(value) = parameters.get(name) else {
                if let Some(default) = spec.get("default") {
                    parameters.push(name, default.clone());
                } else if spec.get("required") == Some(&Value::Bool(true)) {
                    let text = format!("Cannot find value for required parameter {name}");
                    return Err(EndpointError::Refused(text));
                }
                continue;
            };
            let kind = spec.get("type").and_then(Value::as_text).unwrap_or_default();
            let fits = match value {
                Value::Text(_) => kind.eq_ignore_ascii_case("string"),
                Value::Bool(_) => kind.eq_ignore_ascii_case("boolean"),
                Value::List(_) => kind.eq_ignore_ascii_case("stringarray"),
                _ => false,
            };
            if !fits {
                return Err(EndpointError::Refused(format!(
                    "Value ({name}) is the wrong type. Must be {kind}."
                )));
            }
        }
        Ok(parameters)
    }

    fn first_of(&self, rules: &'m [Value], scope: &mut Scope<'m>) -> Result<Option<Endpoint>, EndpointError> {
        for rule in rules {
            let mark = scope.assigned.len();
            let found = self.apply(rule, scope)?;
            scope.assigned.truncate(mark);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn apply(&self, rule: &'m Value, scope: &mut Scope<'m>) -> Result<Option<Endpoint>, EndpointError> {
        for condition in rule.get("conditions").and_then(Value::as_list).unwrap_or_default() {
            let held = self.evaluate(condition, scope).map_err(EndpointError::Refused)?;
            if matches!(held, Value::Null | Value::Bool(false)) {
                return Ok(None);
            }
        }
        match rule.get("type").and_then(Value::as_text) {
            Some("tree") => {
                self.first_of(rule.get("rules").and_then(Value::as_list).unwrap_or_default(), scope)
            }
            Some("endpoint") => {
                let endpoint = rule.get("endpoint").unwrap_or(&Value::Null);
                self.endpoint(endpoint, scope).map(Some).map_err(EndpointError::Refused)
            }
            _ => {
                let text = rule.get("error").unwrap_or(&Value::Null);
                let text = self.evaluate(text, scope).map_err(EndpointError::Refused)?;
                Err(EndpointError::Refused(text.as_text().unwrap_or("unusable endpoint rule").to_owned()))
            }
        }
    }

    /// The value of an expression: a function call, a reference, a text with references, or a constant.
    fn evaluate(&self, expression: &'m Value, scope: &mut Scope<'m>) -> Result<Value, String> {
        if let Value::Text(text) = expression {
            return template::fill(text, |name| scope.get(name)).map(Value::from);
        }
        if let Some(name) = expression.get("ref").and_then(Value::as_text) {
            return Ok(scope.get(name).cloned().unwrap_or_default());
        }
        let Some(function) = expression.get("fn").and_then(Value::as_text) else {
            return Ok(expression.clone());
        };
        let mut arguments = Vec::new();
        for argument in expression.get("argv").and_then(Value::as_list).unwrap_or_default() {
            arguments.push(self.evaluate(argument, scope)?);
        }
        let result = functions::call(function, &arguments, &self.partitions)?;
        if let Some(name) = expression.get("assign").and_then(Value::as_text) {
            scope.assigned.push((name, result.clone()));
        }
        Ok(result)
    }

    fn endpoint(&self, endpoint: &'m Value, scope: &mut Scope<'m>) -> Result<Endpoint, String> {
        let url = self.evaluate(endpoint.get("url").unwrap_or(&Value::Null), scope)?;
        let properties =
            endpoint.get("properties").map_or(Ok(Value::Map(Map::new())), |tree| fill_all(tree, scope))?;
        let mut headers = Vec::new();
        if let Some(Value::Map(map)) = endpoint.get("headers") {
            for (name, values) in map.iter() {
                for value in values.as_list().unwrap_or_default() {
                    let value = self.evaluate(value, scope)?;
                    headers.push((name.to_string(), value.as_text().unwrap_or_default().to_owned()));
                }
            }
        }
        let auth_schemes = properties.get("authSchemes").and_then(Value::as_list).unwrap_or_default();
        let auth_schemes = auth_schemes.iter().map(auth_scheme).collect();
        let url = url.as_text().ok_or("an endpoint rule without a URL")?.to_owned();
        Ok(Endpoint { url, headers, auth_schemes, properties })
    }
}

/// A tree with all of its texts filled in.
fn fill_all(tree: &Value, scope: &Scope<'_>) -> Result<Value, String> {
    Ok(match tree {
        Value::Text(text) => Value::from(template::fill(text, |name| scope.get(name))?),
        Value::List(items) => {
            Value::List(items.iter().map(|item| fill_all(item, scope)).collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let mut filled = Map::new();
            for (name, value) in map.iter() {
                filled.push(name.clone(), fill_all(value, scope)?);
            }
            Value::Map(filled)
        }
        other => other.clone(),
    })
}

fn auth_scheme(scheme: &Value) -> AuthScheme {
    let text = |name: &str| scheme.get(name).and_then(Value::as_text).map(str::to_owned);
    let regions = scheme.get("signingRegionSet").and_then(Value::as_list).unwrap_or_default();
    AuthScheme {
        name: text("name").unwrap_or_default(),
        signing_name: text("signingName"),
        signing_region: text("signingRegion"),
        signing_region_set: regions.iter().filter_map(Value::as_text).map(str::to_owned).collect(),
        disable_double_encoding: scheme.get("disableDoubleEncoding") == Some(&Value::Bool(true)),
    }
}
