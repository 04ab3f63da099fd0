//! The query of a request, in the faces that read it as a form.

use axum::extract::Query;
use axum::http::Uri;
use serde::de::DeserializeOwned;

/// Reads it; else why it cannot be read, in the words of the library. What is no text is not taken for another text.
pub(crate) fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, String> {
    let raw = uri.query().unwrap_or_default();
    if percent_encoding::percent_decode_str(raw).decode_utf8().is_err() {
        return Err("the query is not UTF-8".into());
    }
    match Query::<T>::try_from_uri(uri) {
        Ok(Query(read)) => Ok(read),
        Err(rejection) => Err(rejection.body_text()),
    }
}
