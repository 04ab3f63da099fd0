//! A program that a test registers, with a token.

use directory::Id;
use directory::client::{ClientSettings, InviteMode, Policy, Profile};
use directory::user::User;
use directory::{Scopes, Timestamp};
use serde_json::Value;

/// What a program is registered with, beside its name and scopes.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) realm: String,
    pub(crate) profile: Profile,
    pub(crate) invite: Option<InviteMode>,
    pub(crate) idp: bool,
    pub(crate) pending_active: Option<bool>,
    pub(crate) policy: Option<Policy>,
    pub(crate) settings: ClientSettings,
    pub(crate) user: Option<Id<User>>,
    pub(crate) token_scopes: Option<Scopes>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Default for Program {
    fn default() -> Self {
        Self {
            realm: "default".to_owned(),
            profile: Profile::Generic,
            invite: None,
            idp: false,
            pending_active: None,
            policy: None,
            settings: ClientSettings::default(),
            user: None,
            token_scopes: None,
            expires_at: None,
        }
    }
}

impl Program {
    /// In another realm.
    pub fn realm(mut self, name: &str) -> Self {
        name.clone_into(&mut self.realm);
        self
    }

    /// It speaks that dialect: `generic`, `entra`, `okta`, `wire`, `canaille`.
    pub fn profile(mut self, name: &str) -> Self {
        self.profile = Profile::parse(name).expect("a profile");
        self
    }

    /// Who has no account elsewhere is invited.
    pub fn invites(mut self) -> Self {
        self.invite = Some(InviteMode::Unlinked);
        self
    }

    /// Nobody is invited, whatever the profile says.
    pub fn never_invites(mut self) -> Self {
        self.invite = Some(InviteMode::Never);
        self
    }

    /// Its people have accounts at the realm's provider.
    pub fn idp(mut self) -> Self {
        self.idp = true;
        self
    }

    /// What SCIM shows as `active` while an invitation is open.
    pub fn pending_active(mut self, shown: bool) -> Self {
        self.pending_active = Some(shown);
        self
    }

    /// An access policy, as it is written in JSON.
    pub fn policy(mut self, policy: Value) -> Self {
        self.policy = Some(serde_json::from_value(policy).expect("a policy"));
        self
    }

    /// Settings that are rare, as the native API takes them.
    pub fn settings(mut self, settings: &Value) -> Self {
        let settings = settings.as_object().expect("an object");
        self.settings = ClientSettings::default().merged(settings).expect("settings");
        self
    }

    /// Its token acts as that person.
    pub fn acts_as(mut self, user: Id<User>) -> Self {
        self.user = Some(user);
        self
    }

    /// Its token has these scopes only.
    pub fn token_scopes(mut self, scopes: &[&str]) -> Self {
        self.token_scopes = Some(Scopes::parse(&scopes.join(" ")).expect("scopes"));
        self
    }

    /// Its token ends at that instant.
    pub fn expires_at(mut self, instant: Timestamp) -> Self {
        self.expires_at = Some(instant);
        self
    }
}
