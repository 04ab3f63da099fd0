//! What a command or query takes, and whether a principal has it.

use super::{Actor, Credential, Principal, Role, Scope, UserActor};
use crate::{Denial, Refusal};

/// What a command or query takes, apart from what depends on data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Nothing: the secret in the request is the right.
    Anyone,
    /// This scope (and, for a person, the role that goes with it).
    Scope(Scope),
    /// This scope, of a client without an access policy that narrows it: for what tells of everybody in the realm, or could
    /// widen a policy.
    Unnarrowed(Scope),
    /// A person who acts for themselves, by a token with this scope. It takes no role, and nobody else can stand in for them.
    Person(Scope),
    /// Whoever manages groups: a person or a program whose token reaches group management. Which groups is decided where
    /// rows pass.
    Manage,
    /// A right in the administration of the realm.
    Realm(RealmRight),
    /// Jobs only.
    System,
}

/// The parts of a realm's administration. `realm-admin` has all of them, `auditor` the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealmRight {
    /// See settings and rules.
    View,
    /// Change settings and rules.
    Manage,
    /// Make, move and remove any group, and name who administers it.
    Groups,
    /// Remove people.
    People,
}

impl Principal {
    /// Whether the principal has what a command needs; data is checked where rows pass.
    ///
    /// # Errors
    /// `MissingScope` or `Forbidden`, naming what it takes.
    pub fn check(&self, permission: Permission) -> Result<(), Refusal> {
        let forbidden = |why: &str| Err(Refusal::forbidden(why));
        match (&self.actor, permission) {
            (Actor::User(actor), Permission::Person(scope)) => actor.carrying(scope),
            (Actor::Operator | Actor::System | Actor::Client(_), Permission::Person(_)) => {
                Err(Denial::PersonRequired.into())
            }
            (Actor::Operator | Actor::System, _) | (_, Permission::Anyone) => Ok(()),
            (_, Permission::System) => forbidden("only jobs do this"),
            (Actor::Nobody, _) => forbidden("this takes a token"),
            (_, Permission::Unnarrowed(scope)) => {
                self.check(Permission::Scope(scope))?;
                self.check_unnarrowed()
            }
            (Actor::Client(_), Permission::Scope(Scope::ScimMe)) => {
                forbidden("this takes a token that acts as a person")
            }
            (Actor::Client(actor), Permission::Scope(scope)) if actor.scopes.has(scope) => Ok(()),
            (Actor::Client(_), Permission::Scope(scope)) => Err(Refusal::MissingScope(scope)),
            (Actor::User(actor), Permission::Scope(scope)) => actor.check_scope(scope),
            (Actor::Client(actor), Permission::Manage) if actor.scopes.has(Scope::AgmAdmin) => Ok(()),
            (Actor::Client(actor), Permission::Manage) if actor.scopes.has(Scope::AgmManage) => Ok(()),
            (Actor::User(actor), Permission::Manage) if actor.carries(Scope::AgmAdmin) => Ok(()),
            (Actor::User(actor), Permission::Manage) => actor.carrying(Scope::AgmManage),
            (Actor::Client(_), Permission::Manage) => Err(Refusal::MissingScope(Scope::AgmManage)),
            (Actor::Client(actor), Permission::Realm(right)) => {
                if !actor.scopes.has(Scope::AgmAdmin) {
                    return Err(Refusal::MissingScope(Scope::AgmAdmin));
                }
                match right {
                    RealmRight::View | RealmRight::Manage => self.check_unnarrowed(),
                    // Which of them is decided where rows pass.
                    RealmRight::Groups | RealmRight::People => Ok(()),
                }
            }
            (Actor::User(actor), Permission::Realm(right)) => {
                actor.check_right(right)?;
                self.check_unnarrowed()
            }
        }
    }

    /// A policy narrows a client to certain users and groups. Programs, tokens, roles, settings, mails and the log of events
    /// are none of them.
    fn check_unnarrowed(&self) -> Result<(), Refusal> {
        let policy = self.client().and_then(|client| client.policy.as_ref());
        if policy.is_some_and(crate::client::Policy::narrows) {
            return Err(Refusal::forbidden(
                "this client's access policy narrows it to users and groups",
            ));
        }
        Ok(())
    }
}

impl UserActor {
    fn carrying(&self, scope: Scope) -> Result<(), Refusal> {
        if self.carries(scope) {
            Ok(())
        } else {
            Err(Refusal::MissingScope(scope))
        }
    }

    /// A person's token carries scopes too; what it reaches beyond /Me takes a role.
    fn check_scope(&self, scope: Scope) -> Result<(), Refusal> {
        self.carrying(scope)?;
        let admitted = self.roles.iter().any(|role| match role {
            Role::RealmAdmin => true,
            Role::Inviter => scope == Scope::Invite,
            Role::Auditor => matches!(scope, Scope::ScimRead | Scope::GraphRead | Scope::EventsRead),
            Role::ManageGroups | Role::ManageGroupsExtended => false,
        });
        if admitted || scope == Scope::ScimMe {
            return Ok(());
        }
        Err(self.needs_role())
    }

    /// Why a person's roles do not do.
    fn needs_role(&self) -> Refusal {
        match &self.credential {
            Credential::Provider(token) if token.is_weak => Refusal::forbidden(
                "roles take a stronger sign-in at the provider: the realm asks for the acr that its setting oidc.acr names",
            ),
            Credential::Provider(_) | Credential::Own => Refusal::forbidden("this takes the role realm-admin"),
        }
    }

    fn check_right(&self, right: RealmRight) -> Result<(), Refusal> {
        self.carrying(Scope::AgmAdmin)?;
        let by_role = self.roles.iter().any(|role| match role {
            Role::RealmAdmin => true,
            Role::Auditor => right == RealmRight::View,
            Role::Inviter | Role::ManageGroups | Role::ManageGroupsExtended => false,
        });
        let by_claim = match &self.credential {
            Credential::Own => false,
            Credential::Provider(token) => token.rights.contains(&right),
        };
        if by_role || by_claim {
            return Ok(());
        }
        Err(self.needs_role())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::id::Id;
    use crate::principal::{ProviderToken, Scopes};
    use crate::realm::RealmId;

    fn person(scopes: &[Scope], roles: &[Role], credential: Credential) -> Principal {
        let actor = UserActor {
            user: Id::new(uuid::Uuid::nil()),
            client: None,
            scopes: Scopes::of(scopes),
            roles: roles.to_vec(),
            credential,
        };
        Principal {
            realm: RealmId(1),
            actor: Actor::User(Arc::new(actor)),
            request: None,
        }
    }

    fn signed_in(roles: &[Role], rights: &[RealmRight]) -> Principal {
        let token = ProviderToken {
            rights: rights.to_vec(),
            ..ProviderToken::default()
        };
        person(&[], roles, Credential::Provider(token))
    }

    fn may(principal: &Principal, permission: Permission) -> bool {
        principal.check(permission).is_ok()
    }

    #[test]
    fn a_weak_sign_in_is_told_so() {
        let token = ProviderToken {
            is_weak: true,
            ..ProviderToken::default()
        };
        let weak = person(&[], &[], Credential::Provider(token));
        for permission in [Permission::Scope(Scope::Admin), Permission::Realm(RealmRight::Manage)] {
            let refusal = weak.check(permission).expect_err("it takes a role");
            assert!(refusal.to_string().contains("oidc.acr"), "{refusal}");
        }
    }

    #[test]
    fn what_takes_a_person_takes_one() {
        let own = Permission::Person(Scope::AgmSelf);
        assert!(may(&person(&[Scope::AgmSelf], &[], Credential::Own), own));
        assert!(may(&signed_in(&[], &[]), own));
        for other in [Principal::operator, Principal::system, Principal::nobody] {
            assert!(!may(&other(RealmId(1)), own));
        }
        let without = person(&[Scope::ScimMe], &[Role::RealmAdmin], Credential::Own);
        assert_eq!(without.check(own), Err(Refusal::MissingScope(Scope::AgmSelf)));
    }

    #[test]
    fn a_token_of_the_provider_is_as_strong_as_the_roles_it_carries() {
        let nobody_special = signed_in(&[], &[]);
        assert!(may(&nobody_special, Permission::Scope(Scope::ScimMe)));
        for scope in [Scope::ScimRead, Scope::ScimWrite, Scope::Invite, Scope::Admin] {
            assert!(!may(&nobody_special, Permission::Scope(scope)), "{scope}");
            assert!(may(&signed_in(&[Role::RealmAdmin], &[]), Permission::Scope(scope)));
        }
        let manager = signed_in(&[Role::ManageGroups, Role::ManageGroupsExtended], &[]);
        assert!(may(&manager, Permission::Manage));
        assert!(!may(&manager, Permission::Scope(Scope::ScimWrite)));
        assert!(!may(&manager, Permission::System));
    }

    #[test]
    fn who_manages_groups_is_decided_with_the_group_but_the_token_reaches_there() {
        for scope in [Scope::AgmManage, Scope::AgmAdmin] {
            assert!(
                may(&person(&[scope], &[], Credential::Own), Permission::Manage),
                "{scope}"
            );
        }
        let out_of_reach = person(&[Scope::AgmSelf], &[Role::RealmAdmin], Credential::Own);
        assert_eq!(
            out_of_reach.check(Permission::Manage),
            Err(Refusal::MissingScope(Scope::AgmManage))
        );
        assert!(!may(&Principal::nobody(RealmId(1)), Permission::Manage));
        assert!(may(&Principal::operator(RealmId(1)), Permission::Manage));
    }

    #[test]
    fn rights_in_the_realm_come_from_roles_or_from_the_providers_claims() {
        use RealmRight::{Groups, Manage, People, View};
        let rights = |principal: &Principal| {
            let all = [View, Manage, Groups, People];
            let has = |right: &RealmRight| may(principal, Permission::Realm(*right));
            all.into_iter().filter(has).collect::<Vec<_>>()
        };
        let all = vec![View, Manage, Groups, People];
        assert_eq!(rights(&signed_in(&[Role::RealmAdmin], &[])), all);
        assert_eq!(
            rights(&person(&[Scope::AgmAdmin], &[Role::RealmAdmin], Credential::Own)),
            all
        );
        assert_eq!(
            rights(&person(&[Scope::AgmManage], &[Role::RealmAdmin], Credential::Own)),
            []
        );
        assert_eq!(rights(&signed_in(&[Role::Auditor], &[])), [View]);
        assert_eq!(rights(&signed_in(&[], &[Groups, People])), [Groups, People]);
        assert_eq!(
            rights(&signed_in(&[Role::ManageGroupsExtended, Role::Inviter], &[])),
            []
        );
    }
}
