//! Faults of the command line itself, found before anything is sent, in the words of AWS CLI v2.

use crate::print;

/// The synopsis that usage faults end in.
const SYNOPSIS: &str = "usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
";

/// A command line that cannot be run. Displays as the text that AWS CLI v2 writes to standard error, without the
/// newline at its very end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct UsageError {
    /// The text for standard error.
    pub text: String,
    /// The reason alone, for chat: no prefix, no usage synopsis.
    pub reason: String,
    /// What the user may have meant, best first; may be empty.
    pub suggestions: Vec<String>,
    /// The help command that tells more, such as `ec2 describe-instances help`; empty if none does.
    pub help: String,
    /// 252 for usage faults, 253 for faults of configuration, 255 for others.
    pub exit_code: u8,
    /// The code and message of a fault that `--cli-error-format` may show in another form.
    pub(crate) coded: Option<Box<(&'static str, String)>>,
}

impl UsageError {
    /// A fault of a parameter's value or of the combination of parameters.
    pub fn validation(reason: impl Into<String>) -> UsageError {
        UsageError::coded("ParamValidation", reason.into(), 252)
    }

    /// A fault of the words' order or names, which the usage synopsis follows.
    pub(crate) fn syntax(reason: impl Into<String>) -> UsageError {
        let reason = reason.into();
        let mut error = UsageError::coded("ParamValidation", format!("{reason}\n\n{SYNOPSIS}"), 252);
        error.reason = reason.trim().to_owned();
        error
    }

    /// Options that the command does not have.
    pub(crate) fn unknown_options(options: &[String]) -> UsageError {
        let reason = format!("Unknown options: {}", options.join(", "));
        let text = format!("\n{SYNOPSIS}\n{}", prefixed(&reason));
        UsageError::new(text, reason, 252)
    }

    /// A value that cannot be read: `Error parsing parameter '--x': …`.
    pub(crate) fn parameter(option: &str, message: impl AsRef<str>) -> UsageError {
        UsageError::validation(format!("Error parsing parameter '{option}': {}", message.as_ref()))
    }

    /// A fault of the configuration.
    pub fn configuration(reason: impl Into<String>) -> UsageError {
        UsageError::coded("Configuration", reason.into(), 253)
    }

    /// No region is known.
    pub fn no_region() -> UsageError {
        let reason =
            "You must specify a region. You can also configure your region by running \"aws configure\".";
        UsageError::coded("NoRegion", reason.to_owned(), 253)
    }

    /// No credentials are known.
    pub fn no_credentials() -> UsageError {
        let reason = "Unable to locate credentials. You can configure credentials by running \"aws login\".";
        UsageError::coded("NoCredentials", reason.to_owned(), 253)
    }

    /// Anything else that keeps the command from running.
    pub fn general(reason: impl Into<String>) -> UsageError {
        let reason = reason.into();
        UsageError::new(prefixed(&reason), reason, 255)
    }

    /// Something that this profile does not allow.
    pub(crate) fn refused(what: &str, reason: &str) -> UsageError {
        UsageError::validation(format!("{what} is not available in chat: {reason}"))
    }

    /// Says the reason in other words than the text.
    pub(crate) fn with_reason(mut self, reason: String) -> UsageError {
        self.reason = reason;
        self
    }

    /// Adds what may have been meant.
    pub(crate) fn suggesting(mut self, suggestions: Vec<String>) -> UsageError {
        self.suggestions = suggestions;
        self
    }

    /// Names the help that tells more.
    pub(crate) fn with_help(mut self, help: &str) -> UsageError {
        if self.help.is_empty() {
            self.help = help.to_owned();
        }
        self
    }

    /// The same fault as `--cli-error-format` wants it shown.
    pub(crate) fn in_form(mut self, form: Option<&str>) -> UsageError {
        let Some((code, message)) = self.coded.as_deref() else { return self };
        match form {
            Some("legacy") => self.text = prefixed(message),
            Some(form @ ("json" | "yaml" | "text" | "table")) => {
                let told: value::Map = [("Code", *code), ("Message", message.as_str())].into_iter().collect();
                if let Some(text) = print::error_in_form(&told, form) {
                    self.text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                }
            }
            _ => {}
        }
        self
    }

    fn coded(code: &'static str, reason: String, exit_code: u8) -> UsageError {
        let text = prefixed(&format!("An error occurred ({code}): {reason}"));
        let coded = Some(Box::new((code, reason.clone())));
        UsageError { coded, ..UsageError::new(text, reason, exit_code) }
    }

    fn new(text: String, reason: String, exit_code: u8) -> UsageError {
        let (suggestions, help) = (Vec::new(), String::new());
        UsageError { text, reason, suggestions, help, exit_code, coded: None }
    }
}

/// A message as AWS CLI v2 writes it to standard error, without the final newline.
pub(crate) fn prefixed(message: &str) -> String {
    format!("\naws: [ERROR]: {}", message.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_text() {
        let error = UsageError::validation("Parameter validation failed:\nno");
        assert_eq!(
            error.to_string(),
            "\naws: [ERROR]: An error occurred (ParamValidation): Parameter validation failed:\nno"
        );
        assert_eq!(error.exit_code, 252);
    }

    #[test]
    fn faults_with_a_code_are_shown_in_every_form() {
        let shown = |form| UsageError::validation("no").in_form(Some(form)).text;
        assert_eq!(shown("json"), "{\n    \"Code\": \"ParamValidation\",\n    \"Message\": \"no\"\n}");
        assert_eq!(shown("text"), "ParamValidation\tno");
        assert_eq!(shown("yaml"), "Code: ParamValidation\nMessage: no");
        assert_eq!(shown("legacy"), "\naws: [ERROR]: no");
        assert_eq!(shown("enhanced"), UsageError::validation("no").text);
        let unknown = UsageError::unknown_options(&["--a".to_owned()]);
        assert_eq!(unknown.clone().in_form(Some("json")), unknown);
    }

    #[test]
    fn syntax_faults_end_in_the_synopsis() {
        let error = UsageError::syntax("the following arguments are required: --x");
        assert!(error.text.ends_with("required: --x\n\nusage: aws [options] <command> <subcommand> [<subcommand> ...] \
             [parameters]\nTo see help text, you can run:\n\n  aws help\n  aws <command> help\n  aws <command> \
             <subcommand> help"), "{}", error.text);
        assert_eq!(error.reason, "the following arguments are required: --x");
    }

    #[test]
    fn unknown_options_follow_the_synopsis() {
        let error = UsageError::unknown_options(&["--a".to_owned(), "b".to_owned()]);
        assert!(error.text.starts_with("\nusage: aws [options]"));
        assert!(
            error.text.ends_with("<subcommand> help\n\n\naws: [ERROR]: Unknown options: --a, b"),
            "{}",
            error.text
        );
    }

    #[test]
    fn configuration_faults_have_their_own_code() {
        assert_eq!(UsageError::no_region().exit_code, 253);
        assert_eq!(UsageError::no_credentials().exit_code, 253);
        assert_eq!(UsageError::general("x").exit_code, 255);
    }
}
