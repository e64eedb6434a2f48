//! `s3://bucket/key`, where the bucket may also be an access point's ARN.

use crate::UsageError;

/// Splits `bucket/key` or `s3://bucket/key`. An access point's ARN stands whole in the bucket's place.
///
/// # Errors
///
/// ARNs of Object Lambdas and of buckets on Outposts, which only other commands take.
pub(super) fn split(path: &str) -> Result<(&str, &str), UsageError> {
    let path = path.strip_prefix("s3://").unwrap_or(path);
    let (bucket, key) = match arn(path) {
        Some(Arn::ObjectLambda) => {
            return Err(UsageError::validation(
                "s3 commands do not support S3 Object Lambda resources. Use s3api commands instead.",
            ));
        }
        Some(Arn::OutpostBucket) => {
            return Err(UsageError::validation(
                "s3 commands do not support Outpost Bucket ARNs. Use s3control commands instead.",
            ));
        }
        Some(Arn::AccessPoint(end)) => (&path[..end], path[end..].trim_start_matches(['/', ':'])),
        None => return Ok(path.split_once('/').unwrap_or((path, ""))),
    };
    // Only one separator belongs to the ARN.
    let cut = path.len() - bucket.len();
    let rest = &path[bucket.len()..];
    let key = if rest.starts_with(['/', ':']) {
        &rest[1..]
    } else if cut == 0 {
        ""
    } else {
        key
    };
    Ok((bucket, key))
}

enum Arn {
    /// An access point's, which ends there.
    AccessPoint(usize),
    ObjectLambda,
    OutpostBucket,
}

fn arn(path: &str) -> Option<Arn> {
    let fields: Vec<&str> = path.splitn(6, ':').collect();
    let ["arn", partition, service, _, account, resource] = fields[..] else { return None };
    if !partition.starts_with("aws") || account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let before = path.len() - resource.len();
    let words: Vec<&str> = resource.split(['/', ':']).collect();
    let length = |count: usize| words[..count].iter().map(|word| word.len()).sum::<usize>() + count - 1;
    match (service, words.as_slice()) {
        ("s3-object-lambda", ["accesspoint", _, ..]) => Some(Arn::ObjectLambda),
        ("s3", ["accesspoint", name, ..]) if !name.is_empty() => Some(Arn::AccessPoint(before + length(2))),
        ("s3-outposts", ["outpost", _, "accesspoint", name, ..]) if !name.is_empty() => {
            Some(Arn::AccessPoint(before + length(4)))
        }
        ("s3-outposts", ["outpost", _, "bucket", ..]) => Some(Arn::OutpostBucket),
        _ => None,
    }
}

/// Whether it is a directory bucket of S3 Express.
pub(super) fn is_directory_bucket(bucket: &str) -> bool {
    bucket.ends_with("--x-s3")
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: &str = "arn:aws:s3:us-west-2:123456789012:accesspoint/mine";
    const OUTPOST: &str = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/mine";

    #[test]
    fn paths_are_split() {
        for (path, bucket, key) in [
            ("s3://b/k/l", "b", "k/l"),
            ("s3://b", "b", ""),
            ("s3://b/", "b", ""),
            ("b//k", "b", "/k"),
            ("", "", ""),
            ("s3://", "", ""),
            (POINT, POINT, ""),
            (&format!("s3://{POINT}/k:l/m"), POINT, "k:l/m"),
            (&format!("s3://{OUTPOST}/k"), OUTPOST, "k"),
        ] {
            assert_eq!(split(path).expect(path), (bucket, key), "{path}");
        }
        for path in [
            "s3://arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/x/k",
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/bucket/b",
        ] {
            assert!(split(path).is_err(), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(path in ".{0,80}", tail in "[:/a-z0-9]{0,40}") {
            let _ = split(&path);
            let _ = split(&format!("{POINT}{tail}"));
            let _ = split(&format!("{OUTPOST}{tail}"));
        }
    }
}
