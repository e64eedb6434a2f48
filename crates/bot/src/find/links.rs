//! Pages about a thing: the console's, and AWS Config's.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::kinds;
use super::thing::Thing;

/// What may stand in an address as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The page of the console; `None` where there is none for the kind.
pub(crate) fn console(thing: &Thing, region: &str) -> Option<String> {
    let page = kinds::named(&thing.kind)?.console;
    if page.is_empty() || page.contains("{arn}") && thing.arn.is_empty() {
        return None;
    }
    let (cluster, within) = thing.id.split_once('/').unwrap_or_default();
    let page = page
        .replace("{region}", &encoded(region))
        .replace("{cluster}", &encoded(cluster))
        .replace("{within}", &encoded(within))
        .replace("{id}", &encoded(&thing.id))
        .replace("{arn}", &encoded(&thing.arn));
    Some(format!("https://{}/{page}", host(region)))
}

/// The page of its history in AWS Config; `None` for what it does not record.
pub(crate) fn timeline(thing: &Thing, region: &str) -> Option<String> {
    let kind = kinds::named(&thing.kind)?.config;
    let id = match kind {
        // Config knows these by their ARN, or by an id of their own.
        "AWS::ElasticLoadBalancingV2::LoadBalancer" | "AWS::CloudFormation::Stack" => &thing.arn,
        "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster" | "AWS::IAM::User" | "AWS::IAM::Role" => {
            thing.names.first()?
        }
        _ => &thing.id,
    };
    let known = !kind.is_empty() && !id.is_empty();
    known.then(|| {
        let (region, id, kind) = (encoded(region), encoded(id), encoded(kind));
        format!(
            "https://{}/config/home?region={region}#/resources/timeline?resourceId={id}&resourceType={kind}",
            host(&region)
        )
    })
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// The console of a region's partition.
/// Source: <https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/console-sign-in-endpoints.html>.
fn host(region: &str) -> String {
    let domain = match region {
        region if region.starts_with("cn-") => "console.amazonaws.cn",
        region if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!("{}.{domain}", encoded(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_of_the_thing_s_own_region_and_partition() {
        let thing = |kind: &str, id: &str| Thing {
            kind: kind.to_owned(),
            id: id.to_owned(),
            arn: format!("arn:aws:x:y:z/{id}"),
            ..Thing::default()
        };
        let cases = [
            (
                "instance",
                "i-1",
                "eu-west-1",
                "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-1",
            ),
            (
                "instance",
                "i-1",
                "cn-north-1",
                "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1#InstanceDetails:instanceId=i-1",
            ),
            (
                "vpc",
                "vpc-1",
                "us-gov-west-1",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/vpcconsole/home?region=us-gov-west-1#VpcDetails:VpcId=vpc-1",
            ),
            (
                "function",
                "a/../b|<c>",
                "eu-west-1",
                "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/a%2F..%2Fb%7C%3Cc%3E",
            ),
            (
                "ecs-service",
                "shop/api",
                "eu-west-1",
                "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/shop/services/api?region=eu-west-1",
            ),
        ];
        for (kind, id, region, expected) in cases {
            assert_eq!(console(&thing(kind, id), region).as_deref(), Some(expected));
        }
        let instance = thing("instance", "i-1");
        assert_eq!(
            timeline(&instance, "eu-west-1").as_deref(),
            Some(
                "https://eu-west-1.console.aws.amazon.com/config/home?region=eu-west-1#/resources/timeline?resourceId=i-1&resourceType=AWS%3A%3AEC2%3A%3AInstance"
            )
        );
        assert_eq!(timeline(&thing("snapshot", "snap-1"), "eu-west-1"), None);
    }
}
