//! An OpenID provider in this process: it signs tokens, rotates its keys, and may be away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::Clock as _;
use directory::provider::{Ask, Fetch, Fetching, NotFetched};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::app::TestApp;
use crate::clock::TestClock;

/// What its keys are made of.
const SEED: [u8; 32] = [7; 32];

/// The providers that one Usher can reach. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Providers(Arc<Mutex<BTreeMap<String, TestProvider>>>);

/// An OpenID provider. It signs with Ed25519 alone. Clones are one.
#[derive(Clone, Debug)]
pub struct TestProvider {
    issuer: String,
    audience: String,
    clock: TestClock,
    state: Arc<Mutex<State>>,
    goes_on: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    /// How often its keys were made anew.
    rotated: u8,
    away: bool,
    /// Whether answers wait for [`TestProvider::answers`].
    held: bool,
    /// The addresses it was asked for.
    asked: Vec<String>,
    /// What it answers to each code.
    codes: BTreeMap<String, Value>,
    /// What it says of whoever signed in.
    userinfo: Option<Value>,
    /// What was posted to it, with the header Authorization.
    posted: Vec<(Option<String>, String)>,
}

impl Providers {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, TestProvider>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetch for Providers {
    fn ask<'a>(&'a self, ask: Ask<'a>) -> Fetching<'a> {
        let url = ask.url;
        let at = |provider: &&TestProvider| {
            url.strip_prefix(provider.issuer.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let provider = self.all().values().find(at).cloned();
        Box::pin(async move {
            let provider = provider.ok_or_else(|| NotFetched("nobody is there".to_owned()))?;
            loop {
                let goes_on = provider.goes_on.notified();
                if !provider.state().held {
                    break;
                }
                goes_on.await;
            }
            provider.answer(&ask)
        })
    }
}

impl TestApp {
    /// A provider that a realm trusts from now on: tokens for `urn:usher:{realm}` count there, and nobody is made by signing in.
    pub async fn provider(&self, realm: &str) -> TestProvider {
        let provider = self.unknown_provider(&format!("https://id.example/{realm}"));
        let (issuer, audience) = (provider.issuer.clone(), format!("urn:usher:{realm}"));
        self.set_realm(realm, |settings| {
            settings.oidc.issuer = Some(issuer);
            settings.oidc.audience = Some(audience.clone());
            settings.oidc.jit = Some(directory::realm::JitMode::Off);
        })
        .await;
        provider.for_audience(&audience)
    }

    /// A provider that no realm trusts.
    pub fn unknown_provider(&self, issuer: &str) -> TestProvider {
        let provider = TestProvider {
            issuer: issuer.to_owned(),
            audience: "urn:usher:default".to_owned(),
            clock: self.clock().clone(),
            state: Arc::default(),
            goes_on: Arc::default(),
        };
        self.inner.providers.all().insert(issuer.to_owned(), provider.clone());
        provider
    }
}

impl TestProvider {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The same provider, whose tokens are for somebody else.
    #[must_use]
    pub fn for_audience(mut self, audience: &str) -> Self {
        audience.clone_into(&mut self.audience);
        self
    }

    /// What a token says of whoever signed in, for five minutes from now.
    pub fn claims(&self, subject: &str) -> Value {
        let now = self.clock.now().millis() / 1000;
        json!({ "iss": self.issuer, "aud": self.audience, "sub": subject, "iat": now, "exp": now + 300 })
    }

    /// A token of somebody, which says this beside.
    pub fn token(&self, subject: &str, more: &Value) -> String {
        let mut claims = self.claims(subject);
        for (name, value) in more.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        self.signed(&claims)
    }

    /// A token of somebody whose address the provider has verified.
    pub fn token_of(&self, subject: &str, email: &str) -> String {
        self.token(subject, &json!({ "email": email, "email_verified": true }))
    }

    /// A token that says just that.
    pub fn signed(&self, claims: &Value) -> String {
        self.signed_as(&self.header(), claims)
    }

    /// The header of its tokens.
    pub fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "kid": key_id(self.state().rotated), "typ": "JWT" })
    }

    /// A token with that header, signed by the present key whatever the header says.
    pub fn signed_as(&self, header: &Value, claims: &Value) -> String {
        let pair = key(&self.issuer, self.state().rotated);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }

    /// Makes its key anew; the old one is gone.
    pub fn rotate(&self) {
        self.state().rotated += 1;
    }

    /// From now on it does not answer.
    pub fn goes_away(&self) {
        self.state().away = true;
    }

    /// From now on it answers.
    pub fn comes_back(&self) {
        self.state().away = false;
    }

    /// From now on it lets whoever asks wait.
    pub fn holds_answers(&self) {
        self.state().held = true;
    }

    /// It answers all who wait, and from now on at once.
    pub fn answers(&self) {
        self.state().held = false;
        self.goes_on.notify_waiters();
    }

    /// How often it was asked for its keys since the last look.
    pub fn asked_for_keys(&self) -> usize {
        let asked = self.asked_for();
        asked.iter().filter(|path| *path == "/jwks").count()
    }

    /// The paths below its issuer that it was asked for since the last look.
    pub fn asked_for(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.state().asked);
        let below = |url: &String| url.trim_start_matches(&self.issuer).to_owned();
        asked.iter().map(below).collect()
    }

    /// What it answers to a code, once.
    pub fn answers_code(&self, code: &str, answer: Value) {
        self.state().codes.insert(code.to_owned(), answer);
    }

    /// What it says from now on of whoever signed in.
    pub fn says(&self, userinfo: Value) {
        self.state().userinfo = Some(userinfo);
    }

    /// What was posted to it since the last look: the header Authorization, and the form.
    pub fn posted(&self) -> Vec<(Option<String>, String)> {
        std::mem::take(&mut self.state().posted)
    }

    fn answer(&self, ask: &Ask<'_>) -> Result<Vec<u8>, NotFetched> {
        let mut state = self.state();
        state.asked.push(ask.url.to_owned());
        if state.away {
            return Err(NotFetched("it does not answer".to_owned()));
        }
        let at = |path: &str| format!("{}{path}", self.issuer);
        let body = match ask.url.strip_prefix(self.issuer.as_str()) {
            Some("/.well-known/openid-configuration") => json!({
                "issuer": self.issuer,
                "jwks_uri": at("/jwks"),
                "authorization_endpoint": at("/authorize?of=all"),
                "token_endpoint": at("/token"),
                "userinfo_endpoint": at("/userinfo"),
                "end_session_endpoint": at("/end"),
                "authorization_response_iss_parameter_supported": true,
            }),
            Some("/jwks") => {
                let pair = key(&self.issuer, state.rotated);
                let x = URL_SAFE_NO_PAD.encode(pair.public_key());
                json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key_id(state.rotated), "x": x }] })
            }
            Some("/token") => {
                let form = ask.form.clone().unwrap_or_default();
                let code = url::form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == "code");
                let code = code.map(|(_, code)| code.into_owned()).unwrap_or_default();
                state.posted.push((ask.authorization.clone(), form));
                let answer = state.codes.remove(&code);
                answer.ok_or_else(|| NotFetched("the answer is 400: invalid_grant".to_owned()))?
            }
            Some("/userinfo") if ask.authorization.is_some() => {
                let userinfo = state.userinfo.clone();
                userinfo.ok_or_else(|| NotFetched("the answer is 401".to_owned()))?
            }
            _ => return Err(NotFetched("404 Not Found".to_owned())),
        };
        Ok(body.to_string().into_bytes())
    }
}

fn key_id(number: u8) -> String {
    format!("key-{number}")
}

/// The key of that number at an issuer: the same in every run.
fn key(issuer: &str, number: u8) -> Ed25519KeyPair {
    let mut seed = SEED;
    for (index, byte) in issuer.bytes().enumerate() {
        let at = &mut seed[index % 31];
        *at = at.wrapping_mul(31).wrapping_add(byte);
    }
    seed[31] = number;
    Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed of 32 bytes makes a key")
}
