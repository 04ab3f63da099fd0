//! A browser that keeps cookies, and signs in at a realm's provider.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestProvider};

/// Usher's name at the provider.
pub(crate) const CLIENT: &str = "usher";

/// A browser. Clones share their cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    app: TestApp,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Browser {
    pub(crate) fn new(app: &TestApp) -> Self {
        Self {
            app: app.clone(),
            cookies: Arc::default(),
        }
    }

    pub(crate) fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().expect("the lock").clone()
    }

    pub(crate) fn has(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().expect("the lock");
        cookies.insert(name.to_owned(), value.to_owned());
    }

    fn header(&self) -> String {
        let cookies = self.cookies();
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn took(&self, answer: Answer) -> Answer {
        let mut cookies = self.cookies.lock().expect("the lock");
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("text");
            let (pair, attributes) = line.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a pair");
            assert!(name.starts_with("__Host-"), "{line}");
            for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(format!(";{attributes}").contains(part), "{line}");
            }
            assert!(!attributes.contains("Domain"), "{line}");
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let answer = self.app.anonymous().get(path).header("cookie", &self.header()).await;
        self.took(answer)
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from("same-origin", path, fields).await
    }

    pub(crate) async fn post_from(&self, site: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.app.anonymous().post_form(path, fields);
        let request = request.header("cookie", &self.header()).header("sec-fetch-site", site);
        let answer = request.await;
        self.took(answer)
    }

    /// What forms carry that this browser is shown.
    pub(crate) async fn form_token(&self) -> String {
        let page = self.get("/sessions").await.expect(200);
        let (_, rest) = page.text.split_once("name=\"form_token\" value=\"").expect("a form");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// Leaves for the provider; with what it comes there.
    pub(crate) async fn leaves(&self, path: &str) -> BTreeMap<String, String> {
        let answer = self.get(path).await.expect(303);
        let location = answer.header("location").to_owned();
        let (place, query) = location.split_once('?').expect("a query");
        assert!(place.ends_with("/authorize"), "{location}");
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// Comes back from the provider with what it says of whoever signed in.
    pub(crate) async fn comes_back(
        &self,
        provider: &TestProvider,
        asked: &BTreeMap<String, String>,
        (subject, said): (&str, &Value),
    ) -> Answer {
        let mut claims = provider.claims(subject);
        claims["aud"] = CLIENT.into();
        claims["nonce"] = asked["nonce"].as_str().into();
        for (name, value) in said.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        let answer = json!({ "token_type": "Bearer", "access_token": "opaque", "id_token": provider.signed(&claims) });
        let code = format!("code-of-{subject}");
        provider.answers_code(&code, answer);
        self.returns(provider, asked, &code).await
    }

    /// Comes back with a code.
    pub(crate) async fn returns(
        &self,
        provider: &TestProvider,
        asked: &BTreeMap<String, String>,
        code: &str,
    ) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", code)
            .append_pair("state", &asked["state"])
            .append_pair("iss", provider.issuer())
            .finish();
        self.get(&format!("/oidc/callback?{query}")).await
    }

    /// Signs in as somebody whose address the provider has verified.
    pub(crate) async fn signs_in(&self, provider: &TestProvider, subject: &str, email: &str) -> Answer {
        let asked = self.leaves("/sign-in").await;
        let said = json!({ "email": email, "email_verified": true });
        self.comes_back(provider, &asked, (subject, &said)).await
    }
}

/// The provider of the realm `default`, at which people sign in to Usher's pages.
pub(crate) async fn provider(app: &TestApp) -> TestProvider {
    let provider = app.provider("default").await;
    app.set_realm("default", |settings| {
        settings.oidc.client_id = Some(CLIENT.to_owned());
        settings.oidc.client_secret = Some("s3cret".into());
    })
    .await;
    provider
}

/// A page has all these parts.
pub(crate) fn shows(page: &Answer, parts: &[&str]) {
    for part in parts {
        assert!(page.text.contains(part), "{part} is not in\n{}", page.text);
    }
}

/// What a hidden field of a form carries.
pub(crate) fn hidden<'a>(page: &'a Answer, name: &str) -> &'a str {
    let (_, rest) = page
        .text
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name}\n{}", page.text));
    rest.split('"').next().unwrap_or_default()
}
