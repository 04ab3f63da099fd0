//! Requests to join, invitations, ways to join, and who administers.

use directory::delegation::{Capabilities, Capability};
use serde_json::json;

use super::model::{Admin, Checked, DAY, Offer, Offered, Stage, Subject};
use super::who::Who;
use super::world::{API, LET, MINE, Run, THEIRS, last_of_place, names};

impl Run {
    pub(super) async fn ask(&mut self) -> Checked {
        let way = self.some_way();
        let person = self.anybody();
        let who = self.as_person(person);
        let by = &self.model.ways[way];
        // Mostly what is offered.
        let offered = [by.roles, by.roles & by.roles.wrapping_neg()][usize::from(!by.several)];
        let roles = if self.dice.one_in(4) {
            self.some_roles()
        } else {
            offered
        };
        let terms = !self.dice.one_in(6);
        let body = json!({
            "groupEnrollmentConfiguration": { "id": self.ways[way] }, "groupRoles": names(roles), "aupAccepted": terms,
        });
        let path = format!("{MINE}/enroll-request");
        let Some(answer) = self.send(who, "ask", ("POST", &path), Some(body)).await? else {
            return Ok(());
        };
        if !self.model.asked(who, way, (roles, terms), last_of_place(&answer))? {
            return self.note("join alone", Ok(()));
        }
        Ok(())
    }

    /// Mostly of a group that is there.
    fn some_way(&mut self) -> usize {
        let all = 0..self.ways.len();
        let there = |way: &usize| !self.model.places[self.model.ways[*way].group].gone;
        let there: Vec<usize> = all.filter(there).collect();
        let any = self.dice.roll(self.ways.len());
        if self.dice.one_in(20) {
            any
        } else {
            self.dice.of(&there).unwrap_or(any)
        }
    }

    /// One that waits, mostly; and who might decide about it.
    fn request(&mut self) -> Option<(usize, Who)> {
        let all = self.model.requests.len();
        let waiting: Vec<usize> = (0..all)
            .filter(|request| self.model.requests[*request].stage != Stage::Over)
            .collect();
        let any = self.dice.roll(all);
        let request = if self.dice.one_in(5) {
            any
        } else {
            self.dice.of(&waiting).unwrap_or(any)
        };
        let asked = self.model.requests.get(request)?;
        let (group, person) = (self.model.ways[asked.way].group, asked.person);
        let who = if self.dice.one_in(5) {
            self.as_person(person)
        } else {
            self.governor(group, Capability::RequestsReview)
        };
        Some((request, who))
    }

    pub(super) async fn decide(&mut self) -> Checked {
        if self.model.requests.iter().all(|asked| asked.stage == Stage::Over) && !self.dice.one_in(4) {
            return self.ask().await;
        }
        let Some((request, who)) = self.request() else {
            return Ok(());
        };
        let asked = &self.model.requests[request];
        let (person, mut id) = (asked.person, asked.id.clone());
        let native = self.dice.one_in(2);
        let base = |id: &str| {
            if native {
                format!("{API}/requests/{id}")
            } else {
                format!("{THEIRS}/enroll-request/{id}")
            }
        };
        let what = self.dice.roll(12);
        match what {
            0..=6 => {
                let other = self.dice.one_in(10);
                if other {
                    id = self.any_id();
                }
                let path = format!("{}/accept", base(&id));
                if self
                    .send(who, "accept", ("POST", &path), Some(json!({})))
                    .await?
                    .is_none()
                {
                    return Ok(());
                }
                // The id may be one of another request after all.
                let named = self.model.requests.iter().position(|asked| asked.id == id);
                let named = named.ok_or("it was let happen, but that is no request")?;
                if self.model.accepted(who, named)? {
                    return self.note("accept", Ok(()));
                }
                Ok(())
            }
            7 => {
                let path = format!("{}/reject", base(&id));
                match self.send(who, "reject", ("POST", &path), Some(json!({}))).await? {
                    Some(_) => self.model.reviews(who, request, Stage::Over),
                    None => Ok(()),
                }
            }
            8 => {
                let path = format!("{THEIRS}/enroll-request/{id}/extra-info?comment=why");
                match self.send(who, "ask back", ("POST", &path), None).await? {
                    Some(_) => self.model.reviews(who, request, Stage::ForPerson),
                    None => Ok(()),
                }
            }
            _ => {
                let me = if self.dice.one_in(4) {
                    who
                } else {
                    self.as_person(person)
                };
                let (method, path, then) = match what {
                    9..=10 => (
                        "POST",
                        format!("{MINE}/enroll-request/{id}/respond?comment=so"),
                        Stage::ForReviewer,
                    ),
                    _ if native => ("POST", format!("{API}/requests/{id}/withdraw"), Stage::Over),
                    _ => ("DELETE", format!("{MINE}/enroll-request/{id}"), Stage::Over),
                };
                match self.send(me, "answer", (method, &path), None).await? {
                    Some(_) => self.model.answers(me, request, then),
                    None => Ok(()),
                }
            }
        }
    }

    pub(super) async fn offer(&mut self) -> Checked {
        let mut group = self.group();
        let administration = self.dice.one_in(3);
        let way = self.some_way();
        if !administration && !self.dice.one_in(5) {
            group = self.model.ways[way].group;
        }
        let to = self.stranger(group);
        // Somebody else would come by the address of whom is no more.
        if self.model.gone.contains(&to) {
            return Ok(());
        }
        let right = if administration {
            Capability::InviteAdmin
        } else {
            Capability::InviteMember
        };
        let (who, roles, address) = (
            self.governor(group, right),
            self.some_roles(),
            format!("p{to}@example.org"),
        );
        let what = if administration {
            Offered::Administration
        } else {
            Offered::Membership { way, roles }
        };
        let id = self.groups[group];
        let native = !administration && self.dice.one_in(2);
        let (path, body) = match what {
            Offered::Administration => (format!("{THEIRS}/group/{id}/admin/invite"), json!({ "email": address })),
            Offered::Membership { .. } if native => {
                let body = json!({ "invitees": [{ "address": address }], "configuration": self.ways[way], "roles": names(roles) });
                (format!("{API}/groups/{id}/invitations"), body)
            }
            Offered::Membership { .. } => {
                let way = json!({ "id": self.ways[way] });
                let body = json!({ "email": address, "groupEnrollmentConfiguration": way, "groupRoles": names(roles) });
                (format!("{THEIRS}/group/{id}/members/invitation"), body)
            }
        };
        let kind = if administration { "offer to administer" } else { "offer" };
        let Some(answer) = self.send(who, kind, ("POST", &path), Some(body)).await? else {
            return Ok(());
        };
        if native && answer.at("/done") == 0 {
            return Ok(());
        }
        let everywhere = self.model.offers(who, group, what)?;
        let id = native.then(|| {
            answer
                .at("/results/0/invitation")
                .as_str()
                .unwrap_or_default()
                .to_owned()
        });
        let secret = self.secret(&address).await?;
        let until = Some(self.model.offered_until());
        self.model.offers.push(Offer {
            id,
            secret,
            to,
            group,
            by: who,
            everywhere,
            what,
            until,
        });
        self.note(kind, Ok(()))
    }

    /// What stands in the mail that has just been sent to somebody who is invited.
    async fn secret(&mut self, address: &str) -> Result<String, String> {
        let mails = self.app.deliver_mail().await;
        let theirs = mails
            .iter()
            .rev()
            .filter(|mail| mail.to == address)
            .flat_map(testkit::TestMail::links);
        let mut links = theirs.filter(|link| link.contains("/invitation/"));
        let link = links.next().ok_or("somebody was invited, and got no mail")?;
        Ok(link.rsplit('/').next().unwrap_or_default().to_owned())
    }

    pub(super) async fn answer(&mut self) -> Checked {
        let all = self.model.offers.len();
        let open: Vec<usize> = (0..all)
            .filter(|offer| self.model.offers[*offer].until > Some(self.model.now))
            .collect();
        if open.is_empty() && !self.dice.one_in(4) {
            return self.offer().await;
        }
        let any = self.dice.roll(all);
        let index = if self.dice.one_in(5) {
            any
        } else {
            self.dice.of(&open).unwrap_or(any)
        };
        let Some(offer) = self.model.offers.get(index).cloned() else {
            return Ok(());
        };
        if let Some(id) = offer.id.as_ref().filter(|_| self.dice.one_in(4)) {
            return self.again(index, id).await;
        }
        let person = if self.dice.one_in(4) { self.anybody() } else { offer.to };
        let (who, terms, yes) = (self.as_person(person), !self.dice.one_in(6), !self.dice.one_in(8));
        let path = format!(
            "{MINE}/invitation/{}/{}",
            offer.secret,
            if yes { "accept" } else { "reject" }
        );
        let kind = if yes { "take up" } else { "decline" };
        let body = json!({ "aupAccepted": terms });
        if self.send(who, kind, ("POST", &path), Some(body)).await?.is_none() {
            return Ok(());
        }
        if !yes {
            self.model.offers[index].until = None;
            return if offer.to == person {
                Ok(())
            } else {
                Err("somebody else declined it".to_owned())
            };
        }
        let stored = self.delegations().await?;
        let as_what = stored
            .get(&(offer.group, Subject::Person(person)))
            .map(|admin| (admin.inherit, admin.until));
        let made = self.model.taken_up(who, index, terms, as_what);
        let kind = if matches!(offer.what, Offered::Administration) {
            "administer by offer"
        } else {
            kind
        };
        self.note(kind, made)
    }

    /// An invitation is taken back, or sent again: then it is theirs who sent it, and the old link is dead.
    async fn again(&mut self, index: usize, id: &str) -> Checked {
        let offer = self.model.offers[index].clone();
        let (who, back) = (
            self.governor(offer.group, Capability::InviteMember),
            self.dice.one_in(2),
        );
        let path = format!("{API}/invitations/{id}/{}", if back { "revoke" } else { "resend" });
        let kind = if back { "take back" } else { "send again" };
        if self.send(who, kind, ("POST", &path), None).await?.is_none() {
            return Ok(());
        }
        self.model.may(who, offer.group, Capability::InviteMember)?;
        self.model.offers[index].until = None;
        if !back {
            let everywhere = super::rights::everywhere(who, Capability::InviteMember);
            let (secret, until) = (
                self.secret(&format!("p{}@example.org", offer.to)).await?,
                Some(self.model.offered_until()),
            );
            self.model.offers.push(Offer {
                secret,
                until,
                everywhere,
                by: who,
                ..offer
            });
        }
        Ok(())
    }

    /// A way to join becomes another one, mostly by the path of its own group.
    pub(super) async fn configure(&mut self) -> Checked {
        let index = self.some_way();
        let of = self.model.ways[index].group;
        let group = if self.dice.one_in(5) { self.group() } else { of };
        let who = self.governor(group, Capability::ConfigWrite);
        let way = self.any_way(of);
        let mut body = self.way_body(&way);
        body["id"] = json!(self.ways[index]);
        let path = format!("{THEIRS}/group/{}/configuration", self.groups[group]);
        if self
            .send(who, "configure", ("POST", &path), Some(body))
            .await?
            .is_none()
        {
            return Ok(());
        }
        self.model.may(who, group, Capability::ConfigWrite)?;
        super::model::must(group == of, "the way is another group's")?;
        if self.model.ways[index] != way {
            let waiting = self.model.requests.iter_mut().filter(|asked| asked.way == index);
            waiting.for_each(|asked| asked.stage = Stage::Over);
        }
        self.model.ways[index] = way;
        Ok(())
    }

    /// Mostly one who is to be named, or who has been.
    fn subject(&mut self, group: usize, anew: bool) -> Subject {
        let here = self.model.admins.keys().filter(|(on, _)| *on == group);
        let here: Vec<Subject> = here.map(|(_, subject)| *subject).collect();
        match self.dice.roll(5) {
            0 => Subject::Group(self.group()),
            2..=4 if !anew => self.dice.of(&here).unwrap_or(Subject::Person(3)),
            _ => Subject::Person(self.anybody()),
        }
    }

    pub(super) async fn delegate(&mut self) -> Checked {
        let kind = self.dice.roll(10);
        let mut group = self.group();
        let mut subject = self.subject(group, kind < 5);
        // Who has invited somebody that may still say yes.
        let waits = (self.model.offers.iter()).filter(|offer| offer.until > Some(self.model.now));
        let inviters: Vec<usize> = waits.filter_map(|offer| offer.by.person()).collect();
        let invited = |of: &&(usize, Subject)| matches!(of.1, Subject::Person(person) if inviters.contains(&person));
        let theirs: Vec<_> = self.model.admins.keys().filter(invited).copied().collect();
        if let Some(of) = self.dice.of(&theirs).filter(|_| kind >= 5 && self.dice.one_in(2)) {
            (group, subject) = of;
        }
        let who = self.governor(group, Capability::AdminsWrite);
        let mut what = LET[self.dice.roll(LET.len())];
        let mut admin = Admin {
            capabilities: Capabilities::NONE,
            inherit: self.dice.one_in(2),
            until: self
                .dice
                .one_in(2)
                .then(|| self.model.now + (1 + self.dice.days(20)) * DAY),
            entitled: false,
        };
        let id = self.groups[group];
        let there = match subject {
            Subject::Person(person) => self.people[person].to_string(),
            Subject::Group(group) => self.groups[group].to_string(),
        };
        let was = self.model.admins.get(&(group, subject)).copied();
        let one = format!("{API}/groups/{id}/admins/{there}");
        let face = format!("{THEIRS}/group/{id}/admin?userId={there}");
        let (name, method, path) = match kind {
            0..=2 => ("delegate", "POST", format!("{API}/groups/{id}/admins")),
            3..=4 => ("delegate", "POST", face),
            5..=7 => ("change administrator", "PUT", one),
            8 => ("undelegate", "DELETE", one),
            _ => ("undelegate", "DELETE", face),
        };
        // The predecessor knows owners alone.
        if matches!(kind, 3..=4) {
            (what, admin.inherit, admin.until) = ("owner", true, None);
        }
        admin.capabilities = Capabilities::parse(what).unwrap();
        let mut body = self.delegation(subject, what, &admin);
        if method == "PUT" {
            let members = body.as_object_mut().unwrap();
            members.retain(|name, _| !["user", "members_of"].contains(&name.as_str()));
        }
        let body = path.starts_with(API).then_some(body).filter(|_| method != "DELETE");
        if self.send(who, name, (method, &path), body).await?.is_none() {
            return Ok(());
        }
        if method == "DELETE" {
            let was = was.ok_or("it was let happen, but there is no such administrator")?;
            let made = self.model.takes(who, group, subject, &was);
            self.model.admins.remove(&(group, subject));
            return self.note(name, made);
        }
        let made = self.model.delegates(who, (group, subject), admin, method == "POST");
        self.note(name, made)
    }
}
