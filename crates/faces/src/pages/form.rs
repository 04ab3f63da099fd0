//! What somebody sends by a form or a query: names with their values, of which some come several times.

use std::convert::Infallible;

use axum::extract::{FromRequest, RawForm, Request};

use crate::app::App;

/// Names and values as they were sent. There are so many at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

/// So many are read.
const MOST: usize = 500;

/// A body that is no form, or too long, has no fields.
impl FromRequest<App> for Fields {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &App) -> Result<Self, Infallible> {
        let form = RawForm::from_request(request, app).await;
        Ok(form.map(|RawForm(form)| Self::of_form(&form)).unwrap_or_default())
    }
}

impl Fields {
    fn of_form(body: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(body);
        Self(pairs.into_owned().take(MOST).collect())
    }

    pub(super) fn of_query(query: Option<&str>) -> Self {
        Self::of_form(query.unwrap_or_default().as_bytes())
    }

    /// The first value of that name, without space around it.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// All values of that name.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.values(name).collect()
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let is_meant = move |(known, value): &'a (String, String)| (known == name).then_some(value.trim());
        self.0.iter().filter_map(is_meant)
    }

    /// The first value of that name, if there is something in it.
    pub(super) fn said(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn names_may_come_several_times() {
        let fields = Fields::of_form(b"role=a&role=+b+&text=%20&x");
        assert_eq!(fields.all("role"), ["a", "b"]);
        assert_eq!((fields.text("text"), fields.said("text")), (Some(""), None));
        assert_eq!((fields.text("x"), fields.text("y")), (Some(""), None));
        assert!(Fields::of_query(None).text("x").is_none());
    }
}
