//! Output that nobody reads to its end, as behind `| head`.

use testkit::Bellhop;

use crate::support::BINARY;

const CONFIG: &str = "[slack]\nsigning_secret = \"env:SLACK_SIGNING_SECRET\"\n[accounts.production]\n\
    role_arn = \"arn:aws:iam::111111111111:role/Bellhop\"\nregions = [\"us-east-1\"]\n[[grants]]\n\
    users = [\"U0ALICE\"]\naccounts = [\"production\"]\nallow = [\"*\"]\nlevels = [\"list\"]\n";

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    let bellhop = Bellhop::new(BINARY, "http://127.0.0.1:9", CONFIG).expect("a folder");
    // It makes the store.
    let made =
        bellhop.run(&["run", "--as", "U0ALICE", "--channel", "C0OPS", "version"]).expect("bellhop run");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // What a shell calls the end by a broken pipe; what only tells by the way goes on to its own end.
    for (words, code) in [
        (&["environment"][..], 141),
        (&["metrics"], 141),
        (&["check-config"], 141),
        (&["audit", "export"], 141),
        (&["deploy", "--permissions"], 0),
        (&["aws", "ec2", "help"], 0),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = bellhop.command();
        command.args(words).stdout(writer).stderr(std::process::Stdio::piped());
        if words[0] == "audit" {
            command.args(["--format", "csv"]);
        }
        let output = command.spawn().and_then(std::process::Child::wait_with_output).expect("bellhop runs");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*complaint), (Some(code), ""), "{words:?}");
    }
}
