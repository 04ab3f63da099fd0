//! Which roles groups have. One that is called otherwise goes on being had by the same people, under the other name; what comes in
//! the place of one that is deleted is given to them, and takes what giving roles takes.

use directory::delegation::Capability::{MembersWrite, RolesAssign, RolesDefine};
use serde_json::json;

use super::model::{Checked, Model, Offered, Roles, Stage, Two, must};
use super::who::Who;
use super::world::{API, ROLES, Run, THEIRS};

/// Two roles of a group, each by its place among all.
#[derive(Clone, Copy, Debug)]
struct Roled {
    group: usize,
    role: usize,
    /// What it becomes; none = nothing.
    into: Option<usize>,
}

impl Roled {
    fn bit(self) -> Roles {
        1 << self.role
    }

    /// What somebody has afterwards.
    fn of(self, roles: Roles) -> Roles {
        if roles & self.bit() == 0 {
            return roles;
        }
        (roles & !self.bit()) | self.into.map_or(0, |into| 1 << into)
    }
}

impl Model {
    fn gives_roles(&self, who: Who, group: usize) -> Checked {
        self.may(who, group, RolesAssign)
            .or_else(|_| self.may(who, group, MembersWrite))
    }

    fn defined(&mut self, who: Who, group: usize, role: usize) -> Checked {
        self.may(who, group, RolesDefine)?;
        must(self.places[group].roles & (1 << role) == 0, "the group has that role")?;
        self.places[group].roles |= 1 << role;
        Ok(())
    }

    /// Everybody who has a role, may have it, or asked for it or was offered it has the other one.
    fn turned(&mut self, roled: Roled) {
        let group = roled.group;
        let held = self.held.iter_mut().filter(|((of, _), _)| *of == group);
        held.for_each(|(_, grant)| grant.roles = roled.of(grant.roles));
        let ways = self.ways.iter_mut().filter(|way| way.group == group);
        ways.for_each(|way| way.roles = roled.of(way.roles));
        let eligible = self.eligible.iter_mut().filter(|((of, _), _)| *of == group);
        eligible.for_each(|(_, one)| one.roles = roled.of(one.roles));
        for offer in self.offers.iter_mut().filter(|offer| offer.group == group) {
            if let Offered::Membership { roles, .. } = &mut offer.what {
                *roles = roled.of(*roles);
            }
        }
        self.places[group].roles = roled.of(self.places[group].roles);
    }

    fn renamed_role(&mut self, who: Who, roled: Roled) -> Checked {
        let has = self.places[roled.group].roles;
        must(has & roled.bit() != 0, "the group has no such role")?;
        self.may(who, roled.group, RolesDefine)?;
        self.gives_roles(who, roled.group)?;
        self.raises(who, roled.group, None)?;
        must(
            roled.into.is_some_and(|into| has & (1 << into) == 0),
            "the group has two roles of that name",
        )?;
        let ways = &self.ways;
        let of_group = self
            .requests
            .iter_mut()
            .filter(|asked| ways[asked.way].group == roled.group);
        of_group.for_each(|asked| asked.roles = roled.of(asked.roles));
        self.turned(roled);
        Ok(())
    }

    fn undefined(&mut self, who: Who, roled: Roled, force: bool) -> Checked {
        let has = self.places[roled.group].roles;
        must(has & roled.bit() != 0, "the group has no such role")?;
        self.may(who, roled.group, RolesDefine)?;
        let held = self.held.iter().filter(|((of, _), _)| *of == roled.group);
        let is_held = held.into_iter().any(|(_, grant)| grant.roles & roled.bit() != 0);
        must(!is_held || force || roled.into.is_some(), "members have it")?;
        if let Some(into) = roled.into {
            must(
                into != roled.role && has & (1 << into) != 0,
                "the group has nothing to put in its place",
            )?;
            self.raises(who, roled.group, None)?;
        }
        if is_held || roled.into.is_some() {
            self.gives_roles(who, roled.group)?;
        }
        // Whoever asked for it asks anew.
        let ways = &self.ways;
        let asked = (self.requests.iter_mut())
            .filter(|asked| ways[asked.way].group == roled.group && asked.roles & roled.bit() != 0);
        asked.for_each(|asked| asked.stage = Stage::Over);
        let had: Vec<Two> = self
            .eligible
            .iter()
            .filter(|(of, one)| of.0 == roled.group && one.roles & roled.bit() != 0)
            .map(|(of, _)| *of)
            .collect();
        self.turned(roled);
        let plain = self.places[roled.group].plain;
        self.eligible
            .retain(|of, one| plain || one.roles != 0 || !had.contains(of));
        Ok(())
    }
}

impl Run {
    /// A role of the group, or one that it does not have; mostly of the one kind.
    fn role_of(&mut self, group: usize, has: bool) -> usize {
        let all = self.model.places[group].roles;
        let fits: Vec<usize> = (0..ROLES.len())
            .filter(|role| (all & (1 << role) != 0) == has)
            .collect();
        let any = self.dice.roll(ROLES.len());
        if self.dice.one_in(8) {
            any
        } else {
            self.dice.of(&fits).unwrap_or(any)
        }
    }

    pub(super) async fn shape_roles(&mut self) -> Checked {
        let group = self.group();
        match (self.model.places[group].roles.count_ones(), self.dice.roll(9)) {
            (0..=1, 0..=6) | (2, 0..=3) | (3, 0..=2) | (_, 0..=1) => self.define_role(group).await,
            (_, 0..=5) => self.rename_role(group).await,
            _ => self.undefine_role(group).await,
        }
    }

    async fn define_role(&mut self, group: usize) -> Checked {
        let role = self.role_of(group, false);
        let who = self.able(&[(group, RolesDefine)]);
        let (id, name) = (self.groups[group], ROLES[role]);
        let (path, body) = if self.dice.one_in(2) {
            (format!("{API}/groups/{id}/roles"), Some(json!({ "name": name })))
        } else {
            (format!("{THEIRS}/group/{id}/roles?name={name}"), None)
        };
        if self.send(who, "define role", ("POST", &path), body).await?.is_none() {
            return Ok(());
        }
        let made = self.model.defined(who, group, role);
        self.note("define role", made)
    }

    async fn rename_role(&mut self, group: usize) -> Checked {
        let (role, into) = (self.role_of(group, true), self.role_of(group, false));
        if role == into {
            return Ok(());
        }
        let who = self.able(&[(group, RolesDefine), (group, RolesAssign)]);
        let (id, from, to) = (self.groups[group], ROLES[role], ROLES[into]);
        let (method, path, body) = if self.dice.one_in(2) {
            let path = format!("{API}/groups/{id}/roles/{from}");
            ("PATCH", path, Some(json!({ "name": to })))
        } else {
            ("PUT", format!("{THEIRS}/group/{id}/role/{from}?name={to}"), None)
        };
        if self.send(who, "rename role", (method, &path), body).await?.is_none() {
            return Ok(());
        }
        let into = Some(into);
        let made = self.model.renamed_role(who, Roled { group, role, into });
        self.note("rename role", made)
    }

    async fn undefine_role(&mut self, group: usize) -> Checked {
        let role = self.role_of(group, true);
        let instead = self.role_of(group, true);
        let into = Some(instead).filter(|instead| *instead != role && !self.dice.one_in(3));
        let force = self.dice.one_in(3);
        let who = self.able(&[(group, RolesDefine), (group, RolesAssign)]);
        let (id, name) = (self.groups[group], ROLES[role]);
        let native = self.dice.one_in(2);
        let mut path = if native {
            format!("{API}/groups/{id}/roles/{name}?force={force}")
        } else {
            format!("{THEIRS}/group/{id}/role/{name}?force={force}")
        };
        if let Some(into) = into {
            let parameter = if native { "replace_with" } else { "replaceWith" };
            path = format!("{path}&{parameter}={}", ROLES[into]);
        }
        if self.send(who, "delete role", ("DELETE", &path), None).await?.is_none() {
            return Ok(());
        }
        let made = self.model.undefined(who, Roled { group, role, into }, force);
        self.note("delete role", made)
    }
}
