//! Accounts, addresses and tokens, in English.

use crate::mail::catalog::Account;

pub(super) const ACCOUNT: Account = Account {
    invitation_subject: "Your invitation to {realm}",
    invitation_intro: "an account at {realm} has been prepared for you. Accept the invitation to use it.",
    invitation_button: "Open the invitation",
    invitation_decline: "You can also decline on the page that opens.",
    invitation_unexpected: "If you do not know what this is about, ignore this mail: without your consent nothing happens.",
    confirmation_subject: "Confirm your address for {realm}",
    confirmation_intro: "{address} was entered as your address at {realm}. Confirm that it is yours.",
    confirmation_button: "Confirm the address",
    confirmation_meaning: "It is used from then on; an earlier one stays in use until then.",
    confirmation_unexpected: "If you do not know what this is about, ignore this mail: without your click the address is not used.",
    sign_in_subject: "Your link to sign in at {realm}",
    sign_in_intro: "by this link you sign in at {realm}.",
    sign_in_button: "Sign in",
    sign_in_unexpected: "If you did not ask for it, ignore this mail: nobody is signed in without it. Give the link to nobody: whoever has it is you there.",
    token_expiry_subject: "The token of {client} expires on {date}",
    token_expiry_intro: "the token “{token}” of the program {client} expires on {until}. From then on {realm} refuses what the program asks with it.",
    token_expiry_todo: "So that the program goes on without a break:",
    token_expiry_create: "Make a second token:",
    token_expiry_replace: "Give it to the program, and see that the program works with it.",
    token_expiry_revoke: "Revoke the old token:",
    token_expiry_whom: "The commands are for whoever runs the server. If the program is no longer used, there is nothing to do.",
    test_subject: "Test mail from {realm}",
    test_intro: "this is the test mail that was asked for.",
    test_meaning: "It has come, so mail from {realm} is sent.",
};
