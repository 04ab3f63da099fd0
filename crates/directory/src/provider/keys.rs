//! The keys of a provider, as it publishes them (RFC 7517), and the check of a signature by one of them.

use aws_lc_rs::signature::{RsaPublicKeyComponents, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::algorithm::{Algorithm, Check};
use super::misfit::Misfit;

/// The most keys of a provider.
const MOST: usize = 100;

/// A provider's keys for signatures.
#[derive(Clone, Debug, Default)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    /// The one algorithm it is for, if it says so.
    algorithm: Option<Algorithm>,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl KeySet {
    /// Reads a set. Keys for something else, and of kinds unknown here, are passed over.
    ///
    /// # Errors
    /// It is no set of keys, or has too many; in words for an operator.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let set: Value = serde_json::from_slice(body).map_err(|error| format!("its keys are no JSON: {error}"))?;
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or("its keys are no set: `keys` is no list")?;
        if keys.len() > MOST {
            return Err(format!("it has {} keys: at most {MOST} are read", keys.len()));
        }
        Ok(Self(keys.iter().filter_map(Key::parse).collect()))
    }

    /// Whether a key of that name is among them; without a name, whether there is any.
    pub(super) fn has(&self, id: Option<&str>) -> bool {
        self.0.iter().any(|key| id.is_none() || key.id.as_deref() == id)
    }

    /// Checks a signature: by the key of that name, or without a name by the only one that fits the algorithm.
    pub(super) fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), Misfit> {
        let named = |key: &&Key| id.is_none() || key.id.as_deref() == id;
        let mut fitting = self.0.iter().filter(named).filter(|key| key.fits(algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) if key.verifies(algorithm, signed, signature) => Ok(()),
            (Some(_), None) => Err(Misfit::Signature),
            _ => Err(Misfit::Key),
        }
    }
}

impl Key {
    fn parse(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        if let Some(operations) = key.get("key_ops") {
            let operations = operations.as_array()?;
            if !operations.iter().any(|operation| operation == "verify") {
                return None;
            }
        }
        let algorithm = match text("alg") {
            Some(name) => Some(Algorithm::parse(name)?),
            None => None,
        };
        let number = |name: &str| text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let point = |bytes: usize| {
            let (x, y) = (number("x")?, number("y")?);
            (x.len() == bytes && y.len() == bytes).then(|| [vec![4], x, y].concat())
        };
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => Material::Rsa {
                n: without_zeros(number("n")?),
                e: without_zeros(number("e")?),
            },
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(number("x").filter(|key| key.len() == 32)?),
            _ => return None,
        };
        Some(Self {
            id: text("kid").map(str::to_owned),
            algorithm,
            material,
        })
    }

    /// Whether a signature by this algorithm can be one by this key.
    fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        let kind = match &self.material {
            Material::Rsa { .. } => matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512),
            Material::P256(_) => algorithm == Es256,
            Material::P384(_) => algorithm == Es384,
            Material::Ed25519(_) => algorithm == EdDsa,
        };
        kind && self.algorithm.is_none_or(|only| only == algorithm)
    }

    fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let verified = match (&self.material, algorithm.check()) {
            (Material::Rsa { n, e }, Check::Rsa(parameters)) => {
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature)
            }
            (Material::P256(key) | Material::P384(key) | Material::Ed25519(key), Check::Other(check)) => {
                UnparsedPublicKey::new(check, key).verify(signed, signature)
            }
            _ => return false,
        };
        verified.is_ok()
    }
}

/// Some providers write a zero before a number whose first bit is set.
fn without_zeros(mut number: Vec<u8>) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.drain(..zeros);
    number
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
    };
    use serde_json::json;

    use super::*;

    const TEXT: &[u8] = b"header.payload";

    fn encoded(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn set(keys: Value) -> KeySet {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).expect("a set")
    }

    fn elliptic(algorithm: &'static EcdsaSigningAlgorithm, curve: &str) -> (Value, Vec<u8>) {
        let pair = EcdsaKeyPair::generate(algorithm).expect("a key");
        let signature = pair.sign(&SystemRandom::new(), TEXT).expect("a signature");
        let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
        let key = json!({ "kty": "EC", "crv": curve, "x": encoded(x), "y": encoded(y), "kid": curve });
        (key, signature.as_ref().to_vec())
    }

    fn rsa() -> (Value, RsaKeyPair) {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let n = pair.public_key().modulus().big_endian_without_leading_zero();
        let e = pair.public_key().exponent().big_endian_without_leading_zero();
        let key = json!({ "kty": "RSA", "n": encoded(n), "e": encoded(e), "kid": "rsa" });
        (key, pair)
    }

    fn rsa_signature(pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding) -> Vec<u8> {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), TEXT, &mut signature)
            .expect("a signature");
        signature
    }

    #[test]
    fn each_kind_of_key_checks_its_own_signatures_and_no_others() {
        let (p256, by_p256) = elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256");
        let (p384, by_p384) = elliptic(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384");
        let edwards = Ed25519KeyPair::generate().expect("a key");
        let x = encoded(edwards.public_key().as_ref());
        let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "ed" });
        let (rsa, pair) = rsa();
        let keys = set(json!([p256, p384, ed25519, rsa]));
        let good = [
            ("P-256", Algorithm::Es256, by_p256),
            ("P-384", Algorithm::Es384, by_p384),
            ("ed", Algorithm::EdDsa, edwards.sign(TEXT).as_ref().to_vec()),
            ("rsa", Algorithm::Rs256, rsa_signature(&pair, &RSA_PKCS1_SHA256)),
            ("rsa", Algorithm::Rs512, rsa_signature(&pair, &RSA_PKCS1_SHA512)),
            ("rsa", Algorithm::Ps256, rsa_signature(&pair, &RSA_PSS_SHA256)),
        ];
        for (id, algorithm, signature) in &good {
            assert_eq!(keys.verify(Some(id), *algorithm, TEXT, signature), Ok(()), "{id}");
            assert_eq!(
                keys.verify(Some(id), *algorithm, b"header.other", signature),
                Err(Misfit::Signature)
            );
            assert_eq!(
                keys.verify(Some(id), *algorithm, TEXT, &signature[1..]),
                Err(Misfit::Signature)
            );
            for (other, ..) in good.iter().filter(|(other, ..)| other != id) {
                assert_eq!(
                    keys.verify(Some(other), *algorithm, TEXT, signature),
                    Err(Misfit::Key),
                    "{id} is not {other}"
                );
            }
        }
        // One algorithm's signature is none of another's.
        let (_, _, signature) = &good[3];
        assert_eq!(
            keys.verify(Some("rsa"), Algorithm::Ps256, TEXT, signature),
            Err(Misfit::Signature)
        );
    }

    #[test]
    fn without_a_name_the_only_fitting_key_counts() {
        let (one, signature) = elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256");
        let (other, _) = elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256");
        let (rsa, _) = rsa();
        let check = |keys: &KeySet| keys.verify(None, Algorithm::Es256, TEXT, &signature);
        assert_eq!(check(&set(json!([one, rsa]))), Ok(()));
        assert_eq!(check(&set(json!([one, other]))), Err(Misfit::Key));
        assert_eq!(check(&set(json!([rsa]))), Err(Misfit::Key));
    }

    #[test]
    fn a_key_for_something_else_is_passed_over() {
        let (good, signature) = elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256");
        let with = |name: &str, value: Value| {
            let mut key = good.clone();
            key[name] = value;
            set(json!([key])).verify(Some("P-256"), Algorithm::Es256, TEXT, &signature)
        };
        assert_eq!(with("use", json!("sig")), Ok(()));
        assert_eq!(with("alg", json!("ES256")), Ok(()));
        assert_eq!(with("key_ops", json!(["verify"])), Ok(()));
        for (name, value) in [
            ("use", json!("enc")),
            ("alg", json!("RS256")),
            ("alg", json!("HS256")),
            ("key_ops", json!(["encrypt"])),
            ("key_ops", json!("verify")),
            ("kty", json!("oct")),
            ("crv", json!("P-384")),
            ("x", json!("AAAA")),
            ("y", json!("no base64!")),
            ("kid", json!("other")),
        ] {
            assert_eq!(with(name, value.clone()), Err(Misfit::Key), "{name} {value}");
        }
    }

    #[test]
    fn a_short_key_checks_nothing_and_a_leading_zero_does_not_hurt() {
        let (mut key, pair) = rsa();
        let signature = rsa_signature(&pair, &RSA_PKCS1_SHA256);
        let verify = |key: &Value| set(json!([key])).verify(None, Algorithm::Rs256, TEXT, &signature);
        let n = URL_SAFE_NO_PAD
            .decode(key["n"].as_str().expect("a text"))
            .expect("a number");
        key["n"] = json!(encoded(&[vec![0], n.clone()].concat()));
        assert_eq!(verify(&key), Ok(()));
        key["n"] = json!(encoded(&n[..128]));
        assert_eq!(verify(&key), Err(Misfit::Signature));
    }

    #[test]
    fn what_is_no_set_of_keys_says_so() {
        assert!(KeySet::parse(b"<html>").is_err());
        assert!(KeySet::parse(b"{}").is_err());
        let many = vec![json!({}); MOST + 1];
        assert!(KeySet::parse(json!({ "keys": many }).to_string().as_bytes()).is_err());
        assert!(!set(json!([])).has(None));
    }
}
