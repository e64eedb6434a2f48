//! The kinds of things that are found: how AWS is asked for them, and what an answer tells of each. A table.
//!
//! A test holds every row against the models: its calls are read, its members exist.

mod ec2;
mod network;
mod others;

/// One kind of thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Its name, in the index and in [`ASKED_BY`].
    pub(crate) name: &'static str,
    /// What people call it.
    pub(crate) title: &'static str,
    /// The words of the call that lists all of them.
    pub(crate) list: &'static str,
    /// Where they stand in the answer; empty if the answer is the thing.
    pub(crate) items: &'static str,
    /// How one of them is asked for by its id.
    pub(crate) by: By,
    /// The member that is its id.
    pub(crate) id: &'static str,
    /// The members that it is called by, besides the tag `Name`.
    pub(crate) names: &'static [&'static str],
    pub(crate) arn: &'static str,
    pub(crate) state: &'static str,
    /// Its type, size, engine.
    pub(crate) form: &'static str,
    pub(crate) zone: &'static str,
    pub(crate) launched: &'static str,
    pub(crate) role: &'static str,
    /// Addresses and host names.
    pub(crate) addresses: &'static [&'static str],
    /// Ids of what it is attached to or made of.
    pub(crate) attached: &'static [&'static str],
    /// What else is worth seeing.
    pub(crate) detail: &'static str,
    /// Its page of the console, behind `https://{region}.console.…/`.
    pub(crate) console: &'static str,
    /// What AWS Config calls the kind; empty if it does not record it.
    pub(crate) config: &'static str,
}

/// How one thing is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// By that name of `--filters`.
    Filters(&'static str),
    /// By that name of `--filter`, as some calls have it.
    Filter(&'static str),
    /// By an option.
    Option(&'static str),
    /// By that key of `--filters`, as Systems Manager has it.
    Keyed(&'static str),
    /// By another call, the option that takes the id, and where the thing stands in its answer.
    Call(&'static str, &'static str, &'static str),
    /// The same within a cluster of ECS: the id is `cluster/name`.
    InCluster(&'static str, &'static str, &'static str),
    /// Only by looking through all.
    All,
}

pub(crate) const NONE: Kind = Kind {
    name: "",
    title: "",
    list: "",
    items: "",
    by: By::All,
    id: "",
    names: &[],
    arn: "",
    state: "",
    form: "",
    zone: "",
    launched: "",
    role: "",
    addresses: &[],
    attached: &[],
    detail: "",
    console: "",
    config: "",
};

/// Kinds of ids that are asked for by another kind.
pub(crate) const ASKED_BY: &[(&str, &str, By)] = &[
    ("elastic-ip-association", "elastic-ip", By::Filters("association-id")),
    ("network-acl-association", "network-acl", By::Filters("association.association-id")),
    ("network-interface-attachment", "network-interface", By::Filters("attachment.attachment-id")),
    ("reservation", "instance", By::Filters("reservation-id")),
    ("route-table-association", "route-table", By::Filters("association.route-table-association-id")),
    ("subnet-range", "subnet", By::Filters("ipv6-cidr-block-association.association-id")),
    ("vpc-range", "vpc", By::Filters("cidr-block-association.association-id")),
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> {
    ec2::KINDS.iter().chain(network::KINDS).chain(others::KINDS)
}

/// The kind of that name.
pub(crate) fn named(name: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.name == name)
}

impl Kind {
    /// The words that ask for one thing by its id, or for all if that is the only way.
    pub(crate) fn asking(&self, id: &str) -> Vec<String> {
        self.asking_by(self.by, id)
    }

    /// The words that ask by something else than the id.
    pub(crate) fn asking_by(&self, by: By, value: &str) -> Vec<String> {
        let mut words = self.listing();
        let filters = |name: &str| serde_json::json!([{ "Name": name, "Values": [value] }]).to_string();
        match by {
            By::Filters(name) => words.extend(["--filters".to_owned(), filters(name)]),
            By::Filter(name) => words.extend(["--filter".to_owned(), filters(name)]),
            By::Option(option) => words.extend([option.to_owned(), value.to_owned()]),
            By::Keyed(key) => {
                let filters = serde_json::json!([{ "Key": key, "Values": [value] }]).to_string();
                words.extend(["--filters".to_owned(), filters]);
            }
            By::Call(call, option, _) => {
                words = call.split(' ').map(str::to_owned).collect();
                words.extend([option.to_owned(), value.to_owned()]);
            }
            By::InCluster(call, option, _) => {
                let (cluster, name) = value.rsplit_once('/').unwrap_or(("default", value));
                words = call.split(' ').map(str::to_owned).collect();
                words.extend(["--cluster", cluster, option, name].map(str::to_owned));
            }
            By::All => {}
        }
        words
    }

    /// The words that ask for all.
    pub(crate) fn listing(&self) -> Vec<String> {
        self.list.split(' ').map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests;
