//! People sign in at the realm's provider: the code flow of OpenID Connect Core §3.1, with PKCE (RFC 7636) and the issuer's
//! name in the answer (RFC 9207).

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::answer::{self, Tokens};
use super::authenticate::Standing;
use super::discovery::Description;
use super::fetch::Ask;
use super::id_token::{self, Party};
use super::known_keys::Away;
use super::misfit::Misfit;
use super::rules::{self, SignedIn};
use super::unadmitted::Unadmitted;
use crate::Directory;
use crate::client::secret::PlainToken;
use crate::error::{Error, Refusal};
use crate::principal::Principal;
use crate::realm::{Realm, RealmSettings};
use crate::session::{Browser, Carried, StartSession, StartedSession};
use crate::token::AuthError;

/// What is asked of the provider.
const SCOPE: &str = "openid email profile";

/// The longest code that is exchanged, in bytes.
const LONGEST_CODE: usize = 4096;

/// What a browser keeps between leaving for the provider and coming back. Each is a secret of that browser alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Shows the provider that whoever brings the code began the sign-in (RFC 7636 §4.1).
    pub verifier: String,
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempt(…)")
    }
}

/// Whether the provider may go on with whoever is signed in there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// As it does with everybody.
    AsUsual,
    /// It asks anew: somebody else is to sign in.
    Anew,
}

/// A sign-in that has begun.
#[derive(Debug)]
pub struct BegunSignIn {
    /// Where the browser goes.
    pub location: String,
    /// What it keeps.
    pub attempt: Attempt,
}

/// With what a browser came back from the provider.
#[derive(Clone, Default)]
pub struct CameBack {
    /// The state it was sent with.
    pub state: Option<String>,
    /// What tokens are got for.
    pub code: Option<String>,
    /// Why there is no code (RFC 6749 §4.1.2.1).
    pub error: Option<String>,
    /// Who sent it back (RFC 9207).
    pub issuer: Option<String>,
}

impl std::fmt::Debug for CameBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CameBack")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Why nobody signed in.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// The realm has no provider, does not say who Usher is there, or the provider has no place to sign in at.
    #[error("nobody can sign in here")]
    NoProvider,
    /// The provider does not answer, or not as it should; the log says how.
    #[error("the realm's OpenID provider does not answer as it should")]
    ProviderAway,
    /// The browser came back with another sign-in than it was sent with, or too late.
    #[error("the browser came back with another sign-in than it was sent with")]
    Stale,
    /// Whoever was asked did not sign in, or the provider did not want it.
    #[error("the provider says that nobody signed in")]
    Declined,
    /// Somebody signed in who is nobody here.
    #[error("who signed in is nobody here: {why}")]
    NotAdmitted {
        /// Why.
        why: Unadmitted,
        /// Their address, as far as the provider has verified it.
        address: Option<String>,
    },
    /// Somebody signed in who is suspended, or about to leave.
    #[error("who signed in is kept out")]
    Out,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Party<'_> {
    /// What is sent for tokens (RFC 6749 §4.1.3). Who Usher is stands in the header, where it has a secret to show there.
    fn form(self, described: &Description, redirect_uri: &str, (code, verifier): (&str, &str)) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_verifier", verifier);
        let secret = self.settings.oidc.client_secret.as_ref();
        if secret.is_none() || described.secret_in_form {
            form.append_pair("client_id", self.client_id);
        }
        if let (Some(secret), true) = (secret, described.secret_in_form) {
            form.append_pair("client_secret", secret.reveal());
        }
        form.finish()
    }
}

impl RealmSettings {
    /// Whether people can sign in at the realm's provider.
    pub fn has_provider(&self) -> bool {
        Party::of(self).is_some()
    }
}

impl Directory {
    /// Begins a sign-in at the realm's provider, from which the browser comes back to that address.
    ///
    /// # Errors
    /// `NoProvider` or `ProviderAway`.
    pub async fn begin_sign_in(
        &self,
        realm: &Realm,
        redirect_uri: &str,
        (language, prompt): (&str, Prompt),
    ) -> Result<BegunSignIn, NotSignedIn> {
        let at = Party::of(&realm.settings).ok_or(NotSignedIn::NoProvider)?;
        let described = self.provider_keys().description(realm.id, at.issuer).await;
        let described = described.map_err(|Away| NotSignedIn::ProviderAway)?;
        let place = described
            .authorization
            .as_deref()
            .and_then(|place| Url::parse(place).ok());
        let mut location = place.ok_or(NotSignedIn::NoProvider)?;
        let secret = || PlainToken::bare(self.ids()).reveal().to_owned();
        let attempt = Attempt {
            state: secret(),
            nonce: secret(),
            verifier: secret(),
        };
        let mut query = location.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", at.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &challenge(&attempt.verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("ui_locales", language);
        match prompt {
            Prompt::AsUsual => {}
            Prompt::Anew => {
                query.append_pair("prompt", "login");
            }
        }
        if let Some(acr) = &at.settings.oidc.acr {
            query.append_pair("acr_values", acr);
        }
        drop(query);
        Ok(BegunSignIn {
            location: location.into(),
            attempt,
        })
    }

    /// Ends a sign-in with which a browser came back, as nobody, and begins a session of whoever it is. At a first sign-in the person is
    /// linked, or made where the realm wants that.
    ///
    /// # Errors
    /// Nobody signed in.
    pub async fn sign_in(
        &self,
        nobody: &Principal,
        realm: &Realm,
        redirect_uri: &str,
        (attempt, came): (&Attempt, &CameBack),
        (browser, replaces): (Browser, Option<String>),
    ) -> Result<StartedSession, NotSignedIn> {
        let at = Party::of(&realm.settings).ok_or(NotSignedIn::NoProvider)?;
        let described = self.provider_keys().description(realm.id, at.issuer).await;
        let described = described.map_err(|Away| NotSignedIn::ProviderAway)?;
        let code = code(at, &described, attempt, came)?;
        let tokens = self
            .tokens_for(at, &described, redirect_uri, (code, &attempt.verifier))
            .await?;
        let signed_in = self
            .identified(realm, at, &described, (&tokens, &attempt.nonce))
            .await?;
        let standing = match self.standing(realm, &signed_in).await {
            Ok(standing) => standing,
            Err(AuthError::Store(error)) => return Err(error.into()),
            Err(_) => return Err(NotSignedIn::ProviderAway),
        };
        let user = match standing {
            Standing::Somebody { user, .. } => user,
            Standing::Out => return Err(NotSignedIn::Out),
            Standing::Nobody(why) => {
                let address = signed_in.profile.verified_email;
                return Err(NotSignedIn::NotAdmitted { why, address });
            }
        };
        let person = Principal::signed_in(realm.id, user, (&[], Vec::new()), signed_in.token.clone());
        let person = Principal {
            request: nobody.request.clone(),
            ..person
        };
        let start = StartSession {
            user,
            carried: Carried::of(&signed_in.token, &signed_in.roles),
            token: signed_in.token,
            id_token: Some(tokens.id_token),
            browser,
            replaces,
            began_at: self.real_now(),
        };
        match self.execute(&person, start).await {
            // They were suspended, or have left, meanwhile.
            Err(Error::Refused(Refusal::Forbidden { .. } | Refusal::NotFound { .. })) => Err(NotSignedIn::Out),
            done => Ok(done?),
        }
    }

    /// The tokens that the code is good for.
    async fn tokens_for(
        &self,
        at: Party<'_>,
        described: &Description,
        redirect_uri: &str,
        (code, verifier): (&str, &str),
    ) -> Result<Tokens, NotSignedIn> {
        let url = described.token.as_deref().ok_or(NotSignedIn::NoProvider)?;
        let secret = at.settings.oidc.client_secret.as_ref();
        let in_header = secret.filter(|_| !described.secret_in_form);
        let ask = Ask {
            url,
            authorization: in_header.map(|secret| basic(at.client_id, secret.reveal())),
            form: Some(at.form(described, redirect_uri, (code, verifier))),
        };
        let answer = self.provider_keys().exchange(ask).await;
        let tokens = answer.and_then(|body| Tokens::parse(&body));
        tokens.map_err(|why| {
            let issuer = at.issuer;
            tracing::warn!(
                issuer,
                why,
                "the OpenID provider gives nothing for the code of a sign-in"
            );
            NotSignedIn::ProviderAway
        })
    }

    /// Who signed in, by an ID token that answers this sign-in, and what the provider says of them beside.
    async fn identified(
        &self,
        realm: &Realm,
        at: Party<'_>,
        described: &Description,
        (tokens, nonce): (&Tokens, &str),
    ) -> Result<SignedIn, NotSignedIn> {
        let access_token = tokens.access_token.as_deref();
        let unfit = |misfit: Misfit| {
            let issuer = at.issuer;
            tracing::warn!(issuer, %misfit, "the OpenID provider answers a sign-in with an ID token that does not count");
            NotSignedIn::ProviderAway
        };
        let token = match self.genuine(realm, at.issuer, &tokens.id_token).await {
            Ok(token) => token,
            Err(AuthError::Unfit(misfit)) => return Err(unfit(misfit)),
            Err(_) => return Err(NotSignedIn::ProviderAway),
        };
        id_token::check(&token, at, nonce, access_token, self.real_now()).map_err(unfit)?;
        let subject = token.claims.text("sub").unwrap_or_default().to_owned();
        let more = match (&described.userinfo, access_token) {
            (Some(url), Some(access_token)) => self.userinfo(at, url, access_token, &subject).await,
            _ => None,
        };
        let claims = match more {
            Some(more) => token.claims.beside(more),
            None => token.claims,
        };
        let mut signed_in = rules::said(&claims, at.settings, at.issuer).map_err(unfit)?;
        // Keycloak writes roles into access tokens alone; those that count for Usher count here too.
        if let Some(access_token) = access_token
            && let Ok(carried) = self.verified(realm, at.issuer, access_token).await
            && carried.token.subject == subject
            && !signed_in.token.is_weak
        {
            let SignedIn { token, roles, .. } = carried;
            for role in roles {
                if !signed_in.roles.contains(&role) {
                    signed_in.roles.push(role);
                }
            }
            for right in token.rights {
                if !signed_in.token.rights.contains(&right) {
                    signed_in.token.rights.push(right);
                }
            }
        }
        Ok(signed_in)
    }

    /// What the provider says of whoever signed in; none where it says nothing that can be used.
    async fn userinfo(
        &self,
        at: Party<'_>,
        url: &str,
        access_token: &str,
        subject: &str,
    ) -> Option<serde_json::Map<String, serde_json::Value>> {
        let ask = Ask {
            url,
            authorization: Some(format!("Bearer {access_token}")),
            form: None,
        };
        let said = match self.provider_keys().exchange(ask).await {
            Ok(body) => answer::userinfo(&body, subject),
            Err(why) => {
                tracing::warn!(
                    issuer = at.issuer,
                    why,
                    "the OpenID provider says nothing of who signed in"
                );
                return None;
            }
        };
        if said.is_none() {
            let issuer = at.issuer;
            tracing::warn!(
                issuer,
                "what the OpenID provider says of who signed in is no JSON, or of somebody else"
            );
        }
        said
    }
}

/// The code with which the browser came back, if it comes from the provider and answers that attempt.
fn code<'a>(
    at: Party<'_>,
    described: &Description,
    attempt: &Attempt,
    came: &'a CameBack,
) -> Result<&'a str, NotSignedIn> {
    if came.state.as_deref() != Some(attempt.state.as_str()) {
        return Err(NotSignedIn::Stale);
    }
    // RFC 9207 §2.4: so that the answer of one provider is not taken for another's.
    let by_issuer = match came.issuer.as_deref() {
        Some(issuer) => issuer == at.issuer,
        None => !described.names_itself,
    };
    if !by_issuer {
        tracing::warn!(issuer = at.issuer, "a browser came back from another OpenID provider");
        return Err(NotSignedIn::Stale);
    }
    if let Some(error) = &came.error {
        let error: String = error.chars().filter(|letter| !letter.is_control()).take(100).collect();
        tracing::info!(issuer = at.issuer, error, "nobody signed in at the OpenID provider");
        return Err(NotSignedIn::Declined);
    }
    let code = came
        .code
        .as_deref()
        .filter(|code| !code.is_empty() && code.len() <= LONGEST_CODE);
    code.ok_or(NotSignedIn::Stale)
}

/// RFC 7636 §4.2.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// RFC 6749 §2.3.1: both are written as in a form before they are joined.
fn basic(client_id: &str, secret: &str) -> String {
    let written = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let both = format!("{}:{}", written(client_id), written(secret));
    format!("Basic {}", STANDARD.encode(both))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_as_in_the_appendix() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn names_and_secrets_are_written_as_in_a_form() {
        assert_eq!(
            basic("usher", "a:b c%"),
            format!("Basic {}", STANDARD.encode("usher:a%3Ab+c%25"))
        );
    }
}
