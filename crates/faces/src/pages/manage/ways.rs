//! The ways to join a group.

use axum::response::Response;
use directory::delegation::Capability;
use directory::enrollment::configuration::Configuration;
use directory::enrollment::{Unconfigure, Way};
use directory::group::SetDefaultConfiguration;
use directory::view::IfMatch;
use directory::{Denial, Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{Asked, Managed, Tab};
use super::way::way_page;
use crate::pages::form::Fields;

/// A way in a list.
#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    name: String,
    href: String,
    /// Where people come in by it, whether or not they see it.
    link: String,
    is_first: bool,
    active: bool,
    visible: bool,
    reviewed: bool,
    days: Option<u32>,
    roles: Vec<String>,
    terms: Option<String>,
}

impl Entry {
    fn of(managed: &Managed<'_>, way: Way) -> Self {
        let configuration = way.configuration;
        let room = managed.visit.room();
        Self {
            id: configuration.id.to_string(),
            href: way_page(managed, Some(configuration.id)),
            link: format!("{}{room}/enroll?id={}", managed.app.public_url, configuration.id),
            is_first: managed.placed.group.default_configuration == Some(configuration.id),
            active: configuration.active,
            visible: configuration.visible,
            reviewed: configuration.contract.require_approval,
            days: configuration.contract.membership_expiration_days,
            roles: way.roles,
            terms: way.terms.map(|terms| terms.url),
            name: configuration.name,
        }
    }
}

pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let directory = &managed.app.directory;
    let ways = directory.configurations(managed.principal(), managed.id()).await?;
    let entries: Vec<Entry> = ways.into_iter().map(|way| Entry::of(managed, way)).collect();
    let values = context! {
        ways => Serde(entries), configures => managed.may(Capability::ConfigWrite), new => way_page(managed, None),
    };
    Ok(managed.render("managed_ways.html", Tab::Ways, asked, values))
}

pub(super) async fn act(managed: &Managed<'_>, form: &Fields) -> Result<String, Error> {
    let group = managed.id();
    let way = form.said("way").and_then(Id::<Configuration>::parse);
    let way = way.ok_or(Denial::NoSuchConfiguration)?;
    let done = match form.text("act") {
        Some("first") => {
            let first = SetDefaultConfiguration {
                group,
                configuration: way,
                if_match: IfMatch::Any,
            };
            managed.run(first).await?;
            "default"
        }
        Some("delete") => {
            let delete = Unconfigure {
                group,
                id: way,
                if_version: None,
            };
            managed.run(delete).await?;
            "removed"
        }
        _ => return Err(Refusal::invalid("act", "first or delete").into()),
    };
    Ok(managed.did(Tab::Ways, done))
}
