#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;

use super::*;

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn told(line: &str) -> String {
    match read(&words(line)) {
        Ok(query) => format!("{query:?}"),
        Err(fault) => format!("fault: {fault}"),
    }
}

/// The kind that a text is taken for, in short.
fn kind(line: &str) -> String {
    match read(&words(line)) {
        Ok(Query::Id(id)) => format!("id {}{}", id.kinds.join("/"), at(id.region.as_deref())),
        Ok(Query::Address { ip, region }) => format!("address {ip}{}", at(region.as_deref())),
        Ok(Query::Range(range)) => format!("range {range}"),
        Ok(Query::Host(Host::LoadBalancer { name, region, .. })) => format!("elb {name} @{region}"),
        Ok(Query::Host(Host::Database { what, name, region, .. })) => format!("{what:?} {name} @{region}"),
        Ok(Query::Host(Host::Distribution(host))) => format!("cloudfront {host}"),
        Ok(Query::Host(Host::Api { id, region, .. })) => format!("api {id} @{region}"),
        Ok(Query::Host(Host::FunctionUrl { region, .. })) => format!("function url @{region}"),
        Ok(Query::Host(Host::Other(host))) => format!("host {host}"),
        Ok(Query::Arn(arn)) => format!("arn {} {}{}", arn.service, arn.last(), at(Some(&arn.region))),
        Ok(Query::AccessKey(key)) => format!("key {}", key.masked()),
        Ok(Query::Account(id)) => format!("account {id}"),
        Ok(Query::Bucket(name)) => format!("bucket {name}"),
        Ok(Query::Terms(terms)) => format!("{} terms", terms.len()),
        Err(fault) => format!("fault: {fault}"),
    }
}

fn at(region: Option<&str>) -> String {
    region.filter(|region| !region.is_empty()).map(|region| format!(" @{region}")).unwrap_or_default()
}

#[test]
fn things_are_told_apart_by_their_shape() {
    let cases = [
        ("i-0123456789abcdef0", "id instance"),
        ("I-0123456789ABCDEF0", "id instance"),
        ("i-01234567", "id instance"),
        ("eni-attach-0123456789abcdef0", "id network-interface-attachment"),
        ("vpc-cidr-assoc-0123456789abcdef0", "id vpc-range"),
        ("fs-0123456789abcdef0", "id file-system/fsx-file-system"),
        ("pod-01234567", "1 terms"),
        ("vol-1", "1 terms"),
        ("10.0.0.1", "address 10.0.0.1"),
        ("198.51.100.7:443", "address 198.51.100.7"),
        ("10.0.0.1/32", "address 10.0.0.1"),
        ("10.0.0.0/16", "range 10.0.0.0/16"),
        ("2001:db8::1", "address 2001:db8::1"),
        ("[2001:db8::1]:443", "address 2001:db8::1"),
        ("2001:db8::/56", "range 2001:db8::/56"),
        ("::ffff:10.0.0.1", "address 10.0.0.1"),
        ("ip-10-0-0-1", "address 10.0.0.1"),
        ("ip-10-0-0-1.ec2.internal", "address 10.0.0.1 @us-east-1"),
        ("ip-10-0-0-1.eu-west-1.compute.internal", "address 10.0.0.1 @eu-west-1"),
        ("i-0123456789abcdef0.eu-west-1.compute.internal", "id instance @eu-west-1"),
        ("ec2-198-51-100-7.compute-1.amazonaws.com", "address 198.51.100.7 @us-east-1"),
        ("ec2-198-51-100-7.eu-west-1.compute.amazonaws.com", "address 198.51.100.7 @eu-west-1"),
        ("web-1234567890.eu-west-1.elb.amazonaws.com", "elb web @eu-west-1"),
        ("dualstack.internal-web-api-1234567890.eu-west-1.elb.amazonaws.com.", "elb web-api @eu-west-1"),
        ("net-0123456789abcdef.elb.us-east-1.amazonaws.com", "elb net @us-east-1"),
        ("orders.c0ffee123456.eu-west-1.rds.amazonaws.com:5432", "Instance orders @eu-west-1"),
        ("orders.cluster-ro-c0ffee123456.eu-west-1.rds.amazonaws.com", "Cluster orders @eu-west-1"),
        ("pool.proxy-c0ffee123456.eu-west-1.rds.amazonaws.com", "Proxy pool @eu-west-1"),
        ("https://d111111abcdef8.cloudfront.net/a.png", "cloudfront d111111abcdef8.cloudfront.net"),
        ("pictures.s3-website-us-east-1.amazonaws.com", "bucket pictures"),
        ("pictures.s3-website.eu-central-1.amazonaws.com", "bucket pictures"),
        ("my.pictures.s3.eu-west-1.amazonaws.com", "bucket my.pictures"),
        ("pictures.s3.amazonaws.com", "bucket pictures"),
        ("s3://pictures/a/b.png", "bucket pictures"),
        ("https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod", "api a1b2c3d4e5 @eu-west-1"),
        ("abcdef.lambda-url.eu-west-1.on.aws", "function url @eu-west-1"),
        ("WWW.Example.com.", "host www.example.com"),
        ("_dmarc.example.com", "host _dmarc.example.com"),
        ("arn:aws:ec2:eu-west-1:111111111111:instance/i-1", "arn ec2 i-1 @eu-west-1"),
        ("arn:aws:lambda:eu-west-1:111111111111:function:f", "arn lambda f @eu-west-1"),
        ("arn:aws-cn:s3:::pictures", "arn s3 pictures"),
        ("AKIAIOSFODNN7EXAMPLE", "key AKIA…MPLE"),
        ("ASIAIOSFODNN7EXAMPLE", "key ASIA…MPLE"),
        ("111111111111", "account 111111111111"),
        ("tag:Environment=prod", "1 terms"),
        ("tag:Environment", "1 terms"),
        ("web api tag:Environment=prod", "3 terms"),
        ("web*", "1 terms"),
        ("version-1.2", "1 terms"),
        ("ab", "1 terms"),
        ("é9", "1 terms"),
    ];
    for (line, expected) in cases {
        assert_eq!(kind(line), expected, "{line}");
    }
}

#[test]
fn what_cannot_be_looked_for_says_why() {
    let cases = [
        ("", "there is nothing to look for"),
        ("w", "`w` fits nearly everything: type at least 2 characters"),
        ("*w*", "`*w*` fits nearly everything: type at least 2 characters"),
        ("web a", "`a` fits nearly everything: type at least 2 characters"),
        ("i-0123456789", "behind `i-` stand 8 or 17 hexadecimal digits, and this has 10"),
        ("i-1", "behind `i-` stand 8 or 17 hexadecimal digits, and this has 1"),
        ("subnet-0123456789abcdef", "behind `subnet-` stand 8 or 17 hexadecimal digits, and this has 16"),
        ("tag:", "a tag is looked for by `tag:key=value`, or `tag:key` whatever its value"),
        ("tag:=x", "a tag is looked for by `tag:key=value`, or `tag:key` whatever its value"),
        ("127.0.0.1", "`127.0.0.1` is the same on every machine"),
        ("fe80::1", "`fe80::1` is the same on every machine"),
        ("169.254.169.254", "`169.254.169.254` is the same on every machine"),
        ("arn:aws:ec2", "an ARN has six parts, `arn:aws:service:region:account:resource`"),
        ("arn:aws:ec2:eu-west-1:x:y", "an ARN has six parts, `arn:aws:service:region:account:resource`"),
        ("a b c d e f g h i j k l m", "a query has at most 12 words"),
        ("a\u{7}b", "a query cannot hold control characters"),
    ];
    for (line, expected) in cases {
        assert_eq!(told(line), format!("fault: {expected}"), "{line}");
    }
    let long = "x".repeat(MAX_QUERY + 1);
    assert_eq!(read(&[long]), Err(QueryFault::TooLong));
}

#[test]
fn an_access_key_never_shows_whole() {
    let query = read(&words("AKIAIOSFODNN7EXAMPLE")).expect("a query");
    for text in [query.to_string(), format!("{query:?}")] {
        assert!(!text.contains("IOSFODNN7"), "{text}");
    }
}

#[test]
fn prefixes_are_in_order_and_once() {
    assert!(ID_KINDS.iter().all(|(prefix, kinds)| !kinds.is_empty() && !prefix.is_empty()));
    let mut prefixes: Vec<&str> = ID_KINDS.iter().map(|(prefix, _)| *prefix).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    assert_eq!(prefixes.len(), ID_KINDS.len());
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused(line in "\\PC{0,300}") {
        if let Ok(query) = read(&[line]) {
            prop_assert!(query.to_string().len() <= 4 * MAX_QUERY);
        }
    }

    #[test]
    fn names_near_aws_s_own_are_read(
        name in "[a-z0-9.-]{0,40}",
        middle in "(\\.s3|\\.elb|\\.rds|\\.execute-api|\\.compute|\\.s3-website-|\\.lambda-url)?",
        region in "(\\.?eu-west-1|\\.us-east-1|\\.x)?",
        end in "(\\.amazonaws\\.com|\\.on\\.aws|\\.internal|\\.cloudfront\\.net|:443|/32)?",
    ) {
        let word = format!("{name}{middle}{region}{end}");
        let _ = read(&[word]).map(|query| query.to_string());
    }
}
