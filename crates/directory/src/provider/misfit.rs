//! Why a token of the provider is not taken.

use std::fmt;

/// Why a token of the provider is not taken. For logs: who sent it is told that it is invalid, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It is longer than any token.
    TooLong,
    /// It does not read as a signed token.
    Malformed,
    /// It is signed by an algorithm that the realm does not allow.
    Algorithm,
    /// It asks for what is not understood here.
    Critical,
    /// It was made for another purpose: an ID token, a refresh token.
    Purpose,
    /// It counts only together with a proof of a key, which a bearer token does not bring.
    Bound,
    /// The provider has no such key.
    Key,
    /// The signature is not that of the key.
    Signature,
    /// It was issued by somebody else.
    Issuer,
    /// It is for somebody else.
    Audience,
    /// The realm does not say what its audience is.
    AudienceUnset,
    /// It does not say when it ends.
    Endless,
    /// Its time is over.
    Expired,
    /// It carries roles, and was issued longer ago than the realm takes such tokens for.
    OldRoles,
    /// Its time has not come, or it comes from the future.
    Early,
    /// It does not say whose it is.
    Subject,
    /// It does not answer the sign-in that was begun here.
    Nonce,
    /// It came with another access token than it was made with.
    OtherToken,
    /// It does not say that somebody has signed out, or not who.
    NoLogout,
    /// The person is not active.
    PersonOut,
}

impl Misfit {
    /// In a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TooLong => "the token is longer than 16 KiB",
            Self::Malformed => "the token does not read as a signed token",
            Self::Algorithm => "the token is signed by an algorithm that is not in `oidc.algorithms`",
            Self::Critical => "the token asks for what is not understood here (`crit`)",
            Self::Purpose => "the token is no access token",
            Self::Bound => "the token counts only with a proof of its key (`cnf`)",
            Self::Key => "the provider has no key of that name and kind",
            Self::Signature => "the signature of the token is not that of the provider",
            Self::Issuer => "the token is not of `oidc.issuer`",
            Self::Audience => "the token is not for `oidc.audience`",
            Self::AudienceUnset => "`oidc.audience` is not set, so no token is for this realm",
            Self::Endless => "the token does not say when it ends",
            Self::Expired => "the token has expired",
            Self::OldRoles => "the token carries roles and was issued longer ago than `oidc.role_token_hours`",
            Self::Early => "the token is not valid yet",
            Self::Subject => "the token does not say whose it is",
            Self::Nonce => "the ID token does not answer this sign-in (`nonce`)",
            Self::OtherToken => "the ID token was made with another access token (`at_hash`)",
            Self::NoLogout => "the logout token does not say that somebody signed out, or not who",
            Self::PersonOut => "the person whose token it is is not active",
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for Misfit {}
