//! What people do about their own memberships.

use directory::group::Group;
use directory::membership::{LeaveGroup, LetLapse, SuspendMember, Which};
use directory::view::IfMatch;
use directory::{Denial, Id, Refusal};
use serde_json::json;
use testkit::{Program, both};

use super::world::{World, adding, facts, give, run, so_far, stands, themselves, tree};
use crate::support::groups::{code, denial};
use crate::support::{not_found, refusal};

const DAY: i64 = 86_400;

both! {
    async fn who_leaves_is_out_below_too(app: TestApp) {
        let World { a, b, c, ga } = tree(&app).await;
        let ann = app.user("ann").await;
        let me = themselves(&app, ann).await;
        for (group, from) in [(a, None), (b, Some("2030-02-01")), (c, None)] {
            give(&app, &ga, (group, ann), from, None).await;
        }
        let before = so_far(&app).await;
        run(&app, &me, LeaveGroup { group: b }).await.expect("left");
        assert_eq!(stands(&app, a, ann).await, "enabled member");
        assert_eq!((stands(&app, b, ann).await, stands(&app, c, ann).await), ("ended".into(), "ended".into()));
        let mut said = facts(&app, before).await;
        said.sort();
        assert_eq!(said, ["member.removed cascade", "member.removed left"]);
        for group in [b, Id::<Group>::new(uuid::Uuid::from_u128(7))] {
            assert!(not_found(run(&app, &me, LeaveGroup { group }).await));
        }
        assert_eq!(denial(run(&app, &app.operator().await, LeaveGroup { group: a }).await), Denial::PersonRequired);
        // A program that may not touch groups does not let its person leave either.
        let narrow = Program::default().acts_as(ann).policy(json!({ "resources": [] }));
        let narrow = app.principal("narrow", &["agm:self"], narrow).await;
        assert!(matches!(refusal(run(&app, &narrow, LeaveGroup { group: a }).await), Refusal::Forbidden { .. }));
    }

    async fn who_leaves_while_kept_out_stays_kept_out(app: TestApp) {
        let World { a, b, ga, .. } = tree(&app).await;
        let ann = app.user("ann").await;
        let me = themselves(&app, ann).await;
        for group in [a, b] {
            give(&app, &ga, (group, ann), None, None).await;
        }
        let suspend = SuspendMember { group: a, which: Which::User(ann), justification: None, if_match: IfMatch::Any };
        run(&app, &ga, suspend).await.expect("suspended");
        run(&app, &me, LeaveGroup { group: a }).await.expect("left");
        assert_eq!((stands(&app, a, ann).await, stands(&app, b, ann).await), ("barred".into(), "ended".into()));
        for group in [a, b] {
            assert_eq!(code(run(&app, &ga, adding(group, ann)).await), "suspended");
        }
    }

    async fn who_lets_it_lapse_is_not_reminded(app: TestApp) {
        let World { a, ga, .. } = tree(&app).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let me = themselves(&app, ann).await;
        for user in [ann, bob] {
            give(&app, &ga, (a, user), None, Some("2030-01-31")).await;
        }
        let before = so_far(&app).await;
        run(&app, &me, LetLapse { group: a, lapses: true }).await.expect("chosen");
        assert_eq!(facts(&app, before).await, ["member.lapse_chosen changed"]);
        run(&app, &me, LetLapse { group: a, lapses: true }).await.expect("the same");
        assert_eq!(facts(&app, before).await.len(), 1);
        app.pass(12 * DAY).await;
        // Only the other one is.
        assert_eq!(facts(&app, before).await[1..], ["member.reminded time"]);
        run(&app, &me, LetLapse { group: a, lapses: false }).await.expect("changed their mind");
        app.pass(13 * DAY).await;
        assert_eq!(facts(&app, before).await.iter().filter(|fact| *fact == "member.reminded time").count(), 3);
        let stranger = themselves(&app, app.user("eve").await).await;
        assert!(not_found(run(&app, &stranger, LetLapse { group: a, lapses: true }).await));
    }
}
