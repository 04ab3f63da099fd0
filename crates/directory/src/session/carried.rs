//! What the provider said of a sign-in, as it is kept with the session.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::principal::{ProviderToken, RealmRight, Role};

/// What counts of a sign-in beside who signed in. A newer version may write more than this one reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Carried {
    /// The names of the roles that the claims carry.
    roles: Vec<String>,
    /// The rights beside them.
    rights: Vec<String>,
    /// The identity providers behind the sign-in, nearest first.
    authorities: Vec<String>,
    acr: Option<String>,
    /// Whether that was less than the realm asks of whoever uses a role.
    is_weak: bool,
}

impl Carried {
    pub(crate) fn of(token: &ProviderToken, roles: &[Role]) -> Self {
        Self {
            roles: roles.iter().map(|role| role.name().to_owned()).collect(),
            rights: token.rights.iter().map(|right| name(*right).to_owned()).collect(),
            authorities: token.authorities.clone(),
            acr: token.acr.clone(),
            is_weak: token.is_weak,
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The token behind the session, and the roles it carries that are not granted already. What it carries counts until
    /// that instant.
    pub(super) fn token(
        &self,
        (issuer, subject): (&str, &str),
        session: Option<&str>,
        (now, until): (Timestamp, Timestamp),
    ) -> (ProviderToken, Vec<Role>) {
        let counts = now < until;
        let rights = self.rights.iter().filter(|_| counts);
        let roles = self.roles.iter().filter(|_| counts);
        let token = ProviderToken {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            session: session.map(str::to_owned),
            authorities: self.authorities.clone(),
            acr: self.acr.clone(),
            is_weak: self.is_weak,
            rights: rights.filter_map(|right| parse(right)).collect(),
        };
        (token, roles.filter_map(|role| Role::parse(role)).collect())
    }
}

const RIGHTS: [(RealmRight, &str); 4] = [
    (RealmRight::View, "view"),
    (RealmRight::Manage, "manage"),
    (RealmRight::Groups, "groups"),
    (RealmRight::People, "people"),
];

fn name(right: RealmRight) -> &'static str {
    let known = RIGHTS.iter().find(|(known, _)| *known == right);
    known.map_or("", |(_, name)| name)
}

fn parse(name: &str) -> Option<RealmRight> {
    let known = RIGHTS.iter().find(|(_, known)| *known == name);
    known.map(|(right, _)| *right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_carried_is_read_as_it_was_written_and_counts_for_a_while() {
        let token = ProviderToken {
            issuer: "https://id.example".to_owned(),
            subject: "u1".to_owned(),
            session: Some("s1".to_owned()),
            authorities: vec!["https://idp.example".to_owned()],
            acr: Some("gold".to_owned()),
            is_weak: false,
            rights: vec![RealmRight::Groups, RealmRight::People],
        };
        let written = Carried::of(&token, &[Role::ManageGroups]).to_text();
        let read = Carried::parse(&written);
        let at = Timestamp::from_millis;
        let of = |now: i64| read.token(("https://id.example", "u1"), Some("s1"), (at(now), at(1000)));
        assert_eq!(of(999), (token.clone(), vec![Role::ManageGroups]));
        let (late, roles) = of(1000);
        assert_eq!((late.rights, roles), (Vec::new(), Vec::new()));
        assert_eq!(late.acr, token.acr);
        assert_eq!(Carried::parse("nothing"), Carried::default());
    }
}
