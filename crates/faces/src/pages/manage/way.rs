//! The form of one way to join: everything that it asks of people and gives them, within what the realm allows.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::delegation::Capability;
use directory::enrollment::configuration::{Configuration, Draft, ExtendFrom, default_draft};
use directory::enrollment::rule::{Field, Level, Rule, Rules};
use directory::enrollment::terms::TermsDraft;
use directory::enrollment::{Configure, Way};
use directory::membership::OnLapse;
use directory::zone::Day;
use directory::{Denial, Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{Asked, Managed, OfGroup, RoleBox, Tab};
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::visit::SignedIn;
use crate::path::Path;

/// What the form holds.
#[derive(Debug, Default, Serialize)]
struct Form {
    name: String,
    active: bool,
    visible: bool,
    require_approval: bool,
    require_approval_for_extension: bool,
    valid_from: String,
    days: String,
    extend_from_end: bool,
    multiselect: bool,
    roles: Vec<RoleBox>,
    comments_needed: bool,
    comments_label: String,
    comments_description: String,
    terms: String,
    terms_days: String,
    on_lapse: String,
    ask_again: bool,
    enrollment_introduction: String,
    enrollment_conclusion: String,
    invitation_introduction: String,
    invitation_conclusion: String,
}

/// What the realm allows of a field.
#[derive(Debug, Default, Serialize)]
struct Allowed {
    /// A value has to be given.
    days_required: bool,
    /// The largest number of days.
    days_most: Option<String>,
    from_required: bool,
    terms_required: bool,
}

impl Allowed {
    fn by(rules: &[Rule]) -> Self {
        let about = |field: Field| rules.iter().find(|rule| rule.says.field == field);
        let required = |field: Field| about(field).is_some_and(|rule| rule.says.required);
        let days = about(Field::MembershipExpirationDays);
        let most = days.and_then(|rule| rule.says.max.clone());
        Self {
            // A limit means that nothing lasts for good.
            days_required: required(Field::MembershipExpirationDays) || most.is_some(),
            days_most: most,
            from_required: required(Field::ValidFrom),
            terms_required: required(Field::Terms),
        }
    }
}

impl Form {
    fn of(draft: &Draft, all: &[String]) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let terms = draft.terms.as_ref();
        Self {
            name: draft.name.clone(),
            active: draft.active,
            visible: draft.visible,
            require_approval: draft.require_approval,
            require_approval_for_extension: draft.require_approval_for_extension,
            valid_from: draft.valid_from.map(|day| day.to_string()).unwrap_or_default(),
            days: draft
                .membership_expiration_days
                .map(|days| days.to_string())
                .unwrap_or_default(),
            extend_from_end: draft.extend_from == ExtendFrom::CurrentEnd,
            multiselect: draft.multiselect_role,
            roles: boxes(all, &draft.roles),
            comments_needed: draft.comments_needed,
            comments_label: text(&draft.comments_label),
            comments_description: text(&draft.comments_description),
            terms: terms.map(|terms| terms.url.clone()).unwrap_or_default(),
            terms_days: terms
                .and_then(|terms| terms.valid_days)
                .map(|days| days.to_string())
                .unwrap_or_default(),
            on_lapse: terms.map_or(OnLapse::Remind, |terms| terms.on_lapse).name().to_owned(),
            ask_again: terms.is_some_and(|terms| terms.ask_again),
            enrollment_introduction: text(&draft.enrollment_introduction),
            enrollment_conclusion: text(&draft.enrollment_conclusion),
            invitation_introduction: text(&draft.invitation_introduction),
            invitation_conclusion: text(&draft.invitation_conclusion),
        }
    }

    /// As it was typed, whether or not it can be taken.
    fn typed(form: &Fields, all: &[String]) -> Self {
        let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
        let ticked = |name: &str| form.text(name).is_some();
        let chosen: Vec<String> = form.all("role").into_iter().map(str::to_owned).collect();
        Self {
            name: text("name"),
            active: ticked("active"),
            visible: ticked("visible"),
            require_approval: ticked("require_approval"),
            require_approval_for_extension: ticked("require_approval_for_extension"),
            valid_from: text("valid_from"),
            days: text("days"),
            extend_from_end: form.text("extend_from") == Some("end"),
            multiselect: ticked("multiselect"),
            roles: boxes(all, &chosen),
            comments_needed: ticked("comments_needed"),
            comments_label: text("comments_label"),
            comments_description: text("comments_description"),
            terms: text("terms"),
            terms_days: text("terms_days"),
            on_lapse: text("on_lapse"),
            ask_again: ticked("ask_again"),
            enrollment_introduction: text("enrollment_introduction"),
            enrollment_conclusion: text("enrollment_conclusion"),
            invitation_introduction: text("invitation_introduction"),
            invitation_conclusion: text("invitation_conclusion"),
        }
    }

    /// As the directory takes it. What a way keeps of its terms that is not on the form stays.
    fn draft(&self, present: Option<&Way>) -> Result<Draft, Refusal> {
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        let number = |name: &'static str, text: &str| match text {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Refusal::invalid(name, "a number of days")),
        };
        let first = match self.valid_from.as_str() {
            "" => None,
            day => Some(Day::parse(day).map_err(|_| Refusal::invalid("validFrom", "a day such as 2030-12-31"))?),
        };
        let in_force = present.and_then(|way| way.terms.as_ref());
        let terms = match text(&self.terms) {
            None => None,
            Some(url) => Some(TermsDraft {
                valid_days: number("valid_days", &self.terms_days)?
                    .map(u32::try_from)
                    .transpose()
                    .map_err(|_| Refusal::invalid("valid_days", "a number of days"))?,
                on_lapse: OnLapse::parse(&self.on_lapse).unwrap_or(OnLapse::Remind),
                ask_again: self.ask_again,
                digest: in_force
                    .filter(|terms| terms.url == url)
                    .and_then(|terms| terms.digest.clone()),
                url,
            }),
        };
        Ok(Draft {
            name: self.name.clone(),
            active: self.active,
            visible: self.visible,
            require_approval: self.require_approval,
            require_approval_for_extension: self.require_approval_for_extension,
            valid_from: first,
            membership_expiration_days: number("membershipExpirationDays", &self.days)?,
            extend_from: if self.extend_from_end {
                ExtendFrom::CurrentEnd
            } else {
                ExtendFrom::Today
            },
            multiselect_role: self.multiselect,
            roles: self
                .roles
                .iter()
                .filter(|role| role.chosen)
                .map(|role| role.name.clone())
                .collect(),
            comments_needed: self.comments_needed,
            comments_label: text(&self.comments_label),
            comments_description: text(&self.comments_description),
            enrollment_introduction: text(&self.enrollment_introduction),
            enrollment_conclusion: text(&self.enrollment_conclusion),
            invitation_introduction: text(&self.invitation_introduction),
            invitation_conclusion: text(&self.invitation_conclusion),
            terms,
        })
    }
}

fn boxes(all: &[String], chosen: &[String]) -> Vec<RoleBox> {
    let each = all.iter().map(|name| RoleBox {
        name: name.clone(),
        chosen: chosen.contains(name),
    });
    each.collect()
}

/// The page of a way; none = of a new one.
pub(super) fn way_page(managed: &Managed<'_>, way: Option<Id<Configuration>>) -> String {
    let page = format!("{}/way", managed.page());
    way.map_or(page.clone(), |id| format!("{page}?id={id}"))
}

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    Path(OfGroup { group }): Path<OfGroup>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::of_query(query.as_deref());
    let shown = match Managed::of(&app, &visit, &visitor, &group).await {
        Ok(managed) => page(&managed, Asked::by(&query)).await,
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| error::answered(&visit, &error))
}

/// The way an address names; none = a new one is to be made.
async fn meant(managed: &Managed<'_>, query: &Fields) -> Result<Option<Way>, Error> {
    let Some(id) = query.said("id") else {
        return Ok(None);
    };
    let id = Id::parse(id).ok_or(Denial::NoSuchConfiguration)?;
    let directory = &managed.app.directory;
    let way = directory.configuration(managed.principal(), managed.id(), id).await?;
    Ok(Some(way))
}

async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    managed.reach.check(Capability::ConfigWrite)?;
    let (directory, principal) = (&managed.app.directory, managed.principal());
    let way = meant(managed, asked.query).await?;
    let level = Level::of(managed.placed.group.parent);
    let rules = directory.rules_for_admins(principal, level).await?;
    let roles = directory.group_roles(principal, managed.id()).await?;
    let all: Vec<String> = roles.into_iter().map(|role| role.name).collect();
    let form = match (asked.typed, &way) {
        (Some(typed), _) => Form::typed(typed, &all),
        (None, Some(way)) => Form::of(&Draft::from(way), &all),
        (None, None) => {
            let name = &managed.placed.group.display_name;
            Form::of(&default_draft(name, &all, &Rules::for_level(&rules, level)), &all)
        }
    };
    let lapses = [OnLapse::Remind, OnLapse::Withhold, OnLapse::End].map(|one| {
        let key = format!("lapse.{}", one.name());
        context! { name => one.name(), key, chosen => one.name() == form.on_lapse }
    });
    let values = context! {
        f => Serde(form), allowed => Serde(Allowed::by(&rules)), lapses,
        is_new => way.is_none(),
        version => way.as_ref().map(|way| way.configuration.version),
        way_name => way.as_ref().map(|way| way.configuration.name.as_str()),
        number => way.as_ref().and_then(|way| way.terms.as_ref()).map(|terms| terms.number),
        form => way_page(managed, way.as_ref().map(|way| way.configuration.id)),
        ways => managed.tab(Tab::Ways),
    };
    Ok(managed.render("managed_way.html", Tab::Ways, asked, values))
}

/// Makes one, or changes it.
pub(in crate::pages) async fn save(
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
    let shown = match saved(&managed, &query, &sent.form).await {
        Ok(()) => return see_other(&managed.did(Tab::Ways, "way")),
        Err(refused) => match Asked::again(&query, &sent.form, refused) {
            Ok(asked) => page(&managed, asked).await,
            Err(error) => Err(error),
        },
    };
    shown.unwrap_or_else(|error| error::answered(&sent.visit, &error))
}

async fn saved(managed: &Managed<'_>, query: &Fields, form: &Fields) -> Result<(), Error> {
    let present = meant(managed, query).await?;
    // A role that is no more is told of, not passed over.
    let chosen: Vec<String> = form.all("role").into_iter().map(str::to_owned).collect();
    let draft = Form::typed(form, &chosen).draft(present.as_ref())?;
    let configure = Configure {
        group: managed.id(),
        id: present.as_ref().map(|way| way.configuration.id),
        if_version: form.said("version").and_then(|version| version.parse().ok()),
        draft,
        force: false,
    };
    managed.run(configure).await?;
    Ok(())
}
