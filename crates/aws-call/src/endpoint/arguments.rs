//! What the rules are asked: each parameter of a rule set, from the first of its sources that has it: the operation's
//! fixed value, a member of the input, an expression over the input, the caller's settings.

use aws_model::{Operation, Service};
use jmespath::Expression;
use value::{Map, Value};

use crate::call::{AccountIdEndpoints, Addressing, CallOptions};

use super::rules::Rules;

/// The rule parameters of a call; those without a value are left out.
pub(super) fn collect(
    rules: &Rules<'_>,
    service: &Service,
    operation: &Operation,
    params: &Map,
    options: &CallOptions,
    account_id: Option<&str>,
) -> Map {
    let mut arguments = Map::new();
    let settings = Settings { operation, params, options, account_id };
    for (name, spec) in rules.parameters() {
        let value = fixed(operation, name)
            .or_else(|| from_member(service, operation, params, name))
            .or_else(|| from_expression(operation, params, name))
            .or_else(|| {
                spec.get("builtIn").and_then(Value::as_text).and_then(|built_in| settings.get(built_in))
            });
        if let Some(value) = value {
            arguments.push(name, value);
        }
    }
    arguments
}

fn fixed(operation: &Operation, name: &str) -> Option<Value> {
    let found = operation.static_context_params.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone())
}

fn from_member(service: &Service, operation: &Operation, params: &Map, name: &str) -> Option<Value> {
    let members = service.shape(operation.input?).members();
    let member = members.iter().find(|member| member.context_param.as_deref() == Some(name))?;
    params.get(&member.name).filter(|value| !value.is_null()).cloned()
}

fn from_expression(operation: &Operation, params: &Map, name: &str) -> Option<Value> {
    let (_, path) = operation.operation_context_params.iter().find(|(key, _)| key == name)?;
    let found = Expression::parse(path).ok()?.search(&Value::Map(params.clone())).ok()?;
    (!found.is_null()).then_some(found)
}

struct Settings<'a> {
    operation: &'a Operation,
    params: &'a Map,
    options: &'a CallOptions,
    account_id: Option<&'a str>,
}

impl Settings<'_> {
    /// The value of a built-in parameter. With an endpoint of one's own, FIPS and dual-stack say nothing.
    fn get(&self, built_in: &str) -> Option<Value> {
        let options = self.options;
        let own_endpoint = options.endpoint_url.is_some();
        match built_in {
            "AWS::Region" => options.region.as_deref().map(Value::text),
            "AWS::UseFIPS" => Some(Value::Bool(options.fips && !own_endpoint)),
            "AWS::UseDualStack" => Some(Value::Bool(options.dual_stack && !own_endpoint)),
            "SDK::Endpoint" => options.endpoint_url.as_deref().map(Value::text),
            "AWS::STS::UseGlobalEndpoint" | "AWS::S3::UseGlobalEndpoint" => Some(Value::Bool(false)),
            "AWS::S3::Accelerate" => Some(Value::Bool(options.s3.accelerate)),
            "AWS::S3::ForcePathStyle" => Some(Value::Bool(self.force_path_style())),
            "AWS::S3::UseArnRegion" => Some(Value::Bool(options.s3.use_arn_region)),
            "AWS::S3Control::UseArnRegion" => Some(Value::Bool(false)),
            "AWS::S3::DisableMultiRegionAccessPoints" => {
                Some(Value::Bool(options.s3.disable_multiregion_access_points))
            }
            "AWS::Auth::AccountId" if options.account_id_endpoints != AccountIdEndpoints::Disabled => {
                self.account_id.map(Value::text)
            }
            "AWS::Auth::AccountIdEndpointMode" => Some(Value::text(match options.account_id_endpoints {
                AccountIdEndpoints::Preferred => "preferred",
                AccountIdEndpoints::Disabled => "disabled",
                AccountIdEndpoints::Required => "required",
            })),
            _ => None,
        }
    }

    /// Whether a bucket's name goes into the path. A location is asked for by path, since the bucket's region is not known
    /// yet; an ARN never is; a custom endpoint has buckets in the path unless told otherwise.
    fn force_path_style(&self) -> bool {
        let bucket = self.params.get("Bucket").and_then(Value::as_text).unwrap_or_default();
        if self.operation.name == "GetBucketLocation" {
            return true;
        }
        if bucket.starts_with("arn:") || self.options.s3.accelerate {
            return false;
        }
        match self.options.s3.addressing {
            Addressing::Virtual => false,
            Addressing::Path => true,
            Addressing::Auto => self.options.endpoint_url.is_some(),
        }
    }
}
