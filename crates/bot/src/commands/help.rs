//! `help`: what can be typed.

use render::Body;

use super::{ALL, Access, BuiltIn, Context, Run, find};

/// The entry.
pub const HELP: BuiltIn = BuiltIn {
    name: "help",
    summary: "Shows what can be typed, or tells about one command.",
    usage: "help [<command> | <service> [<operation>]]",
    access: Access::Open,
    run: Run::Now(run),
};

fn run(context: &Context<'_>) -> Body {
    if let Some(entry) = context.words.first().and_then(|name| find(name)) {
        return Body::Preformatted(format!("{}\n\n{}", entry.usage, entry.summary));
    }
    let mut text = String::from(
        "<service> <operation> [options]   any line of the AWS CLI; a leading `aws` is allowed\n\
         \u{20}   --account <name or id>        in that account instead of your first one\n\
         \u{20}   --region <region>             in that region instead of the account's first\n\
         \u{20}   --query <expression>          a part of the answer, by JMESPath\n\
         \u{20}   --output json|text|table|yaml the answer's form; json without it\n\
         \u{20}   --again                       run an identical change once more within a minute\n\
         <service> help                    the operations of a service\n\
         <service> <operation> help        the options of an operation\n\n",
    );
    let width = ALL.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    for entry in ALL {
        text.push_str(&format!("{:width$}   {}\n", entry.name, entry.summary));
    }
    Body::Preformatted(text)
}
