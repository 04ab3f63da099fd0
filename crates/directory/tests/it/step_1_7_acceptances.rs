//! Step 1.7: 200 concurrent acceptances of one link: exactly one succeeds.

use directory::Refusal;
use directory::invitation::{AcceptInvitation, InvitationState, RejectInvitation};
use directory::user::Lifecycle;
use directory::{Error, Principal};
use futures_util::future::join_all;
use testkit::both;

use crate::invitations::{accept, hr, invited, the_invitation};

both! {
    #[expect(clippy::print_stdout, reason = "the figure of the promise")]
    async fn of_200_acceptances_at_once_exactly_one_succeeds(app: TestApp) {
        let hr = hr(&app).await;
        let (invitee, secret) = invited(&app, &hr).await;
        let before = app.event_kinds().await.len();
        let outcomes = join_all((0..200).map(|_| accept(&app, &secret))).await;
        let mut accepted = 0;
        for outcome in outcomes {
            match outcome {
                Ok(outcome) => {
                    accepted += 1;
                    assert_eq!((outcome.user.id, outcome.user.lifecycle), (invitee.id, Lifecycle::Active));
                }
                Err(Error::Refused(Refusal::Conflict { why })) => assert_eq!(why, "the invitation has been accepted before"),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(accepted, 1);
        println!("figure: 1 of 200 concurrent acceptances succeeded on {:?}", app.engine());
        assert_eq!(app.event_kinds().await.split_off(before), ["invitation.accepted", "user.lifecycle_changed"]);
    }

    async fn of_acceptances_and_refusals_at_once_exactly_one_counts(app: TestApp) {
        let hr = hr(&app).await;
        let (_, secret) = invited(&app, &hr).await;
        let nobody = Principal::nobody(app.realm("default").await);
        let answers = join_all((0..40).map(|n| {
            let (app, nobody, secret) = (app.clone(), nobody.clone(), secret.clone());
            async move {
                if n % 2 == 0 {
                    app.directory().execute(&nobody, AcceptInvitation { secret }).await.is_ok()
                } else {
                    app.directory().execute(&nobody, RejectInvitation { secret }).await.is_ok()
                }
            }
        }))
        .await;
        assert_eq!(answers.into_iter().filter(|counted| *counted).count(), 1);
        let state = the_invitation(&app).await.state;
        assert!(matches!(state, InvitationState::Accepted | InvitationState::Rejected));
    }
}
