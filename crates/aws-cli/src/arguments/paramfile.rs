//! Values that stand in files: `file://path` for text, `fileb://path` for bytes.
//!
//! Invariant: in chat no file is ever opened; such a value is refused with the reason.

use std::path::PathBuf;

use value::Value;

use crate::{Environment, Files, Profile, UsageError};

/// The most bytes that a parameter's file may have.
const MAX_FILE: usize = 256 * 1024 * 1024;

/// What stood in the file that a value names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// `file://`
    Text(String),
    /// `fileb://`
    Bytes(Vec<u8>),
}

impl Loaded {
    /// As text; what is none is replaced.
    pub(crate) fn into_text(self) -> String {
        match self {
            Loaded::Text(text) => text,
            Loaded::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// The files that parameters may name.
pub(crate) struct ParamFiles<'a> {
    files: &'a dyn Files,
    env: Option<&'a Environment>,
    profile: Profile,
}

impl<'a> ParamFiles<'a> {
    /// The files of an environment, as far as the profile lets them be read.
    pub(crate) fn new(env: &'a Environment, profile: Profile) -> ParamFiles<'a> {
        ParamFiles { files: env.files.as_ref(), env: Some(env), profile }
    }

    /// No files: whatever names one is refused.
    #[cfg(test)]
    pub(crate) fn refusing(files: &'a dyn Files) -> ParamFiles<'a> {
        ParamFiles { files, env: None, profile: Profile::Chat }
    }

    /// What stands in the file, if the value names one.
    pub(crate) fn load(&self, value: &str) -> Result<Option<Loaded>, UsageError> {
        if let Some(path) = value.strip_prefix("file://") {
            let content = self.read(value, path)?;
            return match String::from_utf8(content) {
                Ok(text) => Ok(Some(Loaded::Text(text))),
                Err(_) => Err(UsageError::general(format!(
                    "Unable to load paramfile ({path}), text contents could not be decoded.  If this is a binary \
                     file, please use the fileb:// prefix instead of the file:// prefix."
                ))),
            };
        }
        match value.strip_prefix("fileb://") {
            Some(path) => Ok(Some(Loaded::Bytes(self.read(value, path)?))),
            None => Ok(None),
        }
    }

    /// The same for an option, which a fault then names.
    pub(crate) fn load_for(&self, option: &str, value: &str) -> Result<Option<Loaded>, UsageError> {
        let named = |fault: UsageError| match self.profile {
            Profile::Terminal => UsageError::parameter(option, fault.reason),
            Profile::Chat => fault,
        };
        self.load(value).map_err(named)
    }

    /// The same as a value: text or bytes.
    pub(crate) fn load_value(&self, value: &str) -> Result<Option<Value>, UsageError> {
        Ok(self.load(value)?.map(|loaded| match loaded {
            Loaded::Text(text) => Value::from(text),
            Loaded::Bytes(bytes) => Value::Blob(bytes.into()),
        }))
    }

    /// The content of a file that a streaming parameter names by its plain path.
    pub(crate) fn stream(&self, option: &str, path: &str) -> Result<Value, UsageError> {
        if self.profile == Profile::Chat {
            return Err(UsageError::refused(option, "it reads a local file"));
        }
        match self.files.read(&self.expand(path)) {
            Ok(bytes) if bytes.len() <= MAX_FILE => Ok(Value::Blob(bytes.into())),
            Ok(_) => Err(UsageError::parameter(option, format!("the file is larger than {MAX_FILE} bytes"))),
            Err(_) => Err(UsageError::parameter(option, "Blob values must be a path to a file.")),
        }
    }

    fn read(&self, value: &str, path: &str) -> Result<Vec<u8>, UsageError> {
        if self.profile == Profile::Chat {
            return Err(UsageError::refused(value, "it reads a local file; give the value itself"));
        }
        let expanded = self.expand(path);
        match self.files.read(&expanded) {
            Ok(content) if content.len() <= MAX_FILE => Ok(content),
            Ok(_) => Err(UsageError::general(format!(
                "Unable to load paramfile {value}: larger than {MAX_FILE} bytes"
            ))),
            Err(error) => {
                let reason = describe(&error);
                let shown = crate::python::repr(&expanded.to_string_lossy());
                Err(UsageError::general(format!("Unable to load paramfile {value}: {reason}: {shown}")))
            }
        }
    }

    /// `~` and `$NAME` / `${NAME}` as Python expands them: what is unknown stays as it is.
    fn expand(&self, path: &str) -> PathBuf {
        let Some(env) = self.env else { return PathBuf::from(path) };
        env.expand_path(path)
    }
}

/// An I/O error as Python shows it.
fn describe(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{IsADirectory, NotFound, PermissionDenied};
    match error.kind() {
        NotFound => "[Errno 2] No such file or directory".to_owned(),
        PermissionDenied => "[Errno 13] Permission denied".to_owned(),
        IsADirectory => "[Errno 21] Is a directory".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;

    struct OneFile;

    impl Files for OneFile {
        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            match path.to_str() {
                Some("/home/me/a.json") => Ok(b"{}".to_vec()),
                Some("/bin.dat") => Ok(vec![0xff]),
                _ => Err(io::ErrorKind::NotFound.into()),
            }
        }

        fn write(&self, _path: &Path, _content: &[u8]) -> io::Result<()> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }

    fn environment() -> Environment {
        Environment {
            vars: BTreeMap::from([("DIR".to_owned(), "/home/me".to_owned())]),
            home: Some("/home/me".into()),
            files: Arc::new(OneFile),
            ..Environment::empty()
        }
    }

    #[test]
    fn loads_text_and_bytes() {
        let env = environment();
        let files = ParamFiles::new(&env, Profile::Terminal);
        for path in
            ["file:///home/me/a.json", "file://~/a.json", "file://$DIR/a.json", "file://${DIR}/a.json"]
        {
            assert_eq!(files.load(path), Ok(Some(Loaded::Text("{}".to_owned()))), "{path}");
        }
        assert_eq!(files.load("fileb:///bin.dat"), Ok(Some(Loaded::Bytes(vec![0xff]))));
        assert_eq!(files.load("plain"), Ok(None));
    }

    #[test]
    fn says_why_a_file_is_of_no_use() {
        let env = environment();
        let files = ParamFiles::new(&env, Profile::Terminal);
        let missing = files.load("file://no").expect_err("missing");
        assert_eq!(
            missing.reason,
            "Unable to load paramfile file://no: [Errno 2] No such file or directory: 'no'"
        );
        let named = files.load_for("--x", "file://no").expect_err("missing");
        assert_eq!(named.reason, format!("Error parsing parameter '--x': {}", missing.reason));
        let binary = files.load("file:///bin.dat").expect_err("binary");
        assert!(binary.reason.contains("could not be decoded"), "{}", binary.reason);
    }

    #[test]
    fn chat_opens_no_file() {
        let env = environment();
        let files = ParamFiles::new(&env, Profile::Chat);
        for value in ["file:///home/me/a.json", "fileb:///bin.dat"] {
            let refusal = files.load(value).expect_err("refused");
            assert!(refusal.reason.contains("not available in chat"), "{}", refusal.reason);
        }
        assert!(files.stream("--body", "/bin.dat").is_err());
    }
}
