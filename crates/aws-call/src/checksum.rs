//! Checksums of bodies: which one a request wants, what it comes to, and whether an answer's agrees.
//!
//! As in the AWS CLI: an operation that takes a checksum gets CRC64NVME unless its caller chooses another algorithm
//! or brings a checksum of their own. Absent on purpose: MD5 (no operation needs it any more) and the xxHash family.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use aws_model::{Operation, Service, ShapeKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use value::{Map, Value};

use crate::message::RequestParts;

/// Bytes of a body that go into one chunk of an `aws-chunked` one.
const CHUNK: usize = 1024 * 1024;

/// A checksum algorithm that AWS's headers name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `CRC64NVME`
    Crc64Nvme,
    /// `CRC32C`
    Crc32c,
    /// `CRC32`
    Crc32,
    /// `SHA1`
    Sha1,
    /// `SHA256`
    Sha256,
    /// `SHA512`
    Sha512,
}

/// All algorithms, the one that is checked first in an answer at the front.
const ALL: [Algorithm; 6] = [
    Algorithm::Crc64Nvme,
    Algorithm::Crc32c,
    Algorithm::Crc32,
    Algorithm::Sha1,
    Algorithm::Sha256,
    Algorithm::Sha512,
];

impl Algorithm {
    /// Its name in parameters, `CRC32`.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Crc64Nvme => "CRC64NVME",
            Algorithm::Crc32c => "CRC32C",
            Algorithm::Crc32 => "CRC32",
            Algorithm::Sha1 => "SHA1",
            Algorithm::Sha256 => "SHA256",
            Algorithm::Sha512 => "SHA512",
        }
    }

    /// The algorithm of that name, in any case.
    pub fn named(name: &str) -> Option<Algorithm> {
        ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The header that bears it, `x-amz-checksum-crc32`.
    pub fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    /// The checksum of a body, in base64.
    pub fn of(self, body: &[u8]) -> String {
        let sha = |algorithm| digest::digest(algorithm, body).as_ref().to_vec();
        STANDARD.encode(match self {
            Algorithm::Crc64Nvme => crc64_nvme(body).to_be_bytes().to_vec(),
            Algorithm::Crc32c => fold32(&CRC32C, body).to_be_bytes().to_vec(),
            Algorithm::Crc32 => crc32(body).to_be_bytes().to_vec(),
            Algorithm::Sha1 => sha(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Algorithm::Sha256 => sha(&digest::SHA256),
            Algorithm::Sha512 => sha(&digest::SHA512),
        })
    }
}

/// A checksum that a request bears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestChecksum {
    /// How it is computed.
    pub algorithm: Algorithm,
    /// Where it stands.
    pub place: Place,
    /// The header that names the algorithm, where the caller did not choose it.
    pub announced_in: Option<String>,
}

/// Where a request's checksum stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a header.
    Header,
    /// After the body, which is sent `aws-chunked` and unsigned.
    Trailer,
}

/// When checksums are sent (`request_checksum_calculation`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChecksumPolicy {
    /// Wherever the operation supports it.
    #[default]
    WhenSupported,
    /// Only where the operation requires it.
    WhenRequired,
}

/// Decides which checksum a request bears. `https` tells whether the endpoint is encrypted: only there a streamed
/// body bears a trailer.
pub fn resolve(
    service: &Service,
    operation: &Operation,
    params: &Map,
    parts: &RequestParts,
    policy: ChecksumPolicy,
    https: bool,
) -> Option<RequestChecksum> {
    if parts.headers.iter().any(|(name, _)| is_checksum_header(name)) {
        return None;
    }
    let traits = operation.checksum.as_ref();
    let required = operation.checksum_required || traits.is_some_and(|traits| traits.request_required);
    let member = traits.and_then(|traits| traits.request_algorithm_member.as_ref());
    let input = operation.input.map(|id| service.shape(id));
    let place = match https && input.is_some_and(|input| has_streaming_payload(service, input)) {
        true => Place::Trailer,
        false => Place::Header,
    };
    if let Some(chosen) = member.and_then(|member| params.get(member)) {
        let algorithm = Algorithm::named(chosen.as_text()?)?;
        return Some(RequestChecksum { algorithm, place, announced_in: None });
    }
    if !required && (member.is_none() || policy == ChecksumPolicy::WhenRequired) {
        return None;
    }
    let header = member.and_then(|member| input?.member(member)?.wire_name.as_ref());
    let announced_in = header.map(ToString::to_string);
    Some(RequestChecksum { algorithm: Algorithm::Crc64Nvme, place, announced_in })
}

/// Adds the checksum to the request: a header, or a trailer with the body chunked before it.
pub fn apply(parts: &mut RequestParts, checksum: Option<RequestChecksum>) {
    let Some(checksum) = checksum else { return };
    let (name, sum) = (checksum.algorithm.header(), checksum.algorithm.of(&parts.body));
    match checksum.place {
        Place::Header => parts.set_header(&name, sum),
        Place::Trailer => {
            let encoding = match parts.header("Content-Encoding") {
                Some(encoding) => format!("{encoding},aws-chunked"),
                None => "aws-chunked".to_owned(),
            };
            parts.set_header("Transfer-Encoding", "chunked");
            parts.set_header("Content-Encoding", encoding);
            parts.set_header("X-Amz-Trailer", name.as_str());
            parts.set_header("X-Amz-Decoded-Content-Length", parts.body.len().to_string());
            parts.body = chunked(&parts.body, &name, &sum);
        }
    }
    if let Some(header) = checksum.announced_in {
        parts.set_header(&header, checksum.algorithm.name());
    }
}

/// An answer's checksum does not fit its body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected checksum {expected} did not match calculated checksum: {found}")]
pub struct ChecksumMismatch {
    /// What the answer says.
    pub expected: String,
    /// What its body comes to.
    pub found: String,
}

/// Checks a body against the checksum that its caller asked for (S3's `ChecksumMode`) and the answer bears. Without one,
/// or with one of a multipart upload's parts, there is nothing to check.
pub fn verify(
    operation: &Operation,
    params: &Map,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), ChecksumMismatch> {
    let Some(traits) = &operation.checksum else { return Ok(()) };
    let asked = traits.request_validation_mode_member.as_ref().and_then(|member| params.get(member));
    if asked.is_none_or(Value::is_null) {
        return Ok(());
    }
    let offered = |algorithm: &Algorithm| {
        traits.response_algorithms.iter().any(|name| name.eq_ignore_ascii_case(algorithm.name()))
    };
    for algorithm in ALL.into_iter().filter(offered) {
        let header = headers.get(algorithm.header()).and_then(|value| value.to_str().ok());
        let Some(expected) = header.filter(|value| !value.contains('-')) else { continue };
        let found = algorithm.of(body);
        return match found == expected {
            true => Ok(()),
            false => Err(ChecksumMismatch { expected: expected.to_owned(), found }),
        };
    }
    Ok(())
}

fn is_checksum_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.strip_prefix("x-amz-checksum-")
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn has_streaming_payload(service: &Service, input: &aws_model::Shape) -> bool {
    let payload = input.traits.payload.as_ref().and_then(|name| input.member(name));
    payload.is_some_and(|member| matches!(service.shape(member.shape).kind, ShapeKind::Blob))
}

fn chunked(body: &[u8], name: &str, sum: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / CHUNK * 16 + 128);
    for chunk in body.chunks(CHUNK) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("0\r\n{name}:{sum}\r\n\r\n").as_bytes());
    out
}

static CRC32: LazyLock<[u32; 256]> = LazyLock::new(|| table32(0xedb8_8320));
static CRC32C: LazyLock<[u32; 256]> = LazyLock::new(|| table32(0x82f6_3b78));
static CRC64: LazyLock<[[u64; 256]; 8]> = LazyLock::new(table64);

fn table32(polynomial: u32) -> [u32; 256] {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ polynomial } else { sum >> 1 };
    std::array::from_fn(|byte| (0..8).fold(byte as u32, |sum, _| step(sum)))
}

/// Eight tables, so that eight bytes are folded at once.
fn table64() -> [[u64; 256]; 8] {
    const POLYNOMIAL: u64 = 0x9a6c_9329_ac4b_c9b5;
    let step = |sum: u64| if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 };
    let mut tables = [[0; 256]; 8];
    tables[0] = std::array::from_fn(|byte| (0..8).fold(byte as u64, |sum, _| step(sum)));
    for level in 1..8 {
        for byte in 0..256 {
            let below = tables[level - 1][byte];
            tables[level][byte] = below >> 8 ^ tables[0][(below & 0xff) as usize];
        }
    }
    tables
}

/// CRC-32 as in zip files.
pub fn crc32(bytes: &[u8]) -> u32 {
    fold32(&CRC32, bytes)
}

fn fold32(table: &[u32; 256], bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| sum >> 8 ^ table[(sum as u8 ^ byte) as usize])
}

fn crc64_nvme(bytes: &[u8]) -> u64 {
    let tables = &*CRC64;
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(!0, |sum: u64, word| {
        let mixed = (sum ^ u64::from_le_bytes(*word)).to_le_bytes();
        mixed.iter().enumerate().fold(0, |out, (at, byte)| out ^ tables[7 - at][usize::from(*byte)])
    });
    !rest.iter().fold(sum, |sum, byte| sum >> 8 ^ tables[0][usize::from(sum as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_catalogue() {
        for (algorithm, expected) in [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ] {
            assert_eq!(algorithm.of(b"123456789"), expected, "{algorithm:?}");
        }
        let tagging = "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
        assert_eq!(Algorithm::Crc64Nvme.of(tagging.as_bytes()), "2lbKwPvJAPI=");
        assert_eq!(Algorithm::Crc64Nvme.of(b""), "AAAAAAAAAAA=");
    }

    #[test]
    fn a_trailer_follows_the_chunks() {
        let mut parts = RequestParts { body: b"hello".to_vec(), ..RequestParts::default() };
        let checksum = RequestChecksum {
            algorithm: Algorithm::Crc32,
            place: Place::Trailer,
            announced_in: Some("x-a".to_owned()),
        };
        apply(&mut parts, Some(checksum));
        assert_eq!(parts.body, b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
        assert_eq!(parts.header("x-amz-trailer"), Some("x-amz-checksum-crc32"));
        assert_eq!(parts.header("x-amz-decoded-content-length"), Some("5"));
        assert_eq!(parts.header("x-a"), Some("CRC32"));
    }
}
