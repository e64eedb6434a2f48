//! Templates and trees that are written back.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use super::*;

#[test]
fn paths_are_made_absolute() {
    for (path, expected) in
        [("a/./b/../c", "/h/a/c"), ("/x/y", "/x/y"), ("../../..", "/"), ("", "/h"), (".", "/h")]
    {
        assert_eq!(absolute(Path::new("/h"), path), PathBuf::from(expected), "{path}");
    }
}

#[test]
fn what_is_read_is_written_in_full() {
    let template = read(
        "AWSTemplateFormatVersion: 2010-09-09\nMappings:\n  1: {on: 'yes', x: \"2010-09-09\"}\nResources:\n  B:\n    \
         Z: !Sub |\n      a\n      b\n    A: [!GetAtt X.Y.Z, no, ~, 1.50, 007, '']\n",
    )
    .unwrap();
    insta::assert_snapshot!(yaml(&template).unwrap(), @r#"
    AWSTemplateFormatVersion: 2010-09-09
    Mappings:
      1:
        true: 'yes'
        x: '2010-09-09'
    Resources:
      B:
        Z:
          Fn::Sub: "a\nb\n"
        A:
        - Fn::GetAtt:
          - X
          - Y.Z
        - false
        - null
        - 1.5
        - 7
        - ''
    "#);
    assert!(has_day(&template));
}
