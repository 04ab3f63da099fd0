//! The fields of a way to join that a realm may have rules for.

/// For which groups a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Groups without a parent.
    TopLevel,
    /// Groups below others.
    Subgroup,
}

impl Level {
    /// Both.
    pub const ALL: [Self; 2] = [Self::TopLevel, Self::Subgroup];

    /// The word in tables and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::TopLevel => "top_level",
            Self::Subgroup => "subgroup",
        }
    }

    /// The one of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == word)
    }

    /// The one of a group, by whether it has a parent.
    pub fn of<T>(parent: Option<T>) -> Self {
        if parent.is_some() {
            Self::Subgroup
        } else {
            Self::TopLevel
        }
    }
}

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A number of days.
    Days,
    /// A day of the calendar.
    Day,
    /// The address of terms.
    Url,
    /// Yes or no.
    Flag,
    /// A line of text.
    Text,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $kind:ident;)*) => {
        /// A field of a way to join that a rule can be about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        impl Field {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name, in tables and on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What kind of value it has.
            pub fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind,)* }
            }
        }
    };
}

fields! {
    /// For how many days a membership lasts.
    MembershipExpirationDays = "membershipExpirationDays", Days;
    /// The first day on which one may begin.
    ValidFrom = "validFrom", Day;
    /// The terms that are to be accepted.
    Terms = "aup", Url;
    /// Whether somebody decides.
    RequireApproval = "requireApproval", Flag;
    /// Whether somebody decides about members who want to stay.
    RequireApprovalForExtension = "requireApprovalForExtension", Flag;
    /// Whether it can be used.
    Active = "active", Flag;
    /// Whether those see it who are no members.
    VisibleToNotMembers = "visibleToNotMembers", Flag;
    /// Whether one may ask for several roles.
    MultiselectRole = "multiselectRole", Flag;
    /// Whether one has to say why.
    CommentsNeeded = "commentsNeeded", Flag;
    /// What stands above that.
    CommentsLabel = "commentsLabel", Text;
    /// What is asked there.
    CommentsDescription = "commentsDescription", Text;
}

impl Field {
    /// The field of that name; the earlier system had three for the terms.
    pub fn parse(spelling: &str) -> Option<Self> {
        if matches!(spelling, "aupEntity" | "aup.url") {
            return Some(Self::Terms);
        }
        Self::ALL.iter().copied().find(|field| field.name() == spelling)
    }

    /// Whether it can have an upper bound.
    pub fn is_bounded(self) -> bool {
        self.kind() == FieldKind::Days
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Level};

    #[test]
    fn a_field_is_known_by_its_name_and_the_terms_by_three() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.name()), Some(*field));
        }
        for spelling in ["aup", "aupEntity", "aup.url"] {
            assert_eq!(Field::parse(spelling), Some(Field::Terms), "{spelling}");
        }
        for spelling in ["", "AUP", "name", "aup.type"] {
            assert_eq!(Field::parse(spelling), None, "{spelling}");
        }
    }

    #[test]
    fn a_group_is_at_the_top_or_below() {
        assert_eq!(Level::of(None::<()>), Level::TopLevel);
        assert_eq!(Level::of(Some(())), Level::Subgroup);
        for level in Level::ALL {
            assert_eq!(Level::parse(level.name()), Some(level));
        }
    }
}
