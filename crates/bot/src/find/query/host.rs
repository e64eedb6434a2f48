//! DNS names: whose they are by their endings, and what they tell of the thing behind them.

use std::net::{IpAddr, Ipv4Addr};

use super::id::Id;
use super::{Query, is_bucket_name, of_address};

/// A DNS name, in lower case, without the dot at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// A load balancer's.
    LoadBalancer {
        /// The whole name, without `dualstack.`.
        host: String,
        /// The load balancer's name, as far as the host's tells it.
        name: String,
        /// Its region.
        region: String,
    },
    /// A database's.
    Database {
        /// The whole name.
        host: String,
        /// What it leads to.
        what: Database,
        /// Its identifier.
        name: String,
        /// Its region.
        region: String,
    },
    /// A CloudFront distribution's.
    Distribution(String),
    /// An API's.
    Api {
        /// The whole name.
        host: String,
        /// The API's id.
        id: String,
        /// Its region.
        region: String,
    },
    /// A function's own address.
    FunctionUrl {
        /// The whole name.
        host: String,
        /// Its region.
        region: String,
    },
    /// Any other: a record of Route 53, or a name with dots.
    Other(String),
}

/// What a database's name leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    /// An instance.
    Instance,
    /// A cluster.
    Cluster,
    /// A proxy.
    Proxy,
}

impl Host {
    /// The whole name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Host::LoadBalancer { host, .. }
            | Host::Database { host, .. }
            | Host::Api { host, .. }
            | Host::FunctionUrl { host, .. }
            | Host::Distribution(host)
            | Host::Other(host) => host,
        }
    }
}

/// The host of a URL, the name before a port.
pub(super) fn without_surroundings(word: &str) -> &str {
    let word = word.split_once("://").map_or(word, |(_, rest)| rest);
    let word = word.split(['/', '?', '#']).next().unwrap_or(word);
    let word = word.rsplit_once('@').map_or(word, |(_, host)| host);
    if let Some(inside) = word.strip_prefix('[') {
        return inside.split(']').next().unwrap_or(word);
    }
    match word.rsplit_once(':') {
        Some((host, port))
            if !host.contains(':') && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            host
        }
        _ => word,
    }
}

/// What a DNS name stands for; `None` if the text is no such name.
pub(super) fn read(word: &str) -> Option<Query> {
    let host = word.strip_suffix('.').unwrap_or(word).to_ascii_lowercase();
    if let Some(ip) = address_in(&host, "ip-") {
        return of_address(ip, None).ok();
    }
    let labels: Vec<&str> = host.split('.').collect();
    let fits = |label: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_*".contains(&byte);
        (1..=63).contains(&label.len()) && label.bytes().all(plain)
    };
    let top = labels.last().copied().unwrap_or_default();
    let named = top.len() >= 2 && !top.bytes().all(|byte| byte.is_ascii_digit());
    if labels.len() < 2 || host.len() > 253 || !named || !labels.iter().all(fits) {
        return None;
    }
    Some(of_amazon(&host).unwrap_or_else(|| Query::Host(Host::Other(host.clone()))))
}

/// What a name below one of AWS's own stands for.
fn of_amazon(host: &str) -> Option<Query> {
    if let Some(query) = of_instance(host) {
        return Some(query);
    }
    if host.ends_with(".cloudfront.net") {
        return Some(Query::Host(Host::Distribution(host.to_owned())));
    }
    if let Some(rest) = host.strip_suffix(".on.aws") {
        let (_, region) = rest.split_once(".lambda-url.")?;
        return Some(Query::Host(Host::FunctionUrl { host: host.to_owned(), region: region.to_owned() }));
    }
    let inside = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    bucket(inside)
        .or_else(|| load_balancer(inside, host))
        .or_else(|| database(inside, host))
        .or_else(|| api(inside, host))
}

/// `ec2-198-51-100-7.eu-west-1.compute.amazonaws.com`, `ip-10-0-0-1.ec2.internal`,
/// `i-0123456789abcdef0.eu-west-1.compute.internal`.
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-naming.html>.
fn of_instance(host: &str) -> Option<Query> {
    let (first, rest) = host.split_once('.')?;
    let region = match rest {
        "ec2.internal" | "compute-1.amazonaws.com" => "us-east-1",
        rest => [".compute.internal", ".compute.amazonaws.com", ".compute.amazonaws.com.cn"]
            .iter()
            .find_map(|suffix| rest.strip_suffix(suffix))?,
    };
    let region = Some(region.to_owned()).filter(|region| is_region(region))?;
    if let Some(ip) = address_in(first, "ip-").or_else(|| address_in(first, "ec2-")) {
        return of_address(ip, Some(region)).ok();
    }
    let id = Id::read(first).ok().flatten()?;
    Some(Query::Id(Id { region: Some(region), ..id }))
}

/// The address in `ip-10-0-0-1`.
fn address_in(label: &str, prefix: &str) -> Option<IpAddr> {
    let digits = label.strip_prefix(prefix)?;
    if digits.len() > 15 || digits.contains('.') {
        return None;
    }
    digits.replace('-', ".").parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

/// `name.s3.amazonaws.com`, `name.s3.eu-west-1.amazonaws.com`, `name.s3-website-us-east-1.amazonaws.com`,
/// `name.s3-website.eu-central-1.amazonaws.com`.
/// Source: <https://docs.aws.amazon.com/general/latest/gr/s3.html>.
fn bucket(inside: &str) -> Option<Query> {
    let at = [".s3.dualstack.", ".s3-website.", ".s3-website-", ".s3."]
        .iter()
        .find_map(|mark| inside.find(mark).filter(|at| is_region(&inside[at + mark.len()..])))
        .or_else(|| inside.strip_suffix(".s3").map(str::len))?;
    let name = &inside[..at];
    is_bucket_name(name).then(|| Query::Bucket(name.to_owned()))
}

/// `name-1234567890.eu-west-1.elb` of classic and application load balancers, `name-0123abcd.elb.eu-west-1` of network load
/// balancers; `internal-` stands before private ones.
fn load_balancer(inside: &str, host: &str) -> Option<Query> {
    let (label, region) = match inside.strip_suffix(".elb") {
        Some(rest) => rest.rsplit_once('.')?,
        None => inside.split_once(".elb.")?,
    };
    let label = label.strip_prefix("dualstack.").unwrap_or(label);
    let name = label.strip_prefix("internal-").unwrap_or(label).rsplit_once('-')?.0;
    let host = host.strip_prefix("dualstack.").unwrap_or(host).to_owned();
    (is_region(region) && !name.contains('.'))
        .then(|| Query::Host(Host::LoadBalancer { host, name: name.to_owned(), region: region.to_owned() }))
}

/// `name.abc123.eu-west-1.rds`, `name.cluster-abc123.…`, `name.cluster-ro-abc123.…`, `name.proxy-abc123.…`.
fn database(inside: &str, host: &str) -> Option<Query> {
    let (labels, region) = inside.strip_suffix(".rds")?.rsplit_once('.')?;
    let (name, token) = labels.split_once('.')?;
    let what = match token {
        token if token.starts_with("cluster-") => Database::Cluster,
        token if token.starts_with("proxy-") => Database::Proxy,
        _ => Database::Instance,
    };
    let (host, name, region) = (host.to_owned(), name.to_owned(), region.to_owned());
    is_region(&region).then_some(Query::Host(Host::Database { host, what, name, region }))
}

fn api(inside: &str, host: &str) -> Option<Query> {
    let (id, region) = inside.split_once(".execute-api.")?;
    let (host, id, region) = (host.to_owned(), id.to_owned(), region.to_owned());
    (is_region(&region) && !id.contains('.')).then_some(Query::Host(Host::Api { host, id, region }))
}

/// Whether a text has the form of a region's name.
fn is_region(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 32
        && text.matches('-').count() >= 2
        && text.bytes().all(plain)
        && text.bytes().next_back().is_some_and(|byte| byte.is_ascii_digit())
}
