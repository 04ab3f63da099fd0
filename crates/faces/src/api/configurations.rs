//! Ways to join a group: what each asks of people, who decides, and what it gives.

use directory::enrollment::configuration::{Configuration, Draft, ExtendFrom};
use directory::enrollment::terms::Terms;
use directory::enrollment::{Configure, Configured, Unconfigure, Way};
use directory::group::{Group, SetDefaultConfiguration};
use directory::view::IfMatch;
use directory::zone::Day;
use directory::{Id, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::{self, Body, Object, Query, id_in};
use super::call::{self, ById, Call};
use super::delegations::Forced;
use super::error::Problem;
use super::fields;
use super::paging::Page;
use super::reply::Reply;
use super::terms::{NewTerms, TermsBody};
use crate::path::Path;

/// A way to join a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Configuration)]
pub(super) struct ConfigurationBody {
    /// Its id.
    id: String,
    /// The group it leads into.
    group: String,
    #[serde(flatten)]
    about: NewConfiguration,
    /// The version of the terms in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    terms_in_force: Option<TermsBody>,
    /// When it was last changed (RFC 3339).
    modified: String,
    /// Raised by every change; the entity tag.
    version: i64,
}

/// What a way to join is like.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConfiguration {
    /// Its name.
    name: String,
    /// Whether it can be used; usually it can.
    #[serde(default = "yes")]
    active: bool,
    /// Whether those see it who are no members; usually they do not, and join by a link.
    #[serde(default)]
    visible: bool,
    /// Somebody decides about those who are no members; usually so.
    #[serde(default = "yes")]
    require_approval: bool,
    /// Somebody decides about members who want to stay; usually so.
    #[serde(default = "yes")]
    require_approval_for_extension: bool,
    /// No membership begins before that day, in the time zone of the realm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2030-12-31")]
    valid_from: Option<String>,
    /// For so many days a membership lasts; absent = for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    membership_expiration_days: Option<i64>,
    /// From when a membership goes on that is renewed: `today`, which is usual, or `current_end`.
    #[serde(default)]
    #[schema(value_type = String)]
    extend_from: ExtendFrom,
    /// One may ask for several roles; usually for one.
    #[serde(default)]
    multiselect_role: bool,
    /// The roles that can be had by it, by their names.
    #[serde(default)]
    roles: Vec<String>,
    /// One has to say why one asks.
    #[serde(default)]
    comments_needed: bool,
    /// What stands above that; kept only where it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comments_label: Option<String>,
    /// What is asked there; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comments_description: Option<String>,
    /// What people read before they ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enrollment_introduction: Option<String>,
    /// What they read after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enrollment_conclusion: Option<String>,
    /// What people read before they answer an invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invitation_introduction: Option<String>,
    /// What they read after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invitation_conclusion: Option<String>,
    /// The terms that have to be accepted. Others than those in force are a new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<NewTerms>,
}

fn yes() -> bool {
    true
}

/// Which way to join is offered first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstOffered {
    /// The id of one of the group's.
    configuration: String,
}

/// A group and one of its ways to join in a path.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigurationOfGroup {
    pub(super) id: String,
    pub(super) configuration: String,
}

impl ConfigurationBody {
    fn of(configuration: &Configuration, roles: &[String], terms: Option<&Terms>) -> Self {
        Self {
            id: configuration.id.to_string(),
            group: configuration.group.to_string(),
            about: NewConfiguration::of(configuration, roles, terms),
            terms_in_force: terms.map(TermsBody::from),
            modified: configuration.modified.to_string(),
            version: configuration.version,
        }
    }
}

impl From<&Way> for ConfigurationBody {
    fn from(way: &Way) -> Self {
        Self::of(&way.configuration, &way.roles, way.terms.as_ref())
    }
}

impl From<&Configured> for ConfigurationBody {
    fn from(made: &Configured) -> Self {
        Self::of(&made.configuration, &made.roles, made.terms.as_ref())
    }
}

impl NewConfiguration {
    /// What one that is there would be written like.
    fn of(configuration: &Configuration, roles: &[String], terms: Option<&Terms>) -> Self {
        let contract = configuration.contract.clone();
        Self {
            name: configuration.name.clone(),
            active: configuration.active,
            visible: configuration.visible,
            require_approval: contract.require_approval,
            require_approval_for_extension: contract.require_approval_for_extension,
            valid_from: contract.valid_from,
            membership_expiration_days: contract.membership_expiration_days.map(i64::from),
            extend_from: contract.extend_from,
            multiselect_role: contract.multiselect_role,
            roles: roles.to_vec(),
            comments_needed: contract.comments_needed,
            comments_label: contract.comments_label,
            comments_description: contract.comments_description,
            enrollment_introduction: contract.enrollment_introduction,
            enrollment_conclusion: contract.enrollment_conclusion,
            invitation_introduction: contract.invitation_introduction,
            invitation_conclusion: contract.invitation_conclusion,
            terms: terms.map(NewTerms::from),
        }
    }

    /// What was sent, over this: a member that is there replaces one, null takes it away (RFC 7396).
    fn merged(&self, sent: Object) -> Result<Self, Problem> {
        let mut whole = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(members) = &mut whole {
            for (name, value) in sent.members {
                // Terms are told as a whole: with one of their members changed they are others.
                if value.is_null() && members.remove(&name).is_some() {
                    continue;
                }
                members.insert(name, value);
            }
        }
        body::parse(whole.to_string().as_bytes())
    }
}

impl TryFrom<NewConfiguration> for Draft {
    type Error = Refusal;

    fn try_from(new: NewConfiguration) -> Result<Self, Refusal> {
        let about = new;
        let valid_from = about.valid_from.as_deref().map(Day::parse).transpose();
        Ok(Self {
            name: about.name,
            active: about.active,
            visible: about.visible,
            require_approval: about.require_approval,
            require_approval_for_extension: about.require_approval_for_extension,
            valid_from: valid_from.map_err(|_| Refusal::invalid("valid_from", "a day such as 2030-12-31"))?,
            membership_expiration_days: about.membership_expiration_days,
            extend_from: about.extend_from,
            multiselect_role: about.multiselect_role,
            roles: about.roles,
            comments_needed: about.comments_needed,
            comments_label: about.comments_label,
            comments_description: about.comments_description,
            enrollment_introduction: about.enrollment_introduction,
            enrollment_conclusion: about.enrollment_conclusion,
            invitation_introduction: about.invitation_introduction,
            invitation_conclusion: about.invitation_conclusion,
            terms: about.terms.map(TryInto::try_into).transpose()?,
        })
    }
}

fn here(problem: Problem) -> Problem {
    problem.renamed(fields::here)
}

/// List the ways to join a group
///
/// At most 100. For those who administer it in any way.
#[utoipa::path(get, path = "/groups/{id}/configurations", tag = "Ways to join", operation_id = "list_configurations", params(("id" = String, Path, description = "the group's id")), responses((status = 200, description = "all of them", body = Page<ConfigurationBody>)))]
pub(super) async fn list(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let ways = call.directory().configurations(&call.principal, group).await?;
    let ways = ways.iter().map(ConfigurationBody::from).collect();
    Ok(Reply::ok(&Page::with(ways, None)))
}

/// Make a way to join a group
///
/// Takes `config.write`. What the rules of the realm forbid is refused; its administration may put them aside with `force`, and
/// nobody comes in by it while it breaks one.
#[utoipa::path(post, path = "/groups/{id}/configurations", tag = "Ways to join", operation_id = "create_configuration", params(("id" = String, Path, description = "the group's id"), Forced), request_body = NewConfiguration, responses((status = 201, description = "made", body = ConfigurationBody)))]
pub(super) async fn create(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(Forced { force }): Query<Forced>,
    body: Body<NewConfiguration>,
) -> Result<Reply, Problem> {
    let command = Configure {
        group: call::id(&id, "group")?,
        id: None,
        if_version: None,
        draft: body.value.try_into()?,
        force,
    };
    let path = call.path.clone();
    let reply = move |made: &Configured, _| {
        let location = format!("{path}/{}", made.configuration.id);
        Reply::created(location, &ConfigurationBody::from(made)).version(made.configuration.version)
    };
    call.once(&body.bytes, command, reply).await.map_err(here)
}

async fn read(call: &Call, path: &ConfigurationOfGroup) -> Result<Way, Problem> {
    let group = call::id(&path.id, "group")?;
    let id = call::id(&path.configuration, "way to join")?;
    Ok(call.directory().configuration(&call.principal, group, id).await?)
}

/// Show a way to join
///
/// For those who administer the group in any way.
#[utoipa::path(get, path = "/groups/{id}/configurations/{configuration}", tag = "Ways to join", operation_id = "show_configuration", params(("id" = String, Path, description = "the group's id"), ("configuration" = String, Path, description = "its id")), responses((status = 200, description = "the way to join", body = ConfigurationBody)))]
pub(super) async fn show(call: Call, Path(path): Path<ConfigurationOfGroup>) -> Result<Reply, Problem> {
    let way = read(&call, &path).await?;
    Ok(Reply::ok(&ConfigurationBody::from(&way)).version(way.configuration.version))
}

/// Change a way to join
///
/// What is sent is merged (RFC 7396): null removes, a list replaces the whole list, terms the terms. Requests that wait are put
/// aside, and who asked is told. Takes `config.write`; with `force` the administration of the realm puts its rules aside.
#[utoipa::path(patch, path = "/groups/{id}/configurations/{configuration}", tag = "Ways to join", operation_id = "change_configuration", params(("id" = String, Path, description = "the group's id"), ("configuration" = String, Path, description = "its id"), Forced), request_body = NewConfiguration, responses((status = 200, description = "the way to join as it now is", body = ConfigurationBody)))]
pub(super) async fn change(
    call: Call,
    Path(path): Path<ConfigurationOfGroup>,
    Query(Forced { force }): Query<Forced>,
    sent: Object,
) -> Result<Reply, Problem> {
    let way = read(&call, &path).await?;
    call.if_version(way.configuration.version)?;
    let before = NewConfiguration::of(&way.configuration, &way.roles, way.terms.as_ref());
    let command = Configure {
        group: way.group.id,
        id: Some(way.configuration.id),
        // What is not sent is as it was just read.
        if_version: Some(way.configuration.version),
        draft: before.merged(sent)?.try_into()?,
        force,
    };
    let changed = call.run(command).await.map_err(here)?;
    Ok(Reply::ok(&ConfigurationBody::from(&changed)).version(changed.configuration.version))
}

/// Take a way to join away
///
/// Requests for it go with it. The one that is offered first stays, unless it is the last one of a group in which nobody is; so
/// does one to which somebody is invited. Takes `config.write`.
#[utoipa::path(delete, path = "/groups/{id}/configurations/{configuration}", tag = "Ways to join", operation_id = "delete_configuration", params(("id" = String, Path, description = "the group's id"), ("configuration" = String, Path, description = "its id")), responses((status = 204, description = "taken away")))]
pub(super) async fn delete(call: Call, Path(path): Path<ConfigurationOfGroup>) -> Result<Reply, Problem> {
    let way = read(&call, &path).await?;
    call.run(Unconfigure {
        group: way.group.id,
        id: way.configuration.id,
        if_version: call.if_version(way.configuration.version)?,
    })
    .await?;
    Ok(Reply::done())
}

/// Offer a way to join first
///
/// New members come by it where nothing else is said. Takes `config.write`.
#[utoipa::path(put, path = "/groups/{id}/default-configuration", tag = "Ways to join", operation_id = "set_default_configuration", params(("id" = String, Path, description = "the group's id")), request_body = FirstOffered, responses((status = 200, description = "the way to join", body = ConfigurationBody)))]
pub(super) async fn offer_first(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<FirstOffered>,
) -> Result<Reply, Problem> {
    let group: Id<Group> = call::id(&id, "group")?;
    let configuration = id_in("configuration", &body.value.configuration)?;
    call.run(SetDefaultConfiguration {
        group,
        configuration,
        if_match: IfMatch::Any,
    })
    .await?;
    let way = call
        .directory()
        .configuration(&call.principal, group, configuration)
        .await?;
    Ok(Reply::ok(&ConfigurationBody::from(&way)).version(way.configuration.version))
}
