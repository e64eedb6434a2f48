//! ARNs: `arn:partition:service:region:account:resource`.

/// An ARN in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arn {
    /// The whole.
    pub(crate) text: String,
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub(crate) partition: String,
    /// `ec2`
    pub(crate) service: String,
    /// Empty where the service has one for all.
    pub(crate) region: String,
    /// Twelve digits; empty where the service leaves it out; `aws` for what AWS itself owns.
    pub(crate) account: String,
    /// What follows, `instance/i-0123456789abcdef0`.
    pub(crate) resource: String,
}

impl Arn {
    /// The parts of a text that has the form.
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
    pub(super) fn read(text: &str) -> Option<Arn> {
        let mut parts = text.splitn(6, ':').map(str::to_owned);
        let (_, partition, service, region, account, resource) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let account_fits = account.is_empty()
            || account == "aws"
            || account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let fits = partition.starts_with("aws")
            && plain(&partition)
            && !service.is_empty()
            && plain(&service)
            && plain(&region)
            && account_fits
            && !resource.is_empty();
        fits.then(|| Arn { text: text.to_owned(), partition, service, region, account, resource })
    }

    /// Kind and name of the resource: `instance` and `i-1` of `instance/i-1`, `function` and `f` of `function:f:3`. What
    /// has no kind is a name alone.
    pub(crate) fn kind_and_name(&self) -> (&str, &str) {
        self.resource.split_once(['/', ':']).unwrap_or(("", &self.resource))
    }

    /// The last part of the name: `web` of `loadbalancer/app/web`.
    pub(crate) fn last(&self) -> &str {
        self.resource.rsplit(['/', ':']).next().unwrap_or_default()
    }
}
