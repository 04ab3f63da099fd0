//! A real OpenID provider with two issuers, and tokens as a person gets them: by signing in, without a browser.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::pages::{Form, encoded, path_of};
use super::{Child, Http, Place, Response, variable, workspace};

/// Where the provider sends people after they have signed in; nobody listens there.
const CALLBACK: &str = "http://127.0.0.1:1/cb";
/// The proof key of every sign-in, and its SHA-256 in base64url. It guards nothing here.
const VERIFIER: &str = "a-verifier-that-is-long-enough-and-the-same-for-everybody";
const CHALLENGE: &str = "IAGqNJUsm8kgPLP0Bc1AIUNySEEUpyas9nC6tJVCoiE";
/// `app:app-secret`.
const BASIC: &str = "Basic YXBwOmFwcC1zZWNyZXQ=";
/// So often the provider may lead elsewhere before it leads back.
const STEPS: usize = 12;

/// The provider that all tests of this process share. It ends with the process.
static SHARED: LazyLock<Provider> = LazyLock::new(Provider::start);

/// A running provider.
#[derive(Debug)]
pub(crate) struct Provider {
    _child: Child,
    places: Places,
    /// By issuer, audience and person.
    tokens: Mutex<HashMap<(String, String, String), Tokens>>,
}

#[derive(Debug, Deserialize)]
struct Places {
    a: String,
    b: String,
    control: String,
}

/// What a sign-in brings.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) id_token: String,
}

/// What a token says of itself and of its subject. Its signature is not looked at.
pub(crate) fn claims(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    let (head, body) = (parts.next(), parts.next());
    (head.expect("a head"), body.expect("claims"))
}

/// The folder of the programs that run in Node.
pub(super) fn node_folder() -> PathBuf {
    let folder = variable("USHER_TEST_PROVIDER").map_or_else(|| workspace().join("target/test-node"), PathBuf::from);
    assert!(
        folder.join("node_modules").exists(),
        "the OpenID provider is missing; `cargo xtask test` makes it, or name its folder in USHER_TEST_PROVIDER"
    );
    folder
}

/// One of the two issuers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Issuer {
    A,
    B,
}

impl Issuer {
    fn word(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

impl Provider {
    pub(crate) fn shared() -> &'static Self {
        &SHARED
    }

    /// One of a test's own, which it may stop and rotate.
    pub(crate) fn start() -> Self {
        let child = Child::start(Command::new("node").arg("op.mjs").current_dir(node_folder()));
        let heard = child.hear(Duration::from_mins(1), |lines| {
            lines.last().is_some_and(|line| line.starts_with('{'))
        });
        let places = heard.lines.last().map(|line| serde_json::from_str(line));
        Self {
            _child: child,
            places: places.expect("a line").expect("the provider says where it is"),
            tokens: Mutex::default(),
        }
    }

    /// The issuer's URL.
    pub(crate) fn issuer(&self, issuer: Issuer) -> &str {
        match issuer {
            Issuer::A => &self.places.a,
            Issuer::B => &self.places.b,
        }
    }

    /// Makes Usher a program of the first issuer, and that the provider of the realm `default`.
    pub(crate) fn register(&self, place: &Place, usher: &str) {
        let program = json!({
            "redirect_uris": [format!("{usher}/oidc/callback")],
            "post_logout_redirect_uris": [format!("{usher}/signed-out")],
            "backchannel_logout_uri": format!("{usher}/oidc/backchannel-logout"),
            "backchannel_logout_session_required": true,
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
        });
        let issuer = self.issuer(Issuer::A);
        let made = Http::new(issuer).post("/reg", &program).expect(201).json();
        let word = |name: &str| made[name].as_str().expect("a text").to_owned();
        let secret = place.folder().join("secret");
        std::fs::write(&secret, format!("{}\n", word("client_secret"))).expect("written");
        place.run(&[
            "realm",
            "set",
            "default",
            &format!("oidc.issuer={issuer}"),
            &format!("oidc.client_id={}", word("client_id")),
            &format!("oidc.client_secret=@{}", secret.display()),
        ]);
    }

    /// From now on tokens of that person say so, beside who they are.
    pub(crate) fn say(&self, person: &str, claims: &Value) {
        self.control("PUT", &format!("/claims/{}", encoded(person)), &claims.to_string());
        self.tokens().retain(|(_, _, sub), _| sub != person);
    }

    /// The issuer signs with other keys, and forgets the old ones.
    pub(crate) fn rotate(&self, issuer: Issuer) {
        self.control("POST", &format!("/rotate/{}", issuer.word()), "");
        self.tokens().retain(|(of, _, _), _| of != self.issuer(issuer));
    }

    /// The issuer answers nothing but 503, or as before.
    pub(crate) fn set_down(&self, issuer: Issuer, down: bool) {
        let path = format!("/{}/{}", if down { "down" } else { "up" }, issuer.word());
        self.control("POST", &path, "");
    }

    fn control(&self, method: &str, path: &str, body: &str) {
        let mut http = Http::new(&self.places.control);
        let answer = http.try_send(method, path, "application/json", body);
        answer.expect("an answer").expect(204);
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String, String), Tokens>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What that person's program gets when they sign in, for one audience.
    pub(crate) fn sign_in(&self, issuer: Issuer, audience: &str, person: &str) -> Tokens {
        let key = (self.issuer(issuer).to_owned(), audience.to_owned(), person.to_owned());
        if let Some(known) = self.tokens().get(&key) {
            return known.clone();
        }
        let tokens = SignIn::new(self.issuer(issuer), audience).run(person);
        self.tokens().insert(key, tokens.clone());
        tokens
    }
}

/// One sign-in by the authorization code flow with PKCE (RFC 7636), for one audience (RFC 8707).
struct SignIn<'a> {
    /// With the headers of every request; it stays unconnected.
    http: Http,
    cookies: HashMap<String, String>,
    audience: &'a str,
}

impl<'a> SignIn<'a> {
    fn new(issuer: &str, audience: &'a str) -> Self {
        Self {
            http: Http::new(issuer),
            cookies: HashMap::new(),
            audience,
        }
    }

    fn run(mut self, person: &str) -> Tokens {
        let start = format!(
            "/auth?client_id=app&response_type=code&redirect_uri={}&scope=openid%20agm&resource={}&state=s\
             &code_challenge={CHALLENGE}&code_challenge_method=S256",
            encoded(CALLBACK),
            encoded(self.audience)
        );
        let mut answer = self.send("GET", &start, "");
        for _ in 0..STEPS {
            let led = answer.header("location").to_owned();
            if led.starts_with(CALLBACK) {
                return self.redeem(&led);
            }
            answer = if led.is_empty() {
                let (action, fields) = Form::filled(&answer.text, &[("login", person), ("password", "any")]);
                self.send("POST", &path_of(&action), &fields)
            } else {
                self.send("GET", &path_of(&led), "")
            };
        }
        panic!("the provider does not lead back: {}", answer.text);
    }

    /// Exchanges the code in that address for tokens.
    fn redeem(mut self, led: &str) -> Tokens {
        let code = led.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
        let code = code.unwrap_or_else(|| panic!("no code in {led}"));
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={VERIFIER}&resource={}",
            encoded(CALLBACK),
            encoded(self.audience)
        );
        self.http = self.http.header("Authorization", BASIC);
        let answer = self.send("POST", "/token", &form).expect(200);
        serde_json::from_value(answer.json()).expect("tokens")
    }

    fn send(&mut self, method: &str, path: &str, form: &str) -> Response {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let kind = if form.is_empty() {
            ""
        } else {
            "application/x-www-form-urlencoded"
        };
        let mut http = self.http.again().header("Cookie", &cookies.join("; "));
        let answer = http.try_send(method, path, kind, form).expect("an answer");
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        assert!(
            answer.status < 400,
            "{method} {path}: {} {}",
            answer.status,
            answer.text
        );
        answer
    }
}
