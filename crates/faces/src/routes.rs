//! A router that remembers what it serves, so that the list of routes cannot differ from the routes.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use tower::util::MapRequestLayer;

use crate::app::App;
use crate::face::Face;
use crate::trail::note_route;

/// One thing that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    /// The verb; a GET answers HEAD too.
    pub method: Method,
    /// The path with its parameters, e.g. `/realms/{realm}/scim/v2/Users/{id}`.
    pub path: String,
    /// Which face it belongs to.
    pub face: Face,
}

/// Builds a face's routes below one or several bases: the root and `/realms/{realm}`. Parameters are read by name (`{realm}`
/// is one of them), so that one handler serves all bases.
#[derive(Debug)]
pub(crate) struct Routes {
    face: Face,
    bases: Vec<String>,
    router: Router<App>,
    recorded: Vec<RouteInfo>,
}

impl Routes {
    /// No routes yet, below these bases; a base is empty or begins with a slash and does not end with one.
    pub(crate) fn of(face: Face, bases: &[&str]) -> Self {
        let bases = bases.iter().map(|base| (*base).to_owned()).collect();
        Self {
            face,
            bases,
            router: Router::new(),
            recorded: Vec::new(),
        }
    }

    pub(crate) fn get<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::GET, MethodFilter::GET, path, handler)
    }

    pub(crate) fn post<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::POST, MethodFilter::POST, path, handler)
    }

    pub(crate) fn put<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::PUT, MethodFilter::PUT, path, handler)
    }

    pub(crate) fn patch<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::PATCH, MethodFilter::PATCH, path, handler)
    }

    pub(crate) fn delete<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::DELETE, MethodFilter::DELETE, path, handler)
    }

    fn on<H: Handler<T, App>, T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &str,
        handler: H,
    ) -> Self {
        for base in &self.bases {
            let path = match (base.as_str(), path) {
                ("", "") => "/".to_owned(),
                (base, path) => format!("{base}{path}"),
            };
            self.router = self.router.route(&path, on(filter, Noting(handler.clone())));
            self.recorded.push(RouteInfo {
                method: method.clone(),
                path,
                face: self.face,
            });
        }
        self
    }

    /// Adds a router that was built elsewhere (the API's, which also writes the OpenAPI document), with what it serves as
    /// (verb, path).
    pub(crate) fn with(mut self, router: Router<App>, serves: impl IntoIterator<Item = (Method, String)>) -> Self {
        self.router = self.router.merge(router.layer(MapRequestLayer::new(note_route)));
        let face = self.face;
        self.recorded.extend(
            serves
                .into_iter()
                .map(|(method, path)| RouteInfo { method, path, face }),
        );
        self
    }

    /// These routes and another face's.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.recorded.extend(other.recorded);
        self
    }

    pub(crate) fn into_router(self) -> Router<App> {
        self.router
    }

    pub(crate) fn recorded(self) -> Vec<RouteInfo> {
        self.recorded
    }
}

/// A handler whose requests note the route they found.
#[derive(Clone)]
struct Noting<H>(H);

impl<T, H: Handler<T, App>> Handler<T, App> for Noting<H> {
    type Future = H::Future;

    fn call(self, request: Request, app: App) -> H::Future {
        self.0.call(note_route(request), app)
    }
}
