//! Encryption of connections to the server, with libpq's words for it.
//!
//! `sslmode=prefer` (the default) and `require` encrypt without looking at the certificate, as libpq does; with
//! `sslrootcert` they look. `verify-ca` and `verify-full` both check the chain and the name. `sslrootcert=system` means
//! the machine's list of authorities.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Error;

/// Where distributions keep their list of authorities.
const SYSTEM: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Whose certificates count.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trust {
    Anyone,
    Authorities(String),
}

/// Takes out of the URL what the driver does not know.
pub(super) fn take_settings(url: &str) -> Result<(String, Trust), Error> {
    let is_url = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let (head, settings, separator) = match url.split_once('?') {
        Some((head, settings)) if is_url => (format!("{head}?"), settings, '&'),
        _ if is_url => return Ok((url.to_owned(), Trust::Anyone)),
        _ => (String::new(), url, ' '),
    };
    let (mut kept, mut verify, mut authorities) = (Vec::new(), false, None);
    for setting in settings.split(separator) {
        match setting.split_once('=') {
            Some(("sslmode", "verify-ca" | "verify-full")) => {
                verify = true;
                kept.push("sslmode=require");
            }
            Some(("sslrootcert", path)) => {
                authorities = Some(path.trim_matches('\'').replace("%2F", "/").replace("%2f", "/"));
            }
            _ => kept.push(setting),
        }
    }
    let trust = match authorities {
        Some(path) => Trust::Authorities(path),
        None if verify => {
            let why = "sslmode=verify-full needs sslrootcert, the file of the authority or the word system";
            return Err(Error::Configuration { why: why.into() });
        }
        None => Trust::Anyone,
    };
    Ok((format!("{head}{}", kept.join(&separator.to_string())), trust))
}

pub(super) fn connector(trust: &Trust) -> Result<MakeRustlsConnect, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| Error::Configuration { why: error.to_string() })?;
    let config = match trust {
        Trust::Anyone => {
            let verifier = Arc::new(AnyCertificate { provider });
            builder
                .dangerous()
                .with_custom_certificate_verifier(verifier)
                .with_no_client_auth()
        }
        Trust::Authorities(path) => builder.with_root_certificates(authorities(path)?).with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn authorities(path: &str) -> Result<RootCertStore, Error> {
    let path = match path {
        "system" => SYSTEM
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .unwrap_or(SYSTEM[0]),
        path => path,
    };
    let unreadable = |error: &dyn std::fmt::Display| Error::Configuration {
        why: format!("sslrootcert {path}: {error}"),
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
        store
            .add(certificate.map_err(|error| unreadable(&error))?)
            .map_err(|error| unreadable(&error))?;
    }
    if store.is_empty() {
        return Err(unreadable(&"no certificate in it"));
    }
    Ok(store)
}

/// Takes any certificate, as libpq does unless it is told to verify. Who can answer in the server's place can read along.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Trust, take_settings};

    #[test]
    fn what_the_driver_does_not_know_is_taken_out() {
        let (url, trust) =
            take_settings("postgres://h/db?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&connect_timeout=3")
                .expect("libpq would read it");
        assert_eq!(url, "postgres://h/db?sslmode=require&connect_timeout=3");
        assert_eq!(trust, Trust::Authorities("/etc/ca.pem".into()));
        let (text, trust) = take_settings("host=h sslrootcert=/ca.pem sslmode=require").expect("libpq would read it");
        assert_eq!(text, "host=h sslmode=require");
        assert_eq!(trust, Trust::Authorities("/ca.pem".into()));
        assert_eq!(
            take_settings("postgres://h/db").expect("libpq would read it"),
            ("postgres://h/db".into(), Trust::Anyone)
        );
    }

    #[test]
    fn verifying_needs_an_authority() {
        assert!(take_settings("postgres://h/db?sslmode=verify-full").is_err());
    }
}
