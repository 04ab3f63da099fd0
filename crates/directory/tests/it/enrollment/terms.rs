//! Terms: their versions, and who has accepted them.

use directory::enrollment::SubmitRequest;
use directory::enrollment::configuration::Draft;
use directory::enrollment::terms::{AcceptTerms, PublishTerms, TermsDraft, TermsGiven};
use directory::membership::OnLapse;
use testkit::both;

use super::{accepted, ask, asking, configure, free, owned, somebody, standing, with_terms};
use crate::support::groups::{code, user_of};

both! {
    async fn a_version_is_accepted_by_its_number_and_stays_noted(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, with_terms("https://example.org/terms", free())).await.expect("made").configuration;
        let publish = PublishTerms {
            group,
            configuration: way.id,
            draft: TermsDraft {
                valid_days: Some(365),
                on_lapse: OnLapse::Withhold,
                ..TermsDraft::at("https://example.org/terms-2")
            },
        };
        let ann = somebody(&app, "ann").await;
        assert!(app.directory().execute(&ann, publish.clone()).await.is_err());
        let second = app.directory().execute(&owner, publish).await.expect("published");
        assert_eq!(second.number, 2);
        let by = |version: &str| SubmitRequest {
            terms: Some(TermsGiven { accepted: true, version: Some(version.into()), ..accepted() }),
            ..asking(way.id, &["member"])
        };
        assert_eq!(code(ask(&app, &ann, by("1")).await), "terms_not_accepted");
        let request = ask(&app, &ann, by("2")).await.expect("joined");
        assert_eq!(request.terms, Some(second.id));
        let noted = app.directory().acceptances_of(&owner, group, second.id, None).await.expect("read");
        assert_eq!(noted.len(), 1);
        assert_eq!((noted[0].user, noted[0].address.as_deref()), (user_of(&ann), Some("192.0.2.7")));
        let after = Some((noted[0].accepted_at, noted[0].user));
        assert!(app.directory().acceptances_of(&owner, group, second.id, after).await.expect("read").is_empty());
        let versions = app.directory().terms_of(&owner, group, way.id, None).await.expect("read");
        assert_eq!(versions.iter().map(|one| one.number).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(app.directory().my_acceptances(&ann, None, 10).await.expect("read").len(), 1);
        let rows = app.db().query("SELECT details FROM memberships WHERE user_id = ?1", &[user_of(&ann).into()]).await;
        let details: String = rows.expect("read")[0].take(0).expect("details");
        assert!(details.contains(&second.id.to_string()), "{details}");
    }

    async fn terms_can_be_accepted_again_at_any_time(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let way = configure(&app, &owner, group, with_terms("https://example.org/terms", free())).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        let again = || AcceptTerms { group, given: accepted() };
        assert_eq!(code(app.directory().execute(&ann, again()).await), "not_a_member");
        ask(&app, &ann, SubmitRequest { terms: Some(accepted()), ..asking(way.id, &["member"]) }).await.expect("joined");
        app.pass(86_400).await;
        let accepted = app.directory().execute(&ann, again()).await.expect("accepted");
        let rows = app.db().query("SELECT details FROM memberships WHERE user_id = ?1", &[user_of(&ann).into()]).await;
        let details: String = rows.expect("read")[0].take(0).expect("details");
        assert!(details.contains(&accepted.standing.accepted_at.millis().to_string()), "{details}");
        assert_eq!(code(app.directory().execute(&app.operator().await, again()).await), "person_required");
    }

    async fn who_is_out_by_the_terms_is_not_back_by_accepting_them_before_a_job_has_come(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let terms = TermsDraft { valid_days: Some(1), on_lapse: OnLapse::End, ..TermsDraft::at("https://example.org/terms") };
        let way = configure(&app, &owner, group, Draft { terms: Some(terms), ..free() }).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        ask(&app, &ann, SubmitRequest { terms: Some(accepted()), ..asking(way.id, &["member"]) }).await.expect("joined");
        app.clock().advance(3 * 86_400);
        assert_eq!(code(app.directory().execute(&ann, AcceptTerms { group, given: accepted() }).await), "not_a_member");
        app.run_jobs().await;
        let status = standing(&app, group, &ann).await.map(|(status, ..)| status);
        assert_eq!(status.as_deref(), Some("expired"));
    }

    async fn who_accepts_terms_is_not_asked_for_them_any_more(app: TestApp) {
        let (group, owner) = owned(&app, "acme").await;
        let terms = TermsDraft { valid_days: Some(30), on_lapse: OnLapse::Withhold, ..TermsDraft::at("https://example.org/terms") };
        let way = configure(&app, &owner, group, Draft { terms: Some(terms), ..free() }).await.expect("made").configuration;
        let ann = somebody(&app, "ann").await;
        ask(&app, &ann, SubmitRequest { terms: Some(accepted()), ..asking(way.id, &["member"]) }).await.expect("joined");
        app.run_jobs().await;
        app.deliver_mail().await;
        let before = app.mails().len();
        // The reminders and the lapse itself are overdue, and no job has come.
        app.clock().advance(40 * 86_400);
        app.directory().execute(&ann, AcceptTerms { group, given: accepted() }).await.expect("accepted");
        app.run_jobs().await;
        app.deliver_mail().await;
        let told: Vec<String> = app.mails().split_off(before).into_iter().map(|mail| mail.subject).collect();
        assert_eq!(told, Vec::<String>::new());
        let status = standing(&app, group, &ann).await.map(|(status, ..)| status);
        assert_eq!(status.as_deref(), Some("enabled"));
    }
}
