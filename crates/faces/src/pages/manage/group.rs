//! One group, tab by tab: what it shows, and what its forms do.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::{Error, Refusal};

use super::frame::{Asked, Managed, OfGroup, Tab};
use super::{admins, details, extend, history, invitations, members, roles, subgroups, ways};
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::visit::SignedIn;
use crate::path::Path;

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    Path(OfGroup { group }): Path<OfGroup>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::of_query(query.as_deref());
    let shown = match Managed::of(&app, &visit, &visitor, &group).await {
        Ok(managed) => tab(&managed, managed.tab_of(&query), Asked::by(&query)).await,
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| error::answered(&visit, &error))
}

async fn tab(managed: &Managed<'_>, tab: Tab, asked: Asked<'_>) -> Result<Response, Error> {
    match tab {
        Tab::Members => members::page(managed, asked).await,
        Tab::Invitations => invitations::page(managed, asked).await,
        Tab::Admins => admins::page(managed, asked).await,
        Tab::Ways => ways::page(managed, asked).await,
        Tab::Roles => roles::page(managed, asked).await,
        Tab::Details => Ok(details::page(managed, asked)),
        Tab::Subgroups => subgroups::page(managed, asked).await,
        Tab::History => history::page(managed, asked).await,
    }
}

/// Does what a form of a tab says. What cannot be done comes back with what was typed.
pub(in crate::pages) async fn act(
    State(app): State<App>,
    Path(OfGroup { group }): Path<OfGroup>,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Response {
    let query = Fields::of_query(query.as_deref());
    let managed = match Managed::of(&app, &sent.visit, &sent.visitor, &group).await {
        Ok(managed) => managed,
        Err(error) => return error::answered(&sent.visit, &error),
    };
    let here = managed.tab_of(&query);
    if here == Tab::Members {
        // What comes of it is told of each by itself.
        let done = extend::act(&managed, &query, &sent.form).await;
        return done.unwrap_or_else(|error| error::answered(&sent.visit, &error));
    }
    let shown = match done(&managed, here, &sent.form).await {
        Ok(to) => return see_other(&to),
        Err(refused) => match Asked::again(&query, &sent.form, refused) {
            Ok(asked) => tab(&managed, here, asked).await,
            Err(error) => Err(error),
        },
    };
    shown.unwrap_or_else(|error| error::answered(&sent.visit, &error))
}

/// Where to go on, once it is done.
async fn done(managed: &Managed<'_>, tab: Tab, form: &Fields) -> Result<String, Error> {
    match tab {
        Tab::Invitations => invitations::act(managed, form).await,
        Tab::Admins => admins::act(managed, form).await,
        Tab::Ways => ways::act(managed, form).await,
        Tab::Roles => roles::act(managed, form).await,
        Tab::Details => details::act(managed, form).await,
        Tab::Subgroups => subgroups::act(managed, form).await,
        Tab::Members | Tab::History => Err(Refusal::invalid("act", "nothing is sent from here").into()),
    }
}
