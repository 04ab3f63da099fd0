//! Reviews: what people decide in them, and what closing one takes away. A review gives nobody anything, and takes from nobody but
//! as somebody decided who might have done so by themselves, or as was said of those about whom nobody decides.

use std::collections::{BTreeMap, BTreeSet};

use directory::delegation::Capability::{MembersSuspend, MembersWrite};
use serde_json::{Value, json};
use uuid::Uuid;

use super::checks::same;
use super::model::{Checked, Model, Two, must};
use super::who::Who;
use super::world::{API, Run};

const DECISIONS: [&str; 3] = ["keep", "remove", "suspend"];
/// So many are open at a time, mostly.
const OPEN: usize = 4;

/// A membership that is reviewed, as it was when the review began.
#[derive(Clone, Copy, Debug)]
struct Item {
    decided: Option<&'static str>,
    ends: u64,
    elevated: bool,
}

/// A review, with what was decided about whom.
#[derive(Clone, Debug)]
pub(super) struct Review {
    id: String,
    group: usize,
    below: bool,
    undecided: &'static str,
    by: Who,
    /// None until they were written down.
    items: Option<BTreeMap<Two, Item>>,
    open: bool,
}

impl Model {
    fn reviews_in(&self, who: Who, (group, below): (usize, bool), suspends: bool) -> Checked {
        let all = if below { self.within(group) } else { vec![group] };
        for group in all {
            self.may(who, group, MembersWrite)?;
            if suspends {
                self.may(who, group, MembersSuspend)?;
            }
        }
        Ok(())
    }

    fn decides(&mut self, who: Who, review: usize, of: Two, decision: &'static str) -> Checked {
        must(self.reviews[review].open, "nobody decides there any more")?;
        must(who.person() != Some(of.1), "people decide about themselves")?;
        let right = if decision == "suspend" {
            MembersSuspend
        } else {
            MembersWrite
        };
        self.may(who, of.0, right)?;
        let items = self.reviews[review].items.as_mut();
        let item = items.and_then(|items| items.get_mut(&of));
        item.ok_or("it was let happen, but it is not reviewed")?.decided = Some(decision);
        Ok(())
    }

    fn cancels(&self, who: Who, review: usize) -> Checked {
        let Review { group, below, .. } = self.reviews[review];
        self.reviews_in(who, (group, below), false)?;
        let items = self.reviews[review].items.iter().flatten();
        let mut lost = items.filter(|(_, item)| item.decided.is_some_and(|decided| decided != "keep"));
        must(
            !lost.any(|((_, person), _)| who.person() == Some(*person)),
            "whoever is to lose something undoes it",
        )
    }

    /// Which memberships it is about, once they were written down.
    fn begun(&mut self, review: usize, items: &BTreeSet<Two>) -> Checked {
        let Review { group, below, .. } = self.reviews[review];
        let groups = if below { self.within(group) } else { vec![group] };
        let counts = |of: &&Two| groups.contains(&of.0) && !self.is_blocked(of.0, of.1);
        let ought: BTreeSet<Two> = self.held.keys().filter(counts).copied().collect();
        same("what is reviewed", items, &ought)?;
        let item = |of: &Two| Item {
            decided: None,
            ends: self.ends_of.get(of).copied().unwrap_or_default(),
            elevated: self.held[of].elevated,
        };
        let items = ought.iter().map(|of| (*of, item(of))).collect();
        self.reviews[review].items = Some(items);
        Ok(())
    }

    /// What closing a review did to one of its items; whether it took something away.
    fn settled(&mut self, review: usize, of: Two, outcome: &str) -> Result<bool, String> {
        let Review { undecided, by, .. } = self.reviews[review];
        let items = self.reviews[review].items.as_ref();
        let item = *items
            .and_then(|items| items.get(&of))
            .ok_or("what was not reviewed is settled")?;
        let ended = self.ends_of.get(&of).is_some_and(|ends| *ends != item.ends);
        let is_held = self.held.contains_key(&of);
        match (item.decided.unwrap_or(undecided), outcome) {
            ("keep", "") => Ok(false),
            ("remove", "removed") | ("suspend", "suspended") => {
                // Time may have ended it right after.
                must(is_held || self.just_ended.contains(&of), "they are no member")?;
                if outcome == "removed" {
                    self.end(of.0, of.1);
                } else {
                    self.blocks.insert(of, by);
                }
                Ok(true)
            }
            ("remove" | "suspend", "superseded") => {
                let is_another = !is_held || ended || item.elevated || self.is_blocked(of.0, of.1);
                must(is_another, "it is what was decided about")?;
                Ok(false)
            }
            (decided, _) => Err(format!("{of:?} is {outcome:?} by a review, and {decided} was decided")),
        }
    }
}

impl Run {
    pub(super) async fn review(&mut self) -> Checked {
        let all = 0..self.model.reviews.len();
        let open: Vec<usize> = all.filter(|review| self.model.reviews[*review].open).collect();
        let any = self.dice.roll(self.model.reviews.len());
        let one = if self.dice.one_in(12) {
            Some(any).filter(|any| *any < self.model.reviews.len())
        } else {
            self.dice.of(&open)
        };
        match (one, self.dice.roll(12)) {
            (Some(review), 0..=6) => self.decide_item(review).await,
            (Some(review), 7..=8) => self.close_review(review).await,
            (Some(review), 9) => self.cancel_review(review).await,
            (Some(review), _) if open.len() >= OPEN => self.decide_item(review).await,
            _ => self.begin_review().await,
        }
    }

    async fn begin_review(&mut self) -> Checked {
        let (group, below) = (self.group(), self.dice.one_in(2));
        let undecided = DECISIONS[self.dice.roll(3)];
        let mut wanted = vec![(group, MembersWrite)];
        if undecided == "suspend" {
            wanted.push((group, MembersSuspend));
        }
        let (who, days) = (self.able(&wanted), 1 + self.dice.days(20));
        let body = json!({
            "group": self.groups[group].to_string(), "below": below, "name": "review", "undecided": undecided,
            "last_day": self.day(days),
        });
        let path = format!("{API}/reviews");
        let kind = "begin review";
        let Some(answer) = self.send(who, kind, ("POST", &path), Some(body)).await? else {
            return Ok(());
        };
        let made = self.model.reviews_in(who, (group, below), undecided == "suspend");
        self.model.reviews.push(Review {
            id: answer.id(),
            group,
            below,
            undecided,
            by: who,
            items: None,
            open: true,
        });
        self.note(kind, made)
    }

    async fn decide_item(&mut self, review: usize) -> Checked {
        let items = self.model.reviews[review].items.iter().flatten();
        let items: Vec<Two> = items.map(|(of, _)| *of).collect();
        let held: Vec<Two> = self.model.held.keys().copied().collect();
        let all = if self.dice.one_in(10) { &held } else { &items };
        let Some((group, person)) = self.dice.of(all) else {
            return Ok(());
        };
        let decision = DECISIONS[[0, 1, 1, 2][self.dice.roll(4)]];
        let right = if decision == "suspend" {
            MembersSuspend
        } else {
            MembersWrite
        };
        let who = if self.dice.one_in(8) {
            self.as_person(person)
        } else {
            self.able(&[(group, right)])
        };
        let other = self.any_id();
        let id = self.model.ids.get(&(group, person)).map_or(other, ToString::to_string);
        let path = format!("{API}/reviews/{}/decisions", self.model.reviews[review].id);
        let body = json!({ "decisions": [{ "membership": id, "decision": decision }] });
        let answer = self.send(who, "decide item", ("POST", &path), Some(body)).await?;
        if answer.is_none_or(|answer| answer.at("/done") == 0) {
            return Ok(());
        }
        let made = self.model.decides(who, review, (group, person), decision);
        self.note("decide item", made)
    }

    async fn close_review(&mut self, review: usize) -> Checked {
        let Review { group, below, .. } = self.model.reviews[review];
        let who = self.able(&[(group, MembersWrite)]);
        let path = format!("{API}/reviews/{}/close", self.model.reviews[review].id);
        let body = json!({ "release": !self.dice.one_in(3) });
        let kind = "close review";
        if self.send(who, kind, ("POST", &path), Some(body)).await?.is_none() {
            return Ok(());
        }
        must(self.model.reviews[review].open, "it is over")?;
        let made = self.model.reviews_in(who, (group, below), false);
        self.note(kind, made)
    }

    async fn cancel_review(&mut self, review: usize) -> Checked {
        let Review { group, .. } = self.model.reviews[review];
        let items = self.model.reviews[review].items.iter().flatten();
        let lost: Vec<usize> = (items.filter(|(_, item)| item.decided.is_some_and(|decided| decided != "keep")))
            .map(|((_, person), _)| *person)
            .collect();
        let mut who = self.able(&[(group, MembersWrite)]);
        if let Some(person) = self.dice.of(&lost).filter(|_| self.dice.one_in(3)) {
            who = self.as_person(person);
        }
        let path = format!("{API}/reviews/{}/cancel", self.model.reviews[review].id);
        if self.send(who, "cancel review", ("POST", &path), None).await?.is_none() {
            return Ok(());
        }
        must(self.model.reviews[review].open, "it is over")?;
        self.model.cancels(who, review)
    }

    /// What reviews have come to by their jobs.
    pub(super) async fn reviewed(&mut self) -> Checked {
        if self.model.reviews.iter().any(|review| review.open) {
            let mut states: BTreeMap<String, String> = BTreeMap::new();
            let sql = "SELECT id, state FROM reviews";
            for mut row in self.app.db().query(sql, &[]).await.expect("read") {
                let id: Uuid = row.take(0).unwrap();
                states.insert(id.to_string(), row.take(1).unwrap());
            }
            for number in 0..self.model.reviews.len() {
                let review = &self.model.reviews[number];
                if !review.open {
                    continue;
                }
                let state = states.get(&review.id).ok_or("a review is gone")?.clone();
                self.follow(number, &state).await?;
            }
        }
        self.model.just_ended.clear();
        Ok(())
    }

    async fn follow(&mut self, number: usize, state: &str) -> Checked {
        let is_new = self.model.reviews[number].items.is_none();
        if !is_new && !matches!(state, "closed" | "cancelled") {
            return Ok(());
        }
        let path = format!("{API}/reviews/{}/items?limit=500", self.model.reviews[number].id);
        let shown = self.send(Who::Admin, "read", ("GET", &path), None).await?;
        let shown = shown.ok_or("the items of a review are not shown")?.at("/items");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut items = Vec::new();
        for item in shown.as_array().into_iter().flatten() {
            let id = |name: &str| Uuid::parse_str(&text(&item[name])).map_err(|why| why.to_string());
            let of = (self.number_of_group(id("group")?)?, self.number_of_person(id("user")?)?);
            items.push((of, text(&item["decision"]), text(&item["outcome"])));
        }
        if is_new && state != "cancelled" {
            let all = items.iter().map(|(of, ..)| *of).collect();
            self.model.begun(number, &all)?;
        }
        if state == "cancelled" {
            self.model.reviews[number].open = false;
            let done = items.iter().filter(|(.., outcome)| !outcome.is_empty()).count();
            return same("what a review did that was cancelled", done, 0);
        }
        if state != "closed" {
            return Ok(());
        }
        self.model.reviews[number].open = false;
        // What is below comes before what is above.
        for (of, decided, outcome) in items.iter().rev() {
            let known = self.model.reviews[number].items.as_ref();
            let ought = known.and_then(|items| items.get(of)?.decided).unwrap_or("undecided");
            same(format!("what was decided about {of:?}"), decided.as_str(), ought)?;
            if self.model.settled(number, *of, outcome)? {
                self.note("lose by review", Ok(()))?;
            }
        }
        Ok(())
    }
}
