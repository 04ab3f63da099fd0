//! What is found out about a request while it is answered: for the log of the program behind it, and for traces. What the log
//! may tell of it is made out when somebody reads it: most requests are pushed out by later ones before.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use directory::client::{Client, LoggedRequest, NotedRequest};
use directory::token::{AuthError, Ended};
use directory::user::User;
use directory::{Id, Principal, RealmId, Timestamp};

use crate::passage::Passage;
use crate::request_id::RequestId;

/// The longest path and sentence that is kept, in characters.
const LONGEST: usize = 300;

/// One request's trail: who finds something out notes it here.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    route: OnceLock<MatchedPath>,
    client: OnceLock<(RealmId, Id<Client>)>,
    /// Who asks, where no program does.
    person: OnceLock<(RealmId, Id<User>)>,
    /// Whose credentials were refused, and why: it counts as long as nobody else turns out to ask.
    refused: OnceLock<(RealmId, Id<Client>, Ended)>,
}

/// What a request was refused with, as its answer says it: beside every answer that refuses.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// In one word.
    pub(crate) code: Cow<'static, str>,
    /// In a sentence.
    pub(crate) sentence: String,
}

impl Refused {
    /// Puts it beside an answer.
    pub(crate) fn beside(response: &mut Response, code: impl Into<Cow<'static, str>>, sentence: &str) {
        let code = code.into();
        let sentence = sentence.to_owned();
        response.extensions_mut().insert(Self { code, sentence });
    }
}

impl Trail {
    /// Who asks.
    pub(crate) fn is_of(&self, principal: &Principal) {
        if let Some(client) = principal.client() {
            let _known = self.client.set((principal.realm, client.id));
        } else if let Some(user) = principal.user() {
            let _known = self.person.set((principal.realm, user));
        }
    }

    /// Whose credentials were refused, if that is known.
    pub(crate) fn refuses(&self, realm: RealmId, error: &AuthError) {
        match error {
            AuthError::Ended { client, why } => {
                let _known = self.refused.set((realm, *client, *why));
            }
            AuthError::Unfit(why) => {
                tracing::info!(realm = realm.number(), %why, "a token of the OpenID provider is refused");
            }
            AuthError::Invalid | AuthError::NotAdmitted(_) | AuthError::ProviderAway | AuthError::Store(_) => {}
        }
    }

    /// The program behind the request, if there is one.
    pub(crate) fn client(&self) -> Option<(RealmId, Id<Client>)> {
        let refused = || self.refused.get().map(|(realm, client, _)| (*realm, *client));
        self.client.get().copied().or_else(refused)
    }

    /// The person behind the request who came without a program: there is no log of theirs but this server's own.
    pub(crate) fn person(&self) -> Option<(RealmId, Id<User>)> {
        self.person.get().copied()
    }

    /// Why the credentials of that program do not count.
    fn ended(&self) -> Option<Ended> {
        let (_, _, why) = self.refused.get()?;
        self.client.get().is_none().then_some(*why)
    }

    /// The route that answers; none where nothing is served.
    pub(crate) fn route(&self) -> Option<&str> {
        self.route.get().map(MatchedPath::as_str)
    }
}

/// Notes the route of a request that has found its own.
pub(crate) fn note_route(request: Request) -> Request {
    if let (Some(passage), Some(route)) = (
        Passage::of(request.extensions()),
        request.extensions().get::<MatchedPath>(),
    ) {
        let _known = passage.trail.route.set(route.clone());
    }
    request
}

/// A request as its answer left, for the log of the program behind it.
#[derive(Debug)]
pub(crate) struct Noted {
    at: Timestamp,
    method: Cow<'static, str>,
    path: Path,
    route: Option<MatchedPath>,
    status: StatusCode,
    code: Option<Cow<'static, str>>,
    refusal: Option<String>,
    took: Duration,
    id: RequestId,
    address: IpAddr,
}

#[derive(Debug)]
enum Path {
    AsAsked(Arc<str>),
    /// A long one is not held on to.
    AsShown(String),
}

/// What is known of a request when its answer leaves.
pub(crate) struct Leaving<'a> {
    pub(crate) at: Timestamp,
    pub(crate) method: Method,
    pub(crate) response: &'a Response,
    pub(crate) took: Duration,
    pub(crate) id: RequestId,
    pub(crate) address: IpAddr,
}

impl Noted {
    pub(crate) fn of(passage: &Passage, leaving: Leaving<'_>) -> Self {
        let (trail, status) = (&passage.trail, leaving.response.status());
        let path = if passage.path.len() > LONGEST {
            Path::AsShown(shown_path(&passage.path))
        } else {
            Path::AsAsked(Arc::clone(&passage.path))
        };
        let refused = leaving.response.extensions().get::<Refused>();
        let ended = trail.ended().filter(|_| status == StatusCode::UNAUTHORIZED);
        // A sentence may quote whatever the caller sent, however long.
        let refusal = match ended {
            Some(ended) => Some(shown(ended.sentence())),
            None => refused.map(|refused| shown(&without_values(&refused.sentence))),
        };
        Self {
            at: leaving.at,
            method: word(&leaving.method),
            path,
            route: trail.route.get().cloned(),
            status,
            code: refused.map(|refused| refused.code.clone()),
            refusal,
            took: leaving.took,
            id: leaving.id,
            address: leaving.address,
        }
    }
}

impl NotedRequest for Noted {
    fn logged(&self) -> LoggedRequest {
        LoggedRequest {
            at: self.at.millis(),
            method: self.method.clone().into_owned(),
            path: match &self.path {
                Path::AsAsked(path) => shown_path(path),
                Path::AsShown(path) => path.clone(),
            },
            route: self.route.as_ref().map(|route| route.as_str().to_owned()),
            status: self.status.as_u16(),
            code: self.code.as_ref().map(|code| code.as_ref().to_owned()),
            refusal: self.refusal.clone(),
            took_us: self.took.as_micros() as u64,
            request_id: self.id.to_string(),
            address: Some(self.address),
        }
    }
}

/// A verb as the log has it. One that nobody knows may be as long as the head of a request, and hold anything.
fn word(method: &Method) -> Cow<'static, str> {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT",
    ];
    match KNOWN.into_iter().find(|known| *known == method.as_str()) {
        Some(known) => known.into(),
        None => shown(method.as_str()).into(),
    }
}

/// A path without the secret of a link.
pub(crate) fn loggable(path: &str) -> &str {
    const BEFORE_SECRET: [&str; 3] = ["/invitation/", "/confirmation/", "/sign-in/"];
    let ends = BEFORE_SECRET
        .iter()
        .filter_map(|part| Some(path.find(part)? + part.len()));
    &path[..ends.min().unwrap_or(path.len())]
}

/// A path as the log has it.
fn shown_path(path: &str) -> String {
    shown(&without_names(loggable(path)))
}

/// A path with what may name a person left out: what stays are words of our routes, and ids.
fn without_names(path: &str) -> String {
    let kept = |segment: &str| segment.is_empty() || Id::<Client>::parse(segment).is_some() || is_of_route(segment);
    let segments = path.split('/');
    let shown: Vec<&str> = segments
        .map(|segment| if kept(segment) { segment } else { "…" })
        .collect();
    shown.join("/")
}

/// Whether some route has that word in its path.
fn is_of_route(segment: &str) -> bool {
    static WORDS: OnceLock<HashSet<String>> = OnceLock::new();
    let words = || {
        let all = crate::routes();
        let words = all.iter().flat_map(|route| route.path.split('/'));
        words.filter(|word| !word.contains('{')).map(str::to_owned).collect()
    };
    WORDS.get_or_init(words).contains(segment)
}

/// A sentence with what it quotes left out, and with what looks like an address or a path: that is what the caller sent.
fn without_values(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(at) = rest.find(['`', '"']) {
        let (before, quoted) = rest.split_at(at);
        let mark = &quoted[..1];
        out.extend([before, mark, "…", mark]);
        // Where the end is missing, all that follows may be quoted.
        rest = quoted[1..].split_once(mark).map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let of_caller = |word: &&str| word.contains('@') || word.starts_with('/');
    let words = out.split(' ');
    let shown: Vec<&str> = words.map(|word| if of_caller(&word) { "…" } else { word }).collect();
    shown.join(" ")
}

/// A text that came from outside, for a log: in one line, not long, and without a token that somebody put in the wrong place.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    let mut rest = text;
    while let Some(at) = rest.find(directory::client::secret::TOKEN_PREFIX) {
        let (before, token) = rest.split_at(at);
        out.push_str(before);
        out.push_str("ush_…");
        let token = token.trim_start_matches(directory::client::secret::TOKEN_PREFIX);
        rest = token.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric());
    }
    out.push_str(rest);
    let short = out.chars().take(LONGEST);
    let mut line: String = short
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if line.len() < out.len() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use directory::{Actor, Credential, ProviderToken, Scopes, UserActor};

    use super::*;

    #[test]
    fn what_a_caller_sent_is_left_out() {
        let id = "0190163d-8694-7d0a-8a5a-0123456789ab";
        let path = format!("/scim/v2/Users/{id}/ann@example.org/");
        assert_eq!(without_names(&path), format!("/scim/v2/Users/{id}/…/"));
        assert_eq!(without_names("/realms/acme/ann"), "/realms/…/…");
        for (sentence, left) in [
            ("no `ann` and \"bob\", `", "no `…` and \"…\", `…`"),
            ("found the text \"ann` o", "found the text \"…\""),
            ("nothing at /Users/ann for ann@example.org", "nothing at … for …"),
            ("userName is taken", "userName is taken"),
        ] {
            assert_eq!(without_values(sentence), left);
        }
    }

    #[test]
    fn the_secret_of_a_link_is_not_logged() {
        assert_eq!(
            loggable("/realms/default/invitation/secret"),
            "/realms/default/invitation/"
        );
        assert_eq!(loggable("/confirmation/secret/invitation/"), "/confirmation/");
        assert_eq!(loggable("/scim/v2/Users"), "/scim/v2/Users");
    }

    #[test]
    fn who_turns_out_to_ask_counts_more_than_credentials_that_ended() {
        let id = |text| Id::parse(text).expect("an id");
        let (ended, asks) = (
            id("00000000-0000-7000-8000-000000000001"),
            id("00000000-0000-7000-8000-000000000002"),
        );
        let (trail, realm) = (Trail::default(), RealmId::INSTALLATION);
        let _known = trail.refused.set((realm, ended, Ended::Expired));
        assert_eq!(trail.client(), Some((realm, ended)));
        assert!(trail.ended().is_some());
        let _known = trail.client.set((realm, asks));
        assert_eq!(trail.client(), Some((realm, asks)));
        assert!(trail.ended().is_none());
    }

    #[test]
    fn a_person_without_a_program_is_known_too() {
        let user = Id::parse("00000000-0000-7000-8000-000000000001").expect("an id");
        let actor = UserActor {
            user,
            client: None,
            scopes: Scopes::default(),
            roles: Vec::new(),
            credential: Credential::Provider(ProviderToken::default()),
        };
        let trail = Trail::default();
        trail.is_of(&Principal {
            realm: RealmId::INSTALLATION,
            actor: Actor::User(Arc::new(actor)),
            request: None,
        });
        assert_eq!(trail.person(), Some((RealmId::INSTALLATION, user)));
        assert_eq!(trail.client(), None);
    }

    #[test]
    fn what_is_shown_is_one_line_without_tokens() {
        assert_eq!(shown("/scim/v2/Users/ush_0123abcXYZ/x"), "/scim/v2/Users/ush_…/x");
        assert_eq!(shown("`ush_a` and `ush_b`"), "`ush_…` and `ush_…`");
        assert_eq!(shown("one\ntwo\u{1b}[31m"), "one two [31m");
        assert_eq!(shown("ush_ush_x"), "ush_…");
        let long = shown(&"é".repeat(LONGEST + 1));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(long.ends_with("é…"));
    }
}
