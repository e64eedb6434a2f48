//! The options of `cp`, `mv`, `rm` and `sync`.

use crate::commands::options::{Opt, Spec, Takes, Word, one, switch};
use crate::commands::s3::list::{PAGE_SIZE, RECURSIVE, REQUEST_PAYER};

const TWO_PATHS: &[Word] = &[
    Word { name: "paths", shown: "<LocalPath or S3Uri>", required: true },
    Word { name: "paths", shown: "<LocalPath or S3Uri>", required: true },
];

const DRYRUN: Opt = switch("dryrun", "Say what would be done, and do nothing.");
const QUIET: Opt = switch("quiet", "Say nothing.");
const INCLUDE: Opt = one("include", "Do not leave out what matches this pattern. Later patterns win.");
const EXCLUDE: Opt = one("exclude", "Leave out what matches this pattern.");
const ONLY_ERRORS: Opt = switch("only-show-errors", "Say nothing but errors and warnings.");
const AES: &[&str] = &["AES256"];

/// What all of `cp`, `mv` and `sync` take.
const TRANSFER: &[Opt] = &[
    DRYRUN,
    QUIET,
    INCLUDE,
    EXCLUDE,
    one("acl", "The canned ACL of the new object.").of(&[
        "private",
        "public-read",
        "public-read-write",
        "authenticated-read",
        "aws-exec-read",
        "bucket-owner-read",
        "bucket-owner-full-control",
        "log-delivery-write",
    ]),
    switch("follow-symlinks", "Upload what symbolic links lead to; this is the default."),
    switch("no-follow-symlinks", "Leave symbolic links out."),
    switch("no-guess-mime-type", "Do not guess a content type from the file's name."),
    one("sse", "Encryption by the server.").taking(Takes::OneOr("AES256")).of(&["AES256", "aws:kms"]),
    one("sse-c", "Encryption by the server with a key of one's own.").taking(Takes::OneOr("AES256")).of(AES),
    one("sse-c-key", "That key."),
    one("sse-kms-key-id", "The KMS key for --sse aws:kms."),
    one("sse-c-copy-source", "How the source of a copy is encrypted.").taking(Takes::OneOr("AES256")).of(AES),
    one("sse-c-copy-source-key", "The key of that encryption."),
    one("storage-class", "The storage class of the new object.").of(&[
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    ]),
    one("grants", "Grants, each as `permission=type=id` with read, readacl, writeacl or full.")
        .taking(Takes::Some),
    one("website-redirect", "Where requests for this object of a website are sent."),
    one("content-type", "The content type, instead of a guess."),
    one("cache-control", "The Cache-Control header."),
    one("content-disposition", "The Content-Disposition header."),
    one("content-encoding", "The Content-Encoding header."),
    one("content-language", "The Content-Language header."),
    one("expires", "When caches forget the object."),
    one("source-region", "The region of the source's bucket, if it is another one."),
    ONLY_ERRORS,
    switch("no-progress", "Do not show progress."),
    one("progress-frequency", "Seconds between two lines of progress.").taking(Takes::Number),
    switch("progress-multiline", "Each line of progress on a line of its own."),
    PAGE_SIZE,
    switch("ignore-glacier-warnings", "Say nothing about archived objects that are left out."),
    switch("force-glacier-transfer", "Try archived objects too."),
    REQUEST_PAYER,
    one("checksum-mode", "Hold downloads against their checksum.").of(&["ENABLED"]),
    one("checksum-algorithm", "The checksum of the new object.").of(&[
        "CRC64NVME",
        "CRC32",
        "SHA256",
        "SHA1",
        "CRC32C",
        "SHA512",
        "XXHASH64",
        "XXHASH3",
        "XXHASH128",
    ]),
    one("metadata", "Metadata of the new object, as `key=value,key=value` or JSON."),
    one("copy-props", "What a copy takes over from its source.").of(&[
        "none",
        "metadata-directive",
        "default",
        "all",
    ]),
    one("metadata-directive", "The directive of a copy about metadata.").of(&["COPY", "REPLACE"]),
    one("case-conflict", "What becomes of downloads whose names differ by case only.")
        .of(&["ignore", "skip", "warn", "error"]),
    switch("no-overwrite", "Leave what is there as it is."),
];

/// `s3 cp`
pub(super) static CP: Spec = Spec {
    about: "Copies an object or a file, or with --recursive all under a prefix or folder. `-` is standard input or \
            output.",
    words: TWO_PATHS,
    options: &[
        TRANSFER,
        &[
            one("expected-size", "The size of a stream beyond 50 GB, in bytes.").taking(Takes::Number),
            RECURSIVE,
        ],
    ],
};

/// `s3 mv`
pub(super) static MV: Spec = Spec {
    about: "Moves an object or a file, or with --recursive all under a prefix or folder.",
    words: TWO_PATHS,
    options: &[
        TRANSFER,
        &[
            RECURSIVE,
            switch("validate-same-s3-paths", "Make sure that both access points lead to different objects."),
        ],
    ],
};

/// `s3 sync`
pub(super) static SYNC: Spec = Spec {
    about: "Copies what is new or has changed under a prefix or folder.",
    words: TWO_PATHS,
    options: &[
        TRANSFER,
        &[
            switch("size-only", "Only a different size makes a difference."),
            switch("exact-timestamps", "When downloading, any other time makes a difference."),
            switch("delete", "Delete what the source does not have."),
        ],
    ],
};

/// `s3 rm`
pub(super) static RM: Spec = Spec {
    about: "Deletes an object, or with --recursive all under a prefix.",
    words: &[Word { name: "paths", shown: "<S3Uri>", required: true }],
    options: &[&[DRYRUN, QUIET, RECURSIVE, REQUEST_PAYER, INCLUDE, EXCLUDE, ONLY_ERRORS, PAGE_SIZE]],
};
