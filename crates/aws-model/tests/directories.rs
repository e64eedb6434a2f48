//! Models that directories add or replace.
#![expect(clippy::unwrap_used, reason = "a test may fail at once")]
#![expect(clippy::disallowed_methods, reason = "files are what is tested")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_model::{Catalog, ModelError};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("bellhop-models-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn catalog(folders: &[&Path]) -> Catalog {
    Catalog::embedded().with_directories(folders.iter().map(|path| path.to_path_buf()).collect())
}

fn model(operation: &str) -> Vec<u8> {
    format!(
        r#"{{"metadata": {{"protocol": "json"}}, "operations": {{"{operation}": {{}}}}, "shapes": {{}}}}"#
    )
    .into_bytes()
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_directory_adds_a_service() {
    let folder = Folder::new("adds");
    folder.put("own/2020-01-01/service-2.json", &model("Old"));
    folder.put("own/2021-01-01/service-2.json.gz", &zipped(&model("New")));
    folder
        .put("own/2021-01-01/service-2.sdk-extras.json", br#"{"merge": {"metadata": {"serviceId": "Own"}}}"#);
    folder.put(
        "own/2021-01-01/paginators-1.json",
        br#"{"pagination": {"New": {"input_token": "a", "output_token": "b"}}}"#,
    );
    folder.put("own/2022-01-01/readme.txt", b"no model");
    let catalog = catalog(&[&folder.0]);
    assert!(catalog.names().contains(&"own".to_owned()));
    assert!(catalog.names().is_sorted());
    let service = catalog.open("own").unwrap();
    assert_eq!(service.operation_names(), ["New"]);
    assert_eq!(service.metadata().service_id.as_str(), "Own");
    assert_eq!(service.paginator("New").unwrap().output_tokens, ["b"]);
    assert!(service.endpoint_rules().is_null());
    assert!(std::sync::Arc::ptr_eq(&service, &catalog.open("own").unwrap()), "opened once");
    assert!(catalog.open("sts").is_ok());
}

#[test]
fn the_newest_version_wins_and_then_the_first_directory() {
    let (first, second) = (Folder::new("first"), Folder::new("second"));
    let version = Catalog::embedded().open("sts").unwrap().metadata().api_version.to_string();
    first.put(&format!("sts/{version}/service-2.json"), &model("First"));
    second.put(&format!("sts/{version}/service-2.json"), &model("Second"));
    second.put("ec2/1999-01-01/service-2.json", &model("Ancient"));
    second.put("own/2020-01-01/service-2.json", &model("Newer"));
    first.put("own/2019-01-01/service-2.json", &model("Older"));
    let catalog = catalog(&[&first.0, &second.0]);
    let sts = catalog.open("sts").unwrap();
    assert_eq!(sts.operation_names(), ["First"]);
    assert!(!sts.endpoint_rules().is_null(), "what the directory lacks comes from the binary");
    assert_eq!(catalog.open("own").unwrap().operation_names(), ["Newer"]);
    assert!(catalog.open("ec2").unwrap().operation("DescribeInstances").is_some());
    assert!(Catalog::embedded().open("sts").unwrap().operation("AssumeRole").is_some());
}

#[test]
fn a_broken_file_is_named_and_hurts_nothing_else() {
    let folder = Folder::new("broken");
    folder.put("own/2020-01-01/service-2.json", b"{ not json");
    folder.put("odd/2020-01-01/service-2.json.gz", b"not gzip");
    folder.put(
        "bare/2020-01-01/service-2.json",
        br#"{"metadata": {"protocol": "json"}, "shapes": {"A": {"type": "?"}}}"#,
    );
    folder.put("waits/2020-01-01/service-2.json", &model("One"));
    folder.put("waits/2020-01-01/waiters-2.json", b"[]");
    let catalog = catalog(&[&folder.0, Path::new("/nowhere/at/all")]);
    for name in ["own", "odd", "bare", "waits"] {
        let Err(ModelError::Corrupt { service, reason }) = catalog.open(name) else {
            panic!("{name} is broken")
        };
        assert_eq!(service, name);
        assert!(reason.contains(name) && reason.contains("2020-01-01"), "{reason}");
    }
    assert!(catalog.open("sts").is_ok());
}

#[test]
fn names_do_not_lead_out_of_the_directory() {
    let folder = Folder::new("outside");
    folder.put("inner/x", b"");
    folder.put("own/2020-01-01/service-2.json", &model("One"));
    let catalog = catalog(&[&folder.0.join("inner")]);
    for name in ["../own", "..", ".", "/etc", "own/2020-01-01", ""] {
        assert!(matches!(catalog.open(name), Err(ModelError::UnknownService(_))), "{name}");
    }
}
