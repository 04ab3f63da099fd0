//! The tree changes: groups are made below others, moved, renamed and deleted. What is had in them stays as it was granted; what
//! counts of it follows from where they stand.

use directory::Id;
use directory::delegation::Capabilities;
use directory::delegation::Capability::{AttributesWrite, GroupDelete, GroupMove, SubgroupsCreate};
use serde_json::json;

use super::model::{Admin, Checked, Model, Place, Stage, Subject, must};
use super::who::{Everywhere, Who};
use super::world::{API, Run, SCIM, THEIRS, last_of_place};

/// So many groups are there at most, and at least.
const MOST: usize = 9;
const LEAST: usize = 5;

impl Model {
    /// By a right in every group or one on the group; at the top by the former alone.
    fn may_at(&self, who: Who, place: Option<usize>, what: directory::delegation::Capability) -> Checked {
        match place {
            Some(group) => self.may(who, group, what),
            None => must(who.everywhere() != Everywhere::Nothing, "the top is the realm's"),
        }
    }

    /// Another group could come in the place of this one: nobody does that who is kept out of it, and it takes more where it or
    /// one below is privileged.
    fn frees(&self, who: Who, group: usize) -> Checked {
        let within = self.within(group);
        let privileged = within.iter().any(|below| self.places[*below].privileged);
        must(
            !privileged || who.everywhere() == Everywhere::All,
            "a privileged group is among them",
        )?;
        let kept_out = |me| within.iter().any(|below| self.blocks.contains_key(&(*below, me)));
        must(
            !who.person().is_some_and(kept_out),
            "the suspended free the place of the group",
        )
    }

    /// Whoever makes a group may own it, as far as they may name owners there.
    fn founded(&mut self, who: Who, group: usize, owner: Option<(Subject, Admin)>) -> Checked {
        self.may_at(who, self.places[group].parent, SubgroupsCreate)?;
        let Some((subject, is)) = owner else { return Ok(()) };
        let me = who.person().ok_or("a program owns a group")?;
        must(subject == Subject::Person(me), "somebody else owns it")?;
        let owner = Admin {
            capabilities: Capabilities::all(),
            inherit: true,
            until: None,
            entitled: who.everywhere() == Everywhere::All,
        };
        must(is == owner, "they are no owner like others")?;
        self.hands_on(who, group, &owner)?;
        self.admins.insert((group, subject), owner);
        Ok(())
    }

    /// Whether it is elsewhere now.
    fn moved(&mut self, who: Who, group: usize, parent: Option<usize>) -> Result<bool, String> {
        let old = self.places[group].parent;
        if old == parent || parent == Some(group) {
            return Ok(false);
        }
        self.may(who, group, GroupMove)?;
        self.may_at(who, parent, SubgroupsCreate)?;
        self.may_at(who, old, GroupMove)?;
        self.frees(who, group)?;
        let above = parent.map_or_else(Vec::new, |parent| self.line(parent));
        must(!above.contains(&group), "it would be below itself")?;
        if let Some(me) = who.person() {
            let left = self.line(group).into_iter().filter(|of| !above.contains(of));
            let comes_back = left.into_iter().any(|of| self.blocks.contains_key(&(of, me)));
            must(!comes_back, "the suspended let themselves in by moving the group")?;
        }
        self.places[group].parent = parent;
        Ok(true)
    }

    fn named(&mut self, who: Who, group: usize, name: String) -> Checked {
        self.may(who, group, AttributesWrite)?;
        self.frees(who, group)?;
        self.places[group].name = name;
        Ok(())
    }

    fn deleted(&mut self, who: Who, group: usize) -> Checked {
        must(self.within(group) == [group], "there are groups below")?;
        self.frees(who, group)?;
        for way in 0..self.ways.len() {
            if self.ways[way].group == group {
                self.ways[way].active = false;
                let asked = self.requests.iter_mut().filter(|asked| asked.way == way);
                asked.for_each(|asked| asked.stage = Stage::Over);
            }
        }
        let offers = self.offers.iter_mut().filter(|offer| offer.group == group);
        offers.for_each(|offer| offer.until = None);
        let members: Vec<usize> = self.held.keys().filter(|of| of.0 == group).map(|of| of.1).collect();
        for person in members {
            self.end(group, person);
        }
        self.blocks.retain(|(of, _), _| *of != group);
        self.eligible.retain(|(of, _), _| *of != group);
        self.admins
            .retain(|(on, subject), _| *on != group && *subject != Subject::Group(group));
        let gone = true;
        self.places[group] = Place {
            gone,
            ..Place::default()
        };
        Ok(())
    }
}

impl Run {
    pub(super) async fn shape_tree(&mut self) -> Checked {
        let there = self.model.there().len();
        match self.dice.roll(12) {
            0..=2 if there < MOST => self.found().await,
            0..=4 if there > LEAST => self.delete_group().await,
            0..=8 => self.move_group().await,
            _ => self.rename_group().await,
        }
    }

    async fn found(&mut self) -> Checked {
        let above = self.group();
        let parent = Some(above).filter(|_| !self.dice.one_in(6));
        let who = self.able(&[(above, SubgroupsCreate)]);
        let (number, name) = (self.groups.len(), format!("g{}", self.groups.len()));
        let answer = if let Some(parent) = parent.filter(|_| self.dice.one_in(2)) {
            let path = format!("{THEIRS}/group/{}/children", self.groups[parent]);
            let body = json!({ "name": name });
            self.send(who, "found", ("POST", &path), Some(body)).await?
        } else {
            let mut body = json!({ "name": name });
            if let Some(parent) = parent {
                body["parent"] = json!(self.groups[parent].to_string());
            }
            if self.dice.one_in(2) {
                body["owner"] = json!(null);
            }
            let path = format!("{API}/tree");
            self.send(who, "found", ("POST", &path), Some(body)).await?
        };
        let Some(answer) = answer else { return Ok(()) };
        self.groups
            .push(Id::parse(&last_of_place(&answer)).ok_or("a group has no id")?);
        self.model.places.push(Place {
            parent,
            name,
            roles: 1,
            ..Place::default()
        });
        let owners = self.delegations().await?.into_iter();
        let mut owners = owners.filter(|((on, _), _)| *on == number);
        let owner = owners.next().map(|((_, subject), admin)| (subject, admin));
        must(owners.next().is_none(), "two own it")?;
        let made = self.model.founded(who, number, owner);
        // What it is joined by says the administration of the realm, like that of the others.
        self.way(number, true).await;
        self.note("found", made)
    }

    async fn move_group(&mut self) -> Checked {
        let (group, parent) = (self.group(), self.group());
        let parent = Some(parent).filter(|_| !self.dice.one_in(8));
        let mut wanted = vec![(group, GroupMove)];
        wanted.extend(parent.map(|parent| (parent, SubgroupsCreate)));
        wanted.extend(self.model.places[group].parent.map(|old| (old, GroupMove)));
        let mut who = self.able(&wanted);
        // Who is kept out there has a reason to.
        let out: Vec<usize> = (self.model.blocks.keys())
            .filter(|(of, person)| self.model.line(group).contains(of) && !self.model.out.contains_key(person))
            .map(|(_, person)| *person)
            .collect();
        if let Some(person) = self.dice.of(&out).filter(|_| self.dice.one_in(3)) {
            who = self.as_person(person);
        }
        let path = format!("{API}/groups/{}/move", self.groups[group]);
        let body = json!({ "parent": parent.map(|parent| self.groups[parent].to_string()) });
        if self.send(who, "move", ("POST", &path), Some(body)).await?.is_none() {
            return Ok(());
        }
        if self.model.moved(who, group, parent)? {
            return self.note("move", Ok(()));
        }
        Ok(())
    }

    async fn rename_group(&mut self) -> Checked {
        let group = self.group();
        let who = self.able(&[(group, AttributesWrite)]);
        let name = format!("r{}", self.log.len());
        let path = format!("{API}/groups/{}/rename", self.groups[group]);
        let body = json!({ "name": name });
        if self.send(who, "rename", ("POST", &path), Some(body)).await?.is_none() {
            return Ok(());
        }
        let made = self.model.named(who, group, name);
        self.note("rename", made)
    }

    /// Mostly one that has none below, and was made by somebody.
    async fn delete_group(&mut self) -> Checked {
        let there = self.model.there();
        let is_leaf = |group: &usize| self.model.within(*group).len() == 1;
        let first = super::world::GROUPS.len();
        let leaves: Vec<usize> = there.iter().copied().filter(is_leaf).collect();
        let later: Vec<usize> = leaves.iter().copied().filter(|group| *group >= first).collect();
        let any = self.group();
        let group = match self.dice.roll(8) {
            0 => any,
            1 => self.dice.of(&leaves).unwrap_or(any),
            _ => self.dice.of(&later).unwrap_or(any),
        };
        let id = self.groups[group];
        let (who, path) = match self.dice.roll(8) {
            0 => (self.program(), format!("{SCIM}/Groups/{id}")),
            1 => (self.program(), format!("{API}/groups/{id}")),
            2 => (
                self.able(&[(group, GroupDelete)]),
                format!("/realms/default/agm/admin/group/{id}"),
            ),
            _ => (self.able(&[(group, GroupDelete)]), format!("{THEIRS}/group/{id}")),
        };
        if self.send(who, "delete group", ("DELETE", &path), None).await?.is_none() {
            return Ok(());
        }
        let may = if path.starts_with(SCIM) {
            must(who.writes_scim(), "programs do so")
        } else if path.starts_with(API) {
            must(who.is_admin(), "programs do so")
        } else {
            self.model.may(who, group, GroupDelete)
        };
        may?;
        let made = self.model.deleted(who, group);
        for (who, path) in [
            (Who::Scim, format!("{SCIM}/Groups/{id}")),
            (Who::Admin, format!("{API}/groups/{id}/memberships")),
        ] {
            let shown = self.send(who, "read", ("GET", &path), None).await?;
            must(shown.is_none(), "it is shown as before")?;
        }
        self.note("delete group", made)
    }
}
