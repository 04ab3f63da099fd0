//! What every handler works with, and how the faces become one router.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use directory::{Directory, Realm};

use crate::proxies::Network;
use crate::routes::{RouteInfo, Routes};
use crate::{agm, api, face, oauth, pages, scim};

/// The state of every handler. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Where commands and queries go.
    pub directory: Directory,
    /// The base of all links, without a slash at the end. Never taken from a request.
    pub public_url: Arc<str>,
    /// What the configuration says.
    pub config: Arc<FacesConfig>,
}

/// The faces' part of the configuration.
#[derive(Clone, Debug)]
pub struct FacesConfig {
    /// Whether caught mail is shown at `/mail` (quickstart only).
    pub caught_mail: bool,
    /// The largest body a request may have, in bytes.
    pub max_body_bytes: usize,
    /// The largest Bulk request, in bytes.
    pub bulk_max_bytes: usize,
    /// How many operations a Bulk request may have.
    pub bulk_max_operations: usize,
    /// A PATCH of a group with more members than this answers 204 unless a projection is asked for.
    pub large_group: usize,
    /// How long a request may take. Below a minute: Okta gives up after that.
    pub request_timeout: Duration,
    /// How many requests are worked on at once; more are told to come back.
    pub max_concurrent: usize,
    /// Requests without credentials per second and client address.
    pub anonymous_per_second: u32,
    /// Requests without credentials that a client address may send at once.
    pub anonymous_burst: u32,
    /// Requests with refused credentials per second and client address.
    pub refused_per_second: u32,
    /// Requests with refused credentials that a client address may send at once.
    pub refused_burst: u32,
    /// Requests of a person who signed in at a realm's provider, in a minute.
    pub person_per_minute: u32,
    /// Proxies whose word on the caller's address is believed.
    pub trusted_proxies: Vec<Network>,
}

impl Default for FacesConfig {
    fn default() -> Self {
        Self {
            caught_mail: false,
            max_body_bytes: 4 << 20,
            bulk_max_bytes: 1 << 20,
            bulk_max_operations: 1000,
            large_group: 100,
            request_timeout: Duration::from_secs(50),
            max_concurrent: 1024,
            anonymous_per_second: 50,
            anonymous_burst: 1000,
            refused_per_second: 20,
            refused_burst: 1000,
            person_per_minute: 600,
            trusted_proxies: Vec::new(),
        }
    }
}

impl App {
    /// The base of a realm's paths: where `/scim/v2`, `/oauth2` and the pages begin.
    pub fn realm_url(&self, realm: &Realm) -> String {
        self.in_realm(realm, "")
    }

    /// The base of a realm's SCIM face; `meta.location` begins with it.
    pub fn scim_base(&self, realm: &Realm) -> String {
        self.in_realm(realm, "/scim/v2")
    }

    fn in_realm(&self, realm: &Realm, path: &str) -> String {
        let (below, name) = if realm.name == Realm::DEFAULT {
            ("", "")
        } else {
            ("/realms/", realm.name.as_str())
        };
        [&self.public_url, below, name, path].concat()
    }
}

/// Every handler, and each face's own errors where there is none. The entry stands before it.
pub(crate) fn router(app: App) -> Router {
    /// Before it knows what it works on it is the same for all, and dear to make.
    static ROUTER: LazyLock<Router<App>> = LazyLock::new(|| {
        assemble()
            .into_router()
            .method_not_allowed_fallback(face::wrong_method)
            .fallback(face::unknown_path)
    });
    ROUTER.clone().with_state(app)
}

/// What is served, made by the same code.
pub fn routes() -> Vec<RouteInfo> {
    assemble().recorded()
}

fn assemble() -> Routes {
    scim::routes()
        .and(oauth::routes())
        .and(api::routes())
        .and(agm::routes())
        .and(pages::routes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Face;

    #[test]
    fn every_route_is_there_once_and_in_every_realm() {
        let all = routes();
        for route in &all {
            let same = all
                .iter()
                .filter(|other| other.method == route.method && other.path == route.path)
                .count();
            assert_eq!(same, 1, "{} {}", route.method, route.path);
            assert_eq!(Face::of_path(&route.path), route.face, "{}", route.path);
        }
        let scim = all
            .iter()
            .filter(|route| matches!(route.face, Face::Scim | Face::ScimTokens | Face::Oauth));
        for route in scim.filter(|route| !route.path.contains("{realm}")) {
            let below = [
                format!("/realms/{{realm}}{}", route.path),
                format!("{}/realms/{{realm}}", route.path),
            ];
            let there = |other: &&RouteInfo| other.method == route.method && below.contains(&other.path);
            assert!(
                all.iter().any(|other| there(&other)),
                "{} {} is not below a realm",
                route.method,
                route.path
            );
        }
    }
}
