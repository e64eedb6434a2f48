//! Copies from another region: EC2 and RDS (with Neptune and DocumentDB, which share its API) want a presigned URL
//! of the same request in the region that is copied from.

use aws_model::{Operation, Service};
use percent_encoding::percent_decode_str;

use crate::credentials::CredentialsError;
use crate::encoding::form_encode;
use crate::outgoing::Outgoing;
use crate::sign::{Scheme, Signer};

/// How long such a URL is good, in seconds.
const SECONDS: u32 = 3600;

/// Whose habit a request follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// The URL is `PresignedUrl`; both regions are sent.
    Ec2,
    /// The URL is `PreSignedUrl`; the source's region is not sent, and without one nothing is done.
    Rds,
}

/// The habit of an operation, if it copies between regions.
pub(crate) fn habit(service: &Service, operation: &Operation) -> Option<Habit> {
    match (service.metadata().service_id.as_str(), operation.name.as_str()) {
        ("EC2", "CopySnapshot") => Some(Habit::Ec2),
        ("RDS" | "Neptune" | "DocDB", "CopyDBClusterSnapshot" | "CreateDBCluster") => Some(Habit::Rds),
        (
            "RDS",
            "CopyDBSnapshot" | "CreateDBInstanceReadReplica" | "StartDBInstanceAutomatedBackupsReplication",
        ) => Some(Habit::Rds),
        _ => None,
    }
}

/// Adds the URL to the form in the body.
pub(crate) fn add_url(
    habit: Habit,
    request: &mut Outgoing,
    signer: &Signer<'_>,
    scheme: &Scheme,
) -> Result<(), CredentialsError> {
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let mut pairs: Vec<&str> = form.split('&').collect();
    let Some(source) = pairs.iter().find_map(|pair| pair.strip_prefix("SourceRegion=")) else {
        return Ok(());
    };
    if habit == Habit::Rds {
        pairs.retain(|pair| !pair.starts_with("SourceRegion="));
    }
    let name = match habit {
        Habit::Ec2 => "PresignedUrl",
        Habit::Rds => "PreSignedUrl",
    };
    let mut body = pairs.join("&");
    let given = pairs.iter().any(|pair| pair.split('=').next() == Some(name));
    if !given {
        let source = percent_decode_str(source).decode_utf8_lossy();
        let url = url_there(request, &body, &source, signer, scheme)?;
        body.push('&');
        body.push_str(name);
        body.push('=');
        form_encode(&mut body, &url);
        if habit == Habit::Ec2 {
            body.push_str("&DestinationRegion=");
            body.push_str(&scheme.region);
        }
    }
    request.body = body.into();
    Ok(())
}

fn url_there(
    request: &Outgoing,
    form: &str,
    source: &str,
    signer: &Signer<'_>,
    scheme: &Scheme,
) -> Result<String, CredentialsError> {
    let here = scheme.region.as_str();
    let mut there = request.clone();
    there.method = "GET".to_owned();
    there.authority = there.authority.replace(here, source);
    there.headers.retain(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
    there.body = format!("{form}&DestinationRegion={here}").into();
    let scheme = Scheme { region: source.to_owned(), ..scheme.clone() };
    signer.presign(&mut there, &scheme, SECONDS)?;
    Ok(there.url())
}
