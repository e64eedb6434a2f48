//! The demo's configuration.

use anyhow::{Context as _, Result};

use crate::demo::Stage;
use crate::demo::seed::ACCOUNTS;

/// Writes `bellhop.toml`.
pub(crate) fn write(stage: &Stage) -> Result<()> {
    let [production, staging] = ACCOUNTS;
    let Stage { port, slack_port, .. } = stage;
    let text = format!(
        r#"# The configuration of `cargo xtask demo`, made anew at each run.
[server]
listen = "127.0.0.1:{port}"

[slack]
signing_secret = "env:SLACK_SIGNING_SECRET"
response_url_base = "http://127.0.0.1:{slack_port}/"

[store]
path = "bellhop.db"

[console]
enabled = true
users = ["U0ALICE", "U0BOB", "U0CAROL", "U0CONTRACTOR"]
admins = ["U0CAROL"]
channels = ["C0OPERATIONS", "C0APPROVERS", "C0GENERAL"]

[[console.groups]]
id = "C0APPROVERS"
users = ["U0BOB", "U0CAROL"]

[accounts.production]
role_arn = "arn:aws:iam::{production}:role/Bellhop"
regions = ["us-east-1", "eu-west-1"]

[accounts.staging]
role_arn = "arn:aws:iam::{staging}:role/Bellhop"
regions = ["eu-west-1"]

# Alice operates: everything but permissions and secrets. In production a second person approves what changes something:
# the card comes to the approvers' channel, and to Bob directly.
[[grants]]
users = ["U0ALICE"]
accounts = ["production"]
allow = ["*"]
levels = ["list", "read", "data", "write", "tagging", "execute", "destructive"]
[grants.needs]
write = {{ approvers = ["C0APPROVERS", "U0BOB"] }}
tagging = {{ approvers = ["C0APPROVERS", "U0BOB"] }}
execute = {{ approvers = ["C0APPROVERS", "U0BOB"] }}
destructive = {{ approvers = ["C0APPROVERS", "U0BOB"] }}

# In staging she looks at it once more and runs it herself.
[[grants]]
users = ["U0ALICE"]
accounts = ["staging"]
allow = ["*"]
levels = ["list", "read", "data", "write", "tagging", "execute", "destructive"]
needs = {{ write = "confirm", tagging = "confirm", execute = "confirm", destructive = "confirm" }}

# Bob looks, in one channel.
[[grants]]
users = ["U0BOB"]
in_channels = ["C0OPERATIONS"]
accounts = ["staging"]
allow = ["ec2:*", "s3:List*", "cloudwatch:*"]
levels = ["list", "read"]

# The contractor has no grant at all.
"#
    );
    std::fs::write(stage.folder.join("bellhop.toml"), text).context("cannot write the demo's configuration")
}
