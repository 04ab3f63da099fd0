//! Why somebody whose token counts is nobody here.

use std::fmt;

/// Why somebody whose token counts is nobody here. For logs: who signed in is told only that they are nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unadmitted {
    /// Nobody has the address or the NameID, and the realm lets nobody in by itself.
    Unknown,
    /// Several people have the address or the NameID, one has each, or it is not proved to be theirs.
    Unclear,
    /// Whose address it is signs in under another name at the provider.
    Another,
    /// They have left, and are not erased yet: by signing in nobody comes back.
    Departed,
    /// The claims make no person: there is no name that is free, or a text is none.
    Unfit,
}

impl Unadmitted {
    /// In a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "nobody here has that address or NameID, and `oidc.jit` makes nobody",
            Self::Unclear => "several people here may be meant, or the address is not theirs",
            Self::Another => "whose address it is signs in under another name at the provider; see `usher user unlink`",
            Self::Departed => "they have left and are not erased yet",
            Self::Unfit => "the claims make no person: no name is free, or an address or a text does not fit",
        }
    }
}

impl fmt::Display for Unadmitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}
