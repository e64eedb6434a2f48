//! Prints `docs/commands.md`: `cargo run -p bot --example commands`.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(bot::commands::reference().as_bytes())
}
