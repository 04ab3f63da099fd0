//! Tables for the rules of asking.

use uuid::Uuid;

use super::rules::{
    Act, Answer, Approval, Asking, Duty, Offered, OwnRequest, Patience, Standing, after, approval, next_duty, submit,
};
use super::{ArchiveCause, AskedRole, RequestStatus};
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::enrollment::configuration::Contract;
use crate::enrollment::terms::{Channel, Terms, TermsGiven};
use crate::id::Id;
use crate::membership::{OnLapse, Status};

#[test]
fn each_act_has_the_states_in_which_it_can_be_done() {
    use RequestStatus::{
        Accepted, Archived, PendingApproval as Pending, Rejected, SelfApproved, WaitingForReply as Waiting,
    };
    let withdraw = Act::PutAside(ArchiveCause::Withdrawn);
    // What each leads to from PENDING_APPROVAL and from WAITING_FOR_REPLY, and what is said elsewhere.
    let table = [
        (Act::Ask, Some(Waiting), None, Denial::RequestNotPending),
        (Act::Respond, None, Some(Pending), Denial::RequestNotWaiting),
        (Act::Accept, Some(Accepted), None, Denial::RequestNotPending),
        (Act::Reject, Some(Rejected), None, Denial::RequestNotPending),
        (Act::Assign, Some(Pending), Some(Waiting), Denial::RequestNotPending),
        (withdraw, Some(Archived), Some(Archived), Denial::RequestNotPending),
    ];
    for (act, from_pending, from_waiting, denial) in table {
        let expected = |to: Option<RequestStatus>| to.ok_or_else(|| denial.clone());
        assert_eq!(after(Pending, act), expected(from_pending), "{act:?}");
        assert_eq!(after(Waiting, act), expected(from_waiting), "{act:?}");
        for over in [Accepted, Rejected, Archived, SelfApproved] {
            assert_eq!(after(over, act), Err(denial.clone()), "{act:?} {over:?}");
        }
    }
}

#[test]
fn states_have_words_and_two_of_them_wait() {
    let open: Vec<_> = RequestStatus::ALL
        .into_iter()
        .filter(|status| status.is_open())
        .collect();
    assert_eq!(open, [RequestStatus::PendingApproval, RequestStatus::WaitingForReply]);
    for status in RequestStatus::ALL {
        assert_eq!(RequestStatus::parse(status.name()), Some(status));
    }
}

fn role(number: u128, name: &str) -> AskedRole {
    AskedRole {
        id: Uuid::from_u128(number),
        name: name.to_owned(),
    }
}

fn terms() -> Terms {
    Terms {
        id: Id::new(Uuid::from_u128(9)),
        configuration: Id::new(Uuid::from_u128(1)),
        number: 1,
        url: "https://example.org/terms".into(),
        digest: None,
        valid_days: None,
        on_lapse: OnLapse::Remind,
        ask_again: false,
        made_at: Timestamp::from_millis(0),
        made_by: "operator".into(),
    }
}

/// Somebody who asks in order, and what they ask of; each test changes one thing.
struct Case {
    active: bool,
    contract: Contract,
    offered: Vec<AskedRole>,
    terms: Option<Terms>,
    privileged: bool,
    cuts_roles: bool,
    plain_members: bool,
    roles: Vec<String>,
    comments: Option<&'static str>,
    accepts: bool,
    standing: Standing,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            active: true,
            contract: Contract {
                require_approval: true,
                require_approval_for_extension: false,
                multiselect_role: true,
                comments_needed: true,
                ..Contract::default()
            },
            offered: vec![role(1, "member"), role(2, "curator")],
            terms: Some(terms()),
            privileged: false,
            cuts_roles: false,
            plain_members: false,
            roles: vec!["member".into()],
            comments: Some("I maintain the cluster"),
            accepts: true,
            standing: Standing {
                membership: None,
                blocked: false,
                asks_already: false,
            },
        }
    }
}

impl Case {
    fn answer(&self) -> Result<Answer, Denial> {
        let given = TermsGiven {
            accepted: self.accepts,
            version: None,
            channel: Channel::Agm,
            address: None,
        };
        let offered = Offered {
            active: self.active,
            contract: &self.contract,
            roles: &self.offered,
            terms: self.terms.as_ref(),
            privileged: self.privileged,
            cuts_roles: self.cuts_roles,
            plain_members: self.plain_members,
        };
        let asking = Asking {
            roles: &self.roles,
            comments: self.comments,
            terms: Some(&given),
        };
        submit(&offered, &asking, self.standing)
    }
}

fn with(change: impl FnOnce(&mut Case)) -> Result<Answer, Denial> {
    let mut case = Case::default();
    change(&mut case);
    case.answer()
}

#[test]
fn who_asks_in_order_is_heard() {
    let answer = Case::default().answer().expect("it is in order");
    assert_eq!(answer.roles, [role(1, "member")]);
    assert!(answer.reviewed && !answer.renewal);
}

#[test]
fn each_thing_that_is_not_in_order_has_its_word() {
    let unknown = || Denial::RoleUnknown { role: "owner".into() };
    let table: [(Result<Answer, Denial>, Denial); 12] = [
        (with(|case| case.active = false), Denial::ConfigurationInactive),
        (with(|case| case.standing.asks_already = true), Denial::RequestOpen),
        (with(|case| case.roles = vec!["owner".into()]), unknown()),
        (
            with(|case| case.offered.clear()),
            Denial::RoleUnknown { role: "member".into() },
        ),
        (with(|case| case.roles.clear()), Denial::RolesRequired),
        (
            with(|case| {
                case.contract.multiselect_role = false;
                case.roles = vec!["member".into(), "curator".into()];
            }),
            Denial::OneRoleOnly,
        ),
        (with(|case| case.comments = None), Denial::CommentRequired),
        (with(|case| case.accepts = false), Denial::TermsNotAccepted),
        (with(|case| case.standing.blocked = true), Denial::Suspended),
        (
            with(|case| case.standing.membership = Some(Status::Pending)),
            Denial::MembershipPending,
        ),
        (
            with(|case| {
                case.contract.require_approval = false;
                case.privileged = true;
            }),
            Denial::Privileged,
        ),
        // What is asked is looked at before who asks.
        (
            with(|case| {
                case.standing.blocked = true;
                case.roles = vec!["owner".into()];
            }),
            unknown(),
        ),
    ];
    for (row, (got, wanted)) in table.into_iter().enumerate() {
        assert_eq!(got, Err(wanted), "row {row}");
    }
}

#[test]
fn where_one_role_can_be_had_the_first_is_taken_only_for_clients_that_expect_it() {
    let answer = with(|case| {
        case.contract.multiselect_role = false;
        case.cuts_roles = true;
        case.roles = vec!["curator".into(), "member".into()];
    });
    assert_eq!(answer.expect("it is cut").roles, [role(2, "curator")]);
    let twice = with(|case| {
        case.contract.multiselect_role = false;
        case.roles = vec!["member".into(), "member".into()];
    });
    assert_eq!(twice.expect("it is one role").roles, [role(1, "member")]);
}

#[test]
fn a_group_whose_members_need_no_role_is_joined_without_one() {
    let plain = with(|case| {
        case.plain_members = true;
        case.offered.clear();
        case.roles.clear();
    });
    assert_eq!(plain.expect("it needs no role").roles, []);
}

#[test]
fn members_who_want_to_stay_are_decided_about_by_their_own_rule() {
    for (membership, new, extension, reviewed, renewal) in [
        (None, true, false, true, false),
        (None, false, true, false, false),
        (Some(Status::Enabled), true, false, false, true),
        (Some(Status::Enabled), false, true, true, true),
        (Some(Status::Expired), false, true, false, false),
        (Some(Status::Ended), true, false, true, false),
    ] {
        let answer = with(|case| {
            case.contract.require_approval = new;
            case.contract.require_approval_for_extension = extension;
            case.standing.membership = membership;
        })
        .expect("it is in order");
        assert_eq!((answer.reviewed, answer.renewal), (reviewed, renewal), "{membership:?}");
    }
}

#[test]
fn nobody_decides_about_themselves_and_two_decide_about_privileged_groups() {
    use Approval::{Decides, IsFirstOfTwo};
    use OwnRequest::{Allowed, No, Yes};
    let table = [
        (false, false, No, None, Ok(Decides)),
        (false, false, Yes, None, Err(Denial::NotYourself)),
        (false, true, Yes, None, Err(Denial::NotYourself)),
        (false, false, Allowed, None, Ok(Decides)),
        (true, false, Allowed, None, Err(Denial::NotYourself)),
        (true, true, Allowed, None, Err(Denial::NotYourself)),
        (true, true, No, None, Ok(Decides)),
        (true, false, No, None, Ok(IsFirstOfTwo)),
        (true, false, No, Some("user:bob"), Ok(Decides)),
        (true, false, No, Some("user:ann"), Err(Denial::NotYourself)),
    ];
    for (row, (privileged, alone, own, first, wanted)) in table.into_iter().enumerate() {
        assert_eq!(approval(privileged, alone, own, first, "user:ann"), wanted, "row {row}");
    }
}

#[test]
fn reminders_come_again_and_again_until_the_request_is_closed() {
    let start = Timestamp::from_millis(1_000);
    let day = |days: i64| start.plus_seconds(days * 86_400);
    let patience = |remind_days, close_days| Patience {
        remind_days,
        close_days,
    };
    let table = [
        (patience(7, 60), 0, 7, Duty::Remind),
        (patience(7, 60), 6, 7, Duty::Remind),
        (patience(7, 60), 7, 14, Duty::Remind),
        (patience(7, 60), 30, 35, Duty::Remind),
        (patience(7, 60), 56, 60, Duty::Close),
        (patience(7, 7), 0, 7, Duty::Close),
        (patience(0, 0), 0, 1, Duty::Close),
    ];
    for (patience, settled, due, duty) in table {
        assert_eq!(
            next_duty(start, day(settled), patience),
            (day(due), duty),
            "{patience:?} {settled}"
        );
    }
}
