//! The certificate that the server shows: read from files, and read again when they change, without a restart.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use directory::{Clock, SystemClock, Timestamp};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::user;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// From so long before its end on, the log speaks of a certificate, and how often it does, in seconds.
const ENDS_SOON_SECONDS: i64 = 7 * 86_400;
const REMIND_SECONDS: i64 = 86_400;

/// Where certificate and key lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// A certificate with its chain and key, read and found good.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    key: Arc<CertifiedKey>,
    /// Until when it counts.
    pub(crate) ends: Timestamp,
}

impl TlsFiles {
    /// Reads both, and looks whether they are what they should be.
    pub(crate) fn read(&self, now: Timestamp) -> Result<Loaded> {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        let unreadable = |setting: &str, path: &PathBuf| {
            format!(
                "{setting}: cannot read {} as {}, the user this process runs as",
                path.display(),
                user::name()
            )
        };
        let chain =
            std::fs::read(&self.certificate).with_context(|| unreadable("tls.certificate_file", &self.certificate))?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain)
            .collect::<Result<_, _>>()
            .map_err(|_| anyhow!("tls.certificate_file: {certificate} is no PEM"))?;
        let Some(own) = chain.first() else {
            bail!(
                "tls.certificate_file: {certificate} holds no certificate in PEM; it takes the server's own, followed by those of its authorities"
            );
        };
        let (begins, ends) = span(own).map_err(|error| anyhow!("tls.certificate_file: {certificate}: {error}"))?;
        let secret = std::fs::read(&self.key).with_context(|| unreadable("tls.key_file", &self.key))?;
        let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(|error| match error {
            pem::Error::NoItemsFound => {
                anyhow!("tls.key_file: {key} holds no private key in PEM without a password; take the one that the certificate was asked for with")
            }
            _ => anyhow!("tls.key_file: {key} is no PEM"),
        })?;
        let loaded = CertifiedKey::from_der(chain, secret, &aws_lc_rs::default_provider());
        let loaded = loaded.map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                anyhow!("tls.key_file: {key} is not the key of the certificate in {certificate}; take the one that the certificate was asked for with")
            }
            other => anyhow!("tls.key_file: {key}: {other}"),
        })?;
        if ends <= now {
            bail!("tls.certificate_file: the certificate in {certificate} ended at {ends}; renew it");
        }
        if begins > now {
            bail!(
                "tls.certificate_file: the certificate in {certificate} begins at {begins} only; see whether this machine's clock is right"
            );
        }
        Ok(Loaded {
            key: Arc::new(loaded),
            ends,
        })
    }

    /// By what a change of the files is seen. Links are followed.
    async fn stamp(&self) -> Stamp {
        let of = async |path: &PathBuf| {
            let file = tokio::fs::metadata(path).await.ok()?;
            Some((file.modified().ok()?, file.len()))
        };
        [of(&self.certificate).await, of(&self.key).await]
    }
}

/// When each of the two files was written, and how long it is.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// A change that could not be taken up.
struct Refused {
    stamp: Stamp,
    /// Whether the log says so.
    said: bool,
}

/// From when until when a certificate counts.
fn span(certificate: &CertificateDer<'_>) -> Result<(Timestamp, Timestamp)> {
    let certificate =
        Certificate::from_der(certificate).map_err(|_| anyhow!("its first certificate cannot be read"))?;
    let validity = certificate.tbs_certificate.validity;
    let instant = |time: x509_cert::time::Time| Timestamp::from_millis(time.to_unix_duration().as_millis() as i64);
    Ok((instant(validity.not_before), instant(validity.not_after)))
}

/// The certificate in use. Every handshake takes the one of its moment.
pub(crate) struct Certificates {
    files: TlsFiles,
    current: RwLock<Loaded>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current().key))
    }
}

impl Certificates {
    /// Reads the files for the first time.
    pub(crate) fn open(files: TlsFiles) -> Result<Arc<Self>> {
        let current = RwLock::new(files.read(SystemClock.now())?);
        Ok(Arc::new(Self { files, current }))
    }

    /// What a listener shakes hands with: HTTP/2 or HTTP/1.1, as the other side likes.
    pub(crate) fn config(self: &Arc<Self>) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    fn current(&self) -> Loaded {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Until when the certificate in use counts.
    pub(crate) fn ends(&self) -> Timestamp {
        self.current().ends
    }

    /// Takes up what the files hold. What is wrong with them leaves the certificate in use where it is.
    fn reload(&self) -> Result<()> {
        let fresh = self.files.read(SystemClock.now())?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.key.cert != fresh.key.cert {
            tracing::info!("the certificate was exchanged; the new one ends at {}", fresh.ends);
        }
        *current = fresh;
        Ok(())
    }

    /// Follows the files until `stop`: looks at them every second, and at once when the process is told to (SIGHUP).
    pub(crate) async fn follow(self: Arc<Self>, hangup: Arc<Notify>, stop: CancellationToken) {
        let mut taken = None;
        // Who writes two files one after the other gets a second for it.
        let mut refused: Option<Refused> = None;
        let mut reminded = Timestamp::from_millis(0);
        loop {
            let told = tokio::select! {
                () = stop.cancelled() => return,
                () = hangup.notified() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            self.remind(&mut reminded);
            let found = self.files.stamp().await;
            let same = refused.as_ref().filter(|refused| refused.stamp == found);
            let seen_before = same.is_some();
            if !told && (taken == Some(found) || same.is_some_and(|refused| refused.said)) {
                continue;
            }
            let this = Arc::clone(&self);
            let reloaded = tokio::task::spawn_blocking(move || this.reload()).await;
            match reloaded.unwrap_or_else(|error| Err(error.into())) {
                Ok(()) => (taken, refused) = (Some(found), None),
                Err(error) => {
                    let said = told || seen_before;
                    if said {
                        tracing::warn!("the certificate stays as it was: {error:#}");
                    }
                    refused = Some(Refused { stamp: found, said });
                }
            }
        }
    }

    fn remind(&self, last: &mut Timestamp) {
        let now = SystemClock.now();
        let ends = self.ends();
        if now.plus_seconds(ENDS_SOON_SECONDS) >= ends && last.plus_seconds(REMIND_SECONDS) <= now {
            tracing::warn!(
                "the certificate in {} ends at {ends}: renew it",
                self.files.certificate.display()
            );
            *last = now;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use std::path::Path;

    use super::*;

    fn write(folder: &Path, certificate: &str, key: &str) -> TlsFiles {
        let files = TlsFiles {
            certificate: folder.join("chain.pem"),
            key: folder.join("key.pem"),
        };
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        files
    }

    fn made() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn what_is_wrong_with_the_files_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = made();
        let (_, other_key) = made();
        let now = SystemClock.now();
        let files = write(folder.path(), &certificate, &key);
        let ends = files.read(now).unwrap().ends;
        for (certificate, key, now, said) in [
            ("", key.as_str(), now, "holds no certificate in PEM"),
            (&key, &key, now, "holds no certificate in PEM"),
            (&certificate, "", now, "holds no private key in PEM"),
            (&certificate, &certificate, now, "holds no private key in PEM"),
            (&certificate, &other_key, now, "is not the key of the certificate"),
            (&certificate, &key, ends, "renew it"),
            (&certificate, &key, Timestamp::from_millis(0), "clock"),
        ] {
            let error = write(folder.path(), certificate, key).read(now).unwrap_err();
            assert!(format!("{error:#}").contains(said), "{error:#}");
        }
        std::fs::remove_file(&files.key).unwrap();
        write(folder.path(), &certificate, &key);
        std::fs::remove_file(&files.certificate).unwrap();
        let error = format!("{:#}", files.read(now).unwrap_err());
        assert!(error.starts_with("tls.certificate_file: cannot read"), "{error}");
    }

    #[test]
    fn a_bad_exchange_leaves_the_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = made();
        let certificates = Certificates::open(write(folder.path(), &certificate, &key)).unwrap();
        let first = certificates.current().key;
        let (fresh, fresh_key) = made();
        write(folder.path(), &fresh, &key);
        assert!(certificates.reload().is_err());
        assert_eq!(certificates.current().key.cert, first.cert);
        write(folder.path(), &fresh, &fresh_key);
        certificates.reload().unwrap();
        assert_ne!(certificates.current().key.cert, first.cert);
    }
}
