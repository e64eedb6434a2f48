//! `docs/commands.md`, as the registry has it.

use super::help::by_theme;
use super::{ALL, Access};

/// The page about the commands that Bellhop adds to the AWS CLI's.
pub fn reference() -> String {
    let mut page = "# Commands of Bellhop's own\n\nBeside any line of the AWS CLI ([cli-commands.md](cli-commands.md)), these can \
        be typed. `--account` and `--region` take one, several\n(`a,b`), `label=key=value` or `all`; `<command> help` tells about \
        one. Written from the registry: `cargo run -p bot --example commands > docs/commands.md`.\n"
        .to_owned();
    for (theme, entries) in by_theme(ALL) {
        page.push_str(&format!("\n## {theme}\n"));
        for entry in entries {
            let usage = entry.usage.lines().next().unwrap_or_default();
            page.push_str(&format!(
                "\n### {}\n\n{}{}\n\n```\n{usage}\n",
                entry.name,
                entry.summary,
                who(entry.access)
            ));
            let mut examples = entry.examples().peekable();
            if examples.peek().is_some() {
                page.push('\n');
            }
            for example in examples {
                page.push_str(&format!("{example}\n"));
            }
            page.push_str("```\n");
        }
    }
    page
}

fn who(access: Access) -> &'static str {
    match access {
        Access::Open => "",
        Access::Granted => " It needs a grant.",
        Access::Administrators => " It needs a grant, or an administrator.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_as_the_registry_is() {
        let page = include_str!("../../../../docs/commands.md");
        assert_eq!(
            page,
            reference(),
            "write it anew: cargo run -p bot --example commands > docs/commands.md"
        );
    }
}
