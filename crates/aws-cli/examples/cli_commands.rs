//! Prints the reference page of the high-level commands: `cargo run -p aws-cli --example cli_commands`.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(aws_cli::commands_reference().as_bytes())
}
