//! Two at once: what comes of it is what comes of one after the other, in one of the two orders. PostgreSQL runs them side by
//! side, SQLite one after the other.

use std::collections::BTreeMap;

use directory::Error;
use futures_util::future::join;
use testkit::{both, figure, told_number};

use super::Run;
use super::acts::{Act, Deed, Of, Shape, Who};
use super::granted::{Made, Subject};

fn deed(who: Who, act: Act) -> Deed {
    Deed { who, act }
}

fn operator(act: Act) -> Deed {
    deed(Who::Operator, act)
}

fn of(group: usize, person: usize) -> Of {
    Of {
        via: group,
        group,
        person,
    }
}

impl Run {
    /// One act that is let happen.
    async fn sure(&mut self, deed: Deed) {
        let refused = self.outcome.refused;
        let said = format!("{deed:?}");
        assert!(self.act(deed).await, "{:?}", self.outcome.wrong);
        assert_eq!(self.outcome.refused, refused, "{said}");
    }

    /// A new group with the roles `member` and `curator`, into which people come by themselves, or are let.
    async fn group(&mut self, parent: Option<usize>, approval: bool) -> (usize, usize) {
        let (group, way) = (self.model.places.len(), self.model.ways.len());
        self.sure(operator(Act::Found { parent })).await;
        self.sure(operator(Act::Define { group, role: 1 })).await;
        let shape = Shape {
            approval,
            approval_to_stay: approval,
            first: None,
            days: Some(30),
            from_end: false,
            several: true,
            roles: 3,
            terms: None,
            active: true,
        };
        self.sure(operator(Act::Configure {
            group,
            way: Some(way),
            shape,
        }))
        .await;
        (group, way)
    }

    async fn member(&mut self, group: usize, person: usize) {
        let days = Some(20);
        self.sure(operator(Act::Add {
            group,
            person,
            roles: 1,
            from: 0,
            days,
        }))
        .await;
    }

    /// Somebody asks to be let in; the number of the request.
    async fn asks(&mut self, way: usize, person: usize) -> usize {
        self.sure(deed(
            Who::Person(person),
            Act::Ask {
                way,
                roles: 1,
                terms: false,
            },
        ))
        .await;
        self.model.requests.len() - 1
    }

    /// Somebody is offered a membership; the number of the offer.
    async fn offered(&mut self, way: usize, to: usize) -> usize {
        self.sure(operator(Act::Offer { way, roles: 3, to })).await;
        self.model.offers.len() - 1
    }

    /// Both at once. Says which of them were let happen.
    async fn at_once(&mut self, a: &Deed, b: &Deed) -> (bool, bool) {
        let (mut one, mut other) = (self.world.clone(), self.world.clone());
        let (x, y) = join(one.attempt(a, &self.model), other.attempt(b, &self.model)).await;
        for result in [&x, &y] {
            assert!(
                matches!(result, Ok(_) | Err(Error::Refused(_))),
                "{a:?} and {b:?}: {result:?}"
            );
        }
        if one.knows_more_than(&self.world) {
            self.world = one;
        } else if other.knows_more_than(&self.world) {
            self.world = other;
        }
        self.world.app.run_jobs().await;
        self.model.pass(self.world.app.now().millis());
        let (x, y) = (x.ok(), y.ok());
        assert!(x.is_some() || y.is_some(), "{a:?} and {b:?} were both refused");
        let mut why = Vec::new();
        for order in [[(a, &x), (b, &y)], [(b, &y), (a, &x)]] {
            match self.in_order(&order).await {
                Ok(()) => return (x.is_some(), y.is_some()),
                Err(wrong) => why.push(wrong),
            }
        }
        panic!("{a:?} ({x:?}) and {b:?} ({y:?}) come to what neither order does: {why:#?}");
    }

    /// Whether what is stored is what comes of these, one after the other.
    async fn in_order(&mut self, order: &[(&Deed, &Option<Made>)]) -> Result<(), String> {
        let mut model = self.model.clone();
        for (deed, made) in order {
            if let Some(made) = made {
                model.done(deed, made)?;
            }
        }
        self.world.check(&mut model, &mut self.seen, false).await?;
        self.model = model;
        Ok(())
    }
}

/// Two who do something about one person and their groups, by the number of the pair.
async fn pair(run: &mut Run, kind: usize, person: usize) -> (&'static str, Deed, Deed) {
    let me = Who::Person(person);
    let (a, into_a) = run.group(None, true).await;
    let (b, into_b) = run.group(Some(a), false).await;
    match kind {
        0 => {
            run.member(a, person).await;
            let ask = deed(
                me,
                Act::Ask {
                    way: into_b,
                    roles: 1,
                    terms: false,
                },
            );
            ("suspend and join", operator(Act::Suspend { of: of(a, person) }), ask)
        }
        1 => {
            let request = run.asks(into_a, person).await;
            (
                "accept and accept",
                operator(Act::Accept { request }),
                deed(Who::Person(2), Act::Accept { request }),
            )
        }
        2 => {
            let request = run.asks(into_a, person).await;
            let offer = run.offered(into_a, person).await;
            let answer = deed(
                me,
                Act::Answer {
                    offer,
                    yes: true,
                    terms: false,
                },
            );
            (
                "accept a request and an offer",
                operator(Act::Accept { request }),
                answer,
            )
        }
        3 => {
            let (elsewhere, _) = run.group(None, false).await;
            run.member(elsewhere, person).await;
            run.sure(operator(Act::Suspend {
                of: of(elsewhere, person),
            }))
            .await;
            let add = Act::Add {
                group: b,
                person,
                roles: 1,
                from: 0,
                days: None,
            };
            (
                "move and add",
                operator(Act::Move {
                    group: b,
                    parent: Some(elsewhere),
                }),
                operator(add),
            )
        }
        4 => {
            let request = run.asks(into_a, person).await;
            run.sure(operator(Act::Delete { group: b })).await;
            (
                "delete and accept",
                operator(Act::Delete { group: a }),
                operator(Act::Accept { request }),
            )
        }
        5 => {
            let offer = run.offered(into_b, person).await;
            let answer = deed(
                me,
                Act::Answer {
                    offer,
                    yes: true,
                    terms: false,
                },
            );
            (
                "delete and accept an offer",
                deed(Who::Scim, Act::Delete { group: b }),
                answer,
            )
        }
        6 => {
            run.member(a, person).await;
            let add = Act::Add {
                group: b,
                person,
                roles: 3,
                from: 0,
                days: Some(90),
            };
            (
                "take out above and add",
                deed(Who::Scim, Act::ScimRemove { group: a, person }),
                operator(add),
            )
        }
        7 => {
            run.member(b, person).await;
            run.sure(operator(Act::Suspend { of: of(b, person) })).await;
            (
                "leave and resume",
                deed(me, Act::Leave { group: b }),
                operator(Act::Resume {
                    of: of(b, person),
                    begins: false,
                }),
            )
        }
        8 => {
            run.member(a, person).await;
            let undefine = Act::Undefine {
                group: a,
                role: 1,
                instead: None,
                force: true,
            };
            (
                "remove a role and give it",
                operator(undefine),
                operator(Act::GiveRole {
                    of: of(a, person),
                    role: 1,
                }),
            )
        }
        9 => {
            let other = 3 + (person + 7) % 30;
            let subjects = [person, other].map(Subject::Person);
            for subject in subjects {
                let what = 0;
                run.sure(operator(Act::Delegate {
                    group: b,
                    subject,
                    what,
                    inherit: true,
                    days: None,
                }))
                .await;
            }
            let takes = |who, subject| {
                deed(
                    Who::Person(who),
                    Act::Undelegate {
                        group: b,
                        subject,
                        force: false,
                    },
                )
            };
            (
                "owner takes owner",
                takes(person, subjects[1]),
                takes(other, subjects[0]),
            )
        }
        10 => {
            let add = Act::Add {
                group: b,
                person,
                roles: 1,
                from: 0,
                days: Some(9),
            };
            (
                "add and add by SCIM",
                operator(add),
                deed(
                    Who::Scim,
                    Act::ScimAdd {
                        group: b,
                        people: vec![person],
                    },
                ),
            )
        }
        11 => {
            run.member(a, person).await;
            let offer = run.offered(into_b, person).await;
            let answer = deed(
                me,
                Act::Answer {
                    offer,
                    yes: true,
                    terms: false,
                },
            );
            (
                "suspend and accept an offer",
                operator(Act::Suspend { of: of(a, person) }),
                answer,
            )
        }
        12 => {
            run.member(b, person).await;
            let stay = deed(
                me,
                Act::Ask {
                    way: into_b,
                    roles: 2,
                    terms: false,
                },
            );
            ("take out and stay", operator(Act::Remove { of: of(b, person) }), stay)
        }
        _ => {
            let request = run.asks(into_a, person).await;
            (
                "accept and take away",
                operator(Act::Accept { request }),
                deed(Who::Scim, Act::Expel { person }),
            )
        }
    }
}

both! {
    async fn two_at_once_come_to_what_one_after_the_other_does(app: TestApp) {
        let engine = app.engine();
        let rounds = told_number("USHER_TEST_ROUNDS", 1).min(20) as usize;
        let mut run = Run::new(app).await;
        let mut came: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
        // Whom the last pair takes away is somebody else each time.
        for kind in 0..14 {
            for round in 0..2 * rounds {
                let person = if kind == 13 { 39 - round % 20 } else { 4 + round % 12 };
                if run.model.gone.contains(&person) {
                    continue;
                }
                let (name, a, b) = pair(&mut run, kind, person).await;
                // Neither is always the first.
                let (first, second) = if round % 2 == 0 { (&a, &b) } else { (&b, &a) };
                let counted = came.entry(name).or_default();
                match run.at_once(first, second).await {
                    (true, true) => counted[0] += 1,
                    (true, false) => counted[1] += 1,
                    (false, _) => counted[2] += 1,
                }
            }
        }
        assert_eq!(came.len(), 14);
        figure!("{engine:?}: pairs at once: both, the first or the second was let happen: {came:?}");
    }
}
