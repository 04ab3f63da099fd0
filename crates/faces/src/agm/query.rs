//! The query of a request, read strictly: a number that is none, a word that is not known and a flag that is neither are
//! refused. Parameters that are not known are passed over, and of one that comes twice the first counts.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use directory::Denial;
use directory::membership::{Page, Status};

use super::error::AgmError;
use crate::app::App;

/// The most results of one page.
const MOST: usize = 500;

/// How many results a page has where nothing is said.
const USUAL: usize = 10;

/// The parameters of a query, as they came.
#[derive(Clone, Debug)]
pub(super) struct Asked(Vec<(String, String)>);

impl FromRequestParts<App> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Response> {
        let read = crate::query::read(&parts.uri);
        read.map(Self).map_err(|why| AgmError::unfit_query(why).into_response())
    }
}

impl Asked {
    /// What a parameter says; none where it is absent.
    fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|text| !text.is_empty())
    }

    /// A flag.
    pub(super) fn flag(&self, name: &str, usual: bool) -> Result<bool, AgmError> {
        match self.text(name) {
            None => Ok(usual),
            Some(word) if word.eq_ignore_ascii_case("true") => Ok(true),
            Some(word) if word.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(AgmError::unfit_query(format!("`{name}` is true or false"))),
        }
    }

    /// Which part of a list: `first` and `max`.
    pub(super) fn page(&self) -> Result<Page, AgmError> {
        let number = |name: &str, usual: usize| match self.text(name) {
            None => Ok(usual),
            Some(text) => text.parse::<usize>().map_err(|_| AgmError::from(Denial::PagingInvalid)),
        };
        Ok(Page {
            first: number("first", 0)?,
            max: number("max", USUAL)?.min(MOST),
        })
    }

    /// By what a list is ordered: one of these words, or the first where nothing is said.
    pub(super) fn order<T: Copy>(&self, known: &[(&str, T)]) -> Result<T, AgmError> {
        let found = match self.text("order") {
            None => known.first(),
            Some(word) => known.iter().find(|(name, _)| *name == word),
        };
        found.map(|(_, order)| *order).ok_or_else(|| {
            let known: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let known = known.join(", ");
            AgmError::from(Denial::UnknownOrder { known })
        })
    }

    /// Where memberships stand that are asked for; those in force where nothing is said.
    pub(super) fn status(&self) -> Result<Status, AgmError> {
        let known = [Status::Enabled, Status::Pending, Status::Suspended, Status::Expired];
        let Some(word) = self.text("status") else {
            return Ok(Status::Enabled);
        };
        let found = known
            .into_iter()
            .find(|status| status.name().eq_ignore_ascii_case(word));
        found.ok_or_else(|| AgmError::unfit_query("`status` is ENABLED, PENDING, SUSPENDED or EXPIRED"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(parameters: &[(&str, &str)]) -> Asked {
        let owned = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Asked(owned.collect())
    }

    #[test]
    fn a_page_has_ten_results_and_at_most_five_hundred() {
        let page = |parameters: &[(&str, &str)]| asked(parameters).page().map(|page| (page.first, page.max)).ok();
        assert_eq!(page(&[]), Some((0, 10)));
        assert_eq!(page(&[("first", "20"), ("max", "5")]), Some((20, 5)));
        assert_eq!(page(&[("max", "0")]), Some((0, 0)));
        assert_eq!(page(&[("max", "100000")]), Some((0, 500)));
        assert_eq!(page(&[("max", "5"), ("max", "7")]), Some((0, 5)));
        for wrong in ["-1", "a", "1.5", " 1", "99999999999999999999999"] {
            assert_eq!(page(&[("first", wrong)]), None, "{wrong}");
            assert_eq!(page(&[("max", wrong)]), None, "{wrong}");
        }
    }

    #[test]
    fn words_are_known_or_refused() {
        let known = [("group.name", 1), ("f.end", 2)];
        assert_eq!(asked(&[]).order(&known).ok(), Some(1));
        assert_eq!(asked(&[("order", "f.end")]).order(&known).ok(), Some(2));
        assert!(
            asked(&[("order", "group.name; DROP TABLE groups")])
                .order(&known)
                .is_err()
        );
        assert_eq!(asked(&[("asc", "False")]).flag("asc", true).ok(), Some(false));
        assert_eq!(asked(&[("asc", "")]).flag("asc", true).ok(), Some(true));
        assert!(asked(&[("asc", "no")]).flag("asc", true).is_err());
        assert_eq!(asked(&[]).status().ok(), Some(Status::Enabled));
        assert_eq!(asked(&[("status", "PENDING")]).status().ok(), Some(Status::Pending));
        for hidden in ["ended", "barred", "x"] {
            assert!(asked(&[("status", hidden)]).status().is_err(), "{hidden}");
        }
    }
}
