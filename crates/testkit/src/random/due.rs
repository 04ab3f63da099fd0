//! What has a time of its own in a random realm beside memberships: terms that are published anew, hours for which people make
//! themselves members, and reviews.

use directory::elevation::{Elevate, GrantEligibility, MOST_HOURS};
use directory::enrollment::configuration::{Configuration, Draft};
use directory::enrollment::terms::{Channel, PublishTerms, TermsDraft, TermsGiven};
use directory::enrollment::{Configure, SubmitRequest};
use directory::group::Group;
use directory::membership::{Membership, NewMember, OnLapse};
use directory::review::{BeginReview, DecideItem, Decision, ItemsAsked};
use directory::user::User;
use directory::zone::Zone;
use directory::{Id, Scope};

use super::{A_DAY, administers, done, pass, person};
use crate::{Dice, TestApp};

/// So many of a review's memberships are decided about at most.
const DECIDED: usize = 40;

/// Ways to join whose terms some accept who join or stay by them; what is then to be published in their place. What they accept
/// of the first counts for good, unless they are asked anew.
pub(super) async fn terms(
    app: &TestApp,
    dice: &mut Dice,
    people: &[Id<User>],
    groups: &[Id<Group>],
) -> Vec<PublishTerms> {
    let operator = app.operator().await;
    let mut anew = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        if number > 1 && !dice.one_in(3) {
            continue;
        }
        let draft = Draft {
            name: "Accept".into(),
            active: true,
            visible: true,
            multiselect_role: true,
            membership_expiration_days: dice.perhaps(400).filter(|_| number > 0).map(|days| days + 1),
            roles: vec!["member".into()],
            terms: Some(TermsDraft {
                valid_days: (number > 0 && dice.one_in(2)).then(|| 1 + small(dice.roll(400))),
                ..version(dice, 1)
            }),
            ..Draft::default()
        };
        let command = Configure {
            group: *group,
            id: None,
            if_version: None,
            draft,
            force: false,
        };
        let way = done(app, &operator, command).await.configuration.id;
        for _ in 0..6 {
            let who = person(app, dice.pick(people), &[Scope::AgmSelf]).await;
            let given = TermsGiven {
                accepted: true,
                version: None,
                channel: Channel::Api,
                address: None,
            };
            let command = SubmitRequest {
                configuration: way,
                roles: vec!["member".into()],
                comments: None,
                terms: Some(given),
            };
            // Whoever is kept out, or is to begin later, does not.
            let _ = app.directory().execute(&who, command).await;
        }
        anew.push(PublishTerms {
            group: *group,
            configuration: way,
            draft: TermsDraft {
                ask_again: number == 0 || !dice.one_in(5),
                ..version(dice, 2)
            },
        });
    }
    anew
}

fn version(dice: &mut Dice, number: u32) -> TermsDraft {
    TermsDraft {
        valid_days: dice.one_in(2).then(|| 1 + small(dice.roll(400))),
        on_lapse: dice.pick(&[OnLapse::Remind, OnLapse::Withhold, OnLapse::End]),
        ..TermsDraft::at(&format!("https://example.org/terms-{number}"))
    }
}

/// Publishes them; of the last one nobody is asked yet.
pub(super) async fn publish(app: &TestApp, dice: &mut Dice, anew: Vec<PublishTerms>) {
    let operator = app.operator().await;
    for publish in anew {
        pass(app, dice, A_DAY / 8).await;
        done(app, &operator, publish).await;
    }
}

/// Those who are members by a way to join.
pub(super) async fn members_by(app: &TestApp, way: Id<Configuration>) -> Vec<Id<Membership>> {
    let text = "SELECT id FROM memberships WHERE configuration = ?1";
    let rows = app.db().scan(text, &[way.into()]).await.expect("read");
    rows.into_iter().map(|mut row| row.take(0).expect("an id")).collect()
}

/// Some may make themselves members, for good or until a day, and some do: their memberships, and which of them end before the hours
/// are over. Those who leave may too.
pub(super) async fn elevations(
    app: &TestApp,
    dice: &mut Dice,
    zone: &Zone,
    people: &[Id<User>],
    leaving: &[Id<User>],
    groups: &[Id<Group>],
) -> (Vec<Id<Membership>>, Vec<Id<Membership>>) {
    let operator = app.operator().await;
    let (mut elevated, mut cut_short) = (Vec::new(), Vec::new());
    for (number, group) in groups.iter().enumerate() {
        let mut some: Vec<Id<User>> = (0..4).map(|_| dice.pick(people)).collect();
        some.extend(leaving.get(number));
        for user in some {
            let hours = 1 + small(dice.roll(MOST_HOURS as usize));
            // Some will be no longer before their hours are over.
            let days = if dice.one_in(2) { 3 } else { 300 };
            let last_day = (!dice.one_in(3)).then(|| zone.day(app.now()).plus_days(dice.days(days)));
            let command = GrantEligibility {
                group: *group,
                whom: NewMember::Id(user),
                roles: vec!["member".into()],
                hours,
                last_day,
                needs_justification: dice.one_in(2),
            };
            // Whoever is kept out may not.
            let may = app.directory().execute(&operator, command).await.is_ok();
            if !may || dice.one_in(5) {
                continue;
            }
            let who = person(app, user, &[Scope::AgmSelf]).await;
            let hours = 1 + small(dice.roll(hours as usize));
            let command = Elevate {
                group: *group,
                hours,
                justification: Some("the night shift".into()),
            };
            // Whoever is a member, or suspended, does not.
            if let Ok(made) = app.directory().execute(&who, command).await {
                elevated.push(made.membership);
                if made.until < app.now().plus_seconds(i64::from(hours) * 3_600) {
                    cut_short.push(made.membership);
                }
            }
        }
    }
    (elevated, cut_short)
}

/// Reviews that end in a while: of some most is decided, of others nothing.
pub(super) async fn reviews(app: &TestApp, dice: &mut Dice, zone: &Zone, people: &[Id<User>], groups: &[Id<Group>]) {
    let operator = app.operator().await;
    let mut begun = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        if number > 1 && !dice.one_in(3) {
            continue;
        }
        let owner = administers(app, *group, dice.pick(people)).await;
        for is_decided in [true, false] {
            let command = BeginReview {
                group: *group,
                below: number == 0 || dice.one_in(8),
                name: format!("review {number}"),
                reason: None,
                last_day: zone.day(app.now()).plus_days(2 + dice.days(260)),
                undecided: if is_decided {
                    dice.pick(&[Decision::Keep, Decision::Remove, Decision::Suspend])
                } else {
                    Decision::Remove
                },
            };
            let by = if dice.one_in(3) { &operator } else { &owner };
            // Whoever administers only something of it already may not.
            let review = match app.directory().execute(by, command.clone()).await {
                Ok(review) => review,
                Err(_) => done(app, &operator, command).await,
            };
            begun.push((review.id, is_decided));
        }
    }
    app.run_jobs().await;
    let all = ItemsAsked {
        limit: DECIDED,
        ..ItemsAsked::default()
    };
    for (review, _) in begun.iter().filter(|(_, is_decided)| *is_decided) {
        let items = app.directory().review_items(&operator, *review, &all).await;
        for shown in items.expect("read") {
            let decision = dice.pick(&[Decision::Keep, Decision::Keep, Decision::Remove, Decision::Suspend]);
            if dice.one_in(8) {
                continue;
            }
            let command = DecideItem {
                review: *review,
                membership: shown.item.membership,
                decision,
                comment: None,
            };
            done(app, &operator, command).await;
        }
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).expect("it is small")
}
