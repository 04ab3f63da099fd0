//! The start page: what this is and where to go.

use axum::extract::State;
use axum::response::Response;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::access;
use super::visit::Visit;
use crate::app::App;

/// An address for programs.
#[derive(Debug, Serialize)]
struct Program {
    key: &'static str,
    url: String,
    /// Whether a browser has anything to see there.
    link: bool,
}

pub(super) async fn show(State(app): State<App>, visit: Visit) -> Response {
    if let Some(visitor) = &visit.visitor {
        return access::home::show(&app, &visit, visitor).await;
    }
    let realm = &visit.realm;
    let base = app.realm_url(realm);
    let on = |face: &str| realm.settings.face_on(face);
    let mut programs = Vec::new();
    if on("scim") {
        programs.push(Program {
            key: "start.programs.scim",
            url: app.scim_base(realm),
            link: false,
        });
    }
    if on("oauth") {
        programs.push(Program {
            key: "start.programs.oauth",
            url: format!("{base}/oauth2/token"),
            link: false,
        });
    }
    if on("api") {
        programs.push(Program {
            key: "start.programs.api",
            url: format!("{}/api/v1/realms/{}", app.public_url, realm.name),
            link: false,
        });
        programs.push(Program {
            key: "start.programs.api_docs",
            url: format!("{}/api/docs", app.public_url),
            link: true,
        });
        programs.push(Program {
            key: "start.programs.openapi",
            url: format!("{}/api/openapi.json", app.public_url),
            link: true,
        });
    }
    let mail_url = app.config.caught_mail.then(|| format!("{}/mail", visit.base()));
    visit
        .page("start.html")
        .render(context! { programs => Serde(programs), mail_url })
}
