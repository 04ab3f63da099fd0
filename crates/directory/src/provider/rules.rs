//! What a token of the provider must say to count, and who and what its claims make its bearer.

use super::claims::Claims;
use super::misfit::Misfit;
use super::token::{Kind, SignedToken};
use crate::clock::Timestamp;
use crate::mail::EmailAddress;
use crate::principal::{ProviderToken, RealmRight, Role};
use crate::realm::{OidcRoles, RealmSettings};

/// How far another's clock may differ from ours.
const LEEWAY_MILLIS: i64 = 30_000;

/// The longest subject, in bytes (OpenID Connect Core §2).
const LONGEST_SUBJECT: usize = 255;

/// How many identity providers behind a sign-in are kept.
const MOST_AUTHORITIES: usize = 20;

/// The longest text that is taken over from a claim, in bytes.
const LONGEST_TEXT: usize = 1024;

/// Who signed in, by a token that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedIn {
    /// Whom the token names, and by which sign-in.
    pub(crate) token: ProviderToken,
    /// The roles its claims carry.
    pub(crate) roles: Vec<Role>,
    /// What it says of the person.
    pub(crate) profile: Profile,
}

/// What a token says of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    /// The address, if the provider has verified it.
    pub(crate) verified_email: Option<String>,
    /// The address, verified or not.
    pub(crate) email: Option<String>,
    pub(crate) preferred_username: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    /// What the realm's `oidc.name_id_claim` names.
    pub(crate) name_id: Option<String>,
}

/// Whether the realm allows that algorithm and the token names the realm's issuer: to be asked before anybody asks for keys.
pub(super) fn check_origin(token: &SignedToken<'_>, settings: &RealmSettings, issuer: &str) -> Result<(), Misfit> {
    if !settings.oidc.algorithms().contains(&token.algorithm.name()) {
        return Err(Misfit::Algorithm);
    }
    // Byte for byte (RFC 7519 §4.1.1).
    if token.claims.text("iss") != Some(issuer) {
        return Err(Misfit::Issuer);
    }
    Ok(())
}

/// Who signed in. The signature is that of the issuer; the time is the real one, since the provider knows no other.
pub(super) fn signed_in(
    token: &SignedToken<'_>,
    settings: &RealmSettings,
    issuer: &str,
    now: Timestamp,
) -> Result<SignedIn, Misfit> {
    check_origin(token, settings, issuer)?;
    check_purpose(token, settings)?;
    check_time(&token.claims, now)?;
    check_audience(token, settings)?;
    let signed_in = said(&token.claims, settings, issuer)?;
    if !signed_in.roles.is_empty() || !signed_in.token.rights.is_empty() {
        check_age(token, settings, now)?;
    }
    Ok(signed_in)
}

/// Whom claims name that count, and what they say of them.
pub(super) fn said(claims: &Claims, settings: &RealmSettings, issuer: &str) -> Result<SignedIn, Misfit> {
    let subject = claims.text("sub").ok_or(Misfit::Subject)?;
    if subject.len() > LONGEST_SUBJECT || subject.contains(char::is_control) {
        return Err(Misfit::Subject);
    }
    let text = |name: &str| claims.text(name).filter(|text| is_fit(text)).map(str::to_owned);
    let authorities = ["authnAuthorities", "identity_provider", "idp"]
        .iter()
        .map(|name| claims.texts(name))
        .find(|found| !found.is_empty())
        .unwrap_or_default();
    let authorities = authorities.into_iter().filter(|text| is_fit(text));
    let is_weak = settings.oidc.acr.is_some() && text("acr") != settings.oidc.acr;
    let email = text("email").filter(|email| EmailAddress::parse(email).is_ok());
    let (roles, rights) = if is_weak {
        (Vec::new(), Vec::new())
    } else {
        (roles(claims, settings), rights(claims, settings))
    };
    Ok(SignedIn {
        token: ProviderToken {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            session: text("sid").or_else(|| text("session_state")),
            authorities: authorities.take(MOST_AUTHORITIES).map(str::to_owned).collect(),
            acr: text("acr"),
            is_weak,
            rights,
        },
        roles,
        profile: Profile {
            verified_email: email.clone().filter(|_| claims.is_true("email_verified")),
            email,
            preferred_username: text("preferred_username"),
            name: text("name"),
            given_name: text("given_name"),
            family_name: text("family_name"),
            name_id: settings
                .oidc
                .name_id_claim
                .as_deref()
                .filter(|name| is_proved(claims, name))
                .and_then(text),
        },
    })
}

/// An address counts only where the provider says that it is the person's.
fn is_proved(claims: &Claims, name: &str) -> bool {
    name != "email" || claims.is_true("email_verified")
}

/// Whether a text can be kept as it is.
pub(super) fn is_fit(text: &str) -> bool {
    text.len() <= LONGEST_TEXT && !text.contains('\0')
}

/// An ID token tells a program who signed in and opens nothing; a token that is bound to a key is none of its bearer's alone.
fn check_purpose(token: &SignedToken<'_>, settings: &RealmSettings) -> Result<(), Misfit> {
    let claims = &token.claims;
    if token.kind == Kind::Logout {
        return Err(Misfit::Purpose);
    }
    // RFC 9449 §6, RFC 8705 §3.
    if claims.has("cnf") {
        return Err(Misfit::Bound);
    }
    // Keycloak says in a claim what kind its tokens are.
    let by_claim = claims.text("typ").map(str::to_ascii_lowercase);
    if by_claim.as_deref().is_some_and(|typ| typ != "bearer") {
        return Err(Misfit::Purpose);
    }
    let of_an_id_token = ["at_hash", "c_hash", "s_hash"].iter().any(|name| claims.has(name));
    // Before version 24 Keycloak wrote the nonce into access tokens too.
    let with_nonce = claims.has("nonce") && by_claim.is_none();
    // The audience of an ID token is the program that asked for it (OpenID Connect Core §2). Where that is also what the realm
    // takes tokens for, only what an ID token never has tells them apart.
    let program = settings.oidc.client_id.as_deref();
    let is_for_program = program.is_some_and(|program| claims.texts("aud") == [program]);
    let is_granted = by_claim.is_some() || claims.has("scope") || claims.has("scp");
    let to_a_program = is_for_program && !is_granted;
    if token.kind == Kind::Any && (of_an_id_token || with_nonce || to_a_program) {
        return Err(Misfit::Purpose);
    }
    Ok(())
}

/// Roles in a token cannot be taken back before its end, so it does not count for as long as a provider may like.
fn check_age(token: &SignedToken<'_>, settings: &RealmSettings, now: Timestamp) -> Result<(), Misfit> {
    let instant = |name| token.claims.instant(name).map_err(|()| Misfit::Malformed);
    let longest = i64::from(settings.oidc.role_token_hours()) * 3600;
    let made = instant("iat")?;
    let counts = match (made, instant("exp")?) {
        (Some(made), _) => now < made.plus_seconds(longest),
        (None, Some(end)) => end <= now.plus_seconds(longest),
        (None, None) => false,
    };
    if counts { Ok(()) } else { Err(Misfit::OldRoles) }
}

pub(super) fn check_time(claims: &Claims, now: Timestamp) -> Result<(), Misfit> {
    let instant = |name| claims.instant(name).map_err(|()| Misfit::Malformed);
    let (from, made) = (instant("nbf")?, instant("iat")?);
    let end = instant("exp")?.ok_or(Misfit::Endless)?;
    if end.plus_millis(LEEWAY_MILLIS) <= now {
        return Err(Misfit::Expired);
    }
    let latest = now.plus_millis(LEEWAY_MILLIS);
    if from.is_some_and(|from| from > latest) || made.is_some_and(|made| made > latest) {
        return Err(Misfit::Early);
    }
    Ok(())
}

fn check_audience(token: &SignedToken<'_>, settings: &RealmSettings) -> Result<(), Misfit> {
    if settings.compat.token_any_audience {
        return Ok(());
    }
    let audience = settings.oidc.audience.as_deref().ok_or(Misfit::AudienceUnset)?;
    if token.claims.texts("aud").contains(&audience) {
        return Ok(());
    }
    Err(Misfit::Audience)
}

/// Where Keycloak writes the roles of its own two programs.
const ACCOUNT: &str = "resource_access.account.roles";
const ADMINISTRATION: &str = "resource_access.realm-management.roles";

/// A flat list for providers that write roles nowhere else.
const FLAT: &str = "usher_roles";

/// Whether claims carry one of the entries that are set, or else one of the defaults.
fn carries(claims: &Claims, set: &[String], defaults: &[(&str, &str)]) -> bool {
    if set.is_empty() {
        return defaults.iter().any(|(path, value)| claims.carries(path, value));
    }
    let entries = set.iter().filter_map(|entry| entry.split_once('='));
    entries.into_iter().any(|(path, value)| claims.carries(path, value))
}

/// The roles in the realm that the claims carry.
fn roles(claims: &Claims, settings: &RealmSettings) -> Vec<Role> {
    let OidcRoles {
        realm_admin,
        manage_groups,
        manage_groups_extended,
        inviter,
        auditor,
        manage_users: _,
    } = &settings.oidc.roles;
    let (manage, extended) = (settings.agm.roles.manage(), settings.agm.roles.manage_extended());
    let of = |role: Role| -> (&[String], Vec<(&str, &str)>) {
        match role {
            Role::RealmAdmin => (
                realm_admin,
                vec![(ADMINISTRATION, "realm-admin"), (ADMINISTRATION, "manage-realm")],
            ),
            Role::ManageGroups => (manage_groups, vec![(ACCOUNT, manage)]),
            Role::ManageGroupsExtended => (manage_groups_extended, vec![(ACCOUNT, extended)]),
            Role::Inviter => (inviter, vec![]),
            Role::Auditor => (auditor, vec![(ADMINISTRATION, "view-users")]),
        }
    };
    let carried = |(role, name): &(Role, &'static str)| {
        let (set, mut defaults) = of(*role);
        defaults.push((FLAT, *name));
        carries(claims, set, &defaults).then_some(*role)
    };
    Role::ALL.iter().filter_map(carried).collect()
}

/// The rights in the administration of the realm that the claims carry beside roles.
fn rights(claims: &Claims, settings: &RealmSettings) -> Vec<RealmRight> {
    let mut rights = Vec::new();
    if carries(claims, &[], &[(ADMINISTRATION, "view-realm")]) {
        rights.push(RealmRight::View);
    }
    if carries(
        claims,
        &settings.oidc.roles.manage_users,
        &[(ADMINISTRATION, "manage-users")],
    ) {
        rights.extend([RealmRight::Groups, RealmRight::People]);
    }
    rights
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
