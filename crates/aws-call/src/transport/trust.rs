//! Whom TLS believes when the other side shows its certificate.
//!
//! Invariant: only [`Trust::Anyone`] skips a check, and nothing but a terminal's `--no-verify-ssl` asks for it.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// The certificate authorities that count.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// Those that Mozilla trusts.
    #[default]
    Mozilla,
    /// Those of this bundle, in PEM, and no others.
    Bundle(Vec<u8>),
    /// Whoever answers: nothing is checked.
    Anyone,
}

/// TLS as that trust has it; `None` for the authorities that are built in.
pub(super) fn config(trust: &Trust) -> Result<Option<ClientConfig>, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    match trust {
        Trust::Mozilla => Ok(None),
        Trust::Bundle(pem) => {
            Ok(Some(builder.with_root_certificates(authorities(pem)?).with_no_client_auth()))
        }
        Trust::Anyone => {
            let verifier = Arc::new(Unchecked(provider));
            let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
            Ok(Some(builder.with_no_client_auth()))
        }
    }
}

/// The certificates of a bundle; those that are no authority's are passed over, as OpenSSL does.
fn authorities(pem: &[u8]) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    let certificates: Vec<CertificateDer<'_>> =
        CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect();
    let (taken, _) = store.add_parsable_certificates(certificates);
    match taken {
        0 => Err(Error::General("the bundle of certificate authorities holds no certificate".to_owned())),
        _ => Ok(store),
    }
}

/// Believes any certificate. The handshake's own signature is still held against it.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _between: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_needs_a_certificate() {
        for pem in
            [&b""[..], b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            assert!(config(&Trust::Bundle(pem.to_vec())).is_err());
        }
    }

    #[test]
    fn the_built_in_authorities_need_no_other_configuration() {
        assert!(matches!(config(&Trust::Mozilla), Ok(None)));
        assert!(matches!(config(&Trust::Anyone), Ok(Some(_))));
    }
}
