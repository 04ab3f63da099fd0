//! Memberships that have a time, and what a person has as a whole.

mod gone;
mod time;

use db::Value;
use testkit::TestApp;

/// Puts rows where no command puts them yet.
async fn sql(app: &TestApp, text: &'static str, params: Vec<Value>) {
    let done = app
        .db()
        .write(move |tx| -> Result<(), db::Error> { tx.execute(text, &params).map(drop) })
        .await;
    done.expect("it is done");
}
