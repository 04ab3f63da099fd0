//! The store of a place, past the product.

use db::{Db, Location, Options, Tx};

use super::Place;

/// Where a place keeps everything.
pub(crate) fn location(place: &Place) -> Location {
    let environment = place.environment();
    let url = environment.iter().find(|(name, _)| name == "USHER_DATABASE__URL");
    match url {
        Some((_, url)) => Location::Postgres(url.clone()),
        None => Location::Sqlite(database_file(place)),
    }
}

/// The one database file in the data folder.
fn database_file(place: &Place) -> std::path::PathBuf {
    let entries = std::fs::read_dir(place.data()).expect("the data folder is read");
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files
        .find(|file| file.extension().is_some_and(|end| end == "db"))
        .expect("a database file")
}

/// All that was leased, as it is two minutes after whoever leased it has died.
const LAPSE: [&str; 3] = [
    "UPDATE leases SET until = 0",
    "UPDATE jobs SET lease_until = 0 WHERE lease_until IS NOT NULL",
    "UPDATE deliveries SET lease_until = 0 WHERE lease_until IS NOT NULL",
];

/// Lets what killed processes were at run out. No other may be at work on the place.
pub(crate) fn lapse(place: &Place) {
    run(place, &LAPSE);
}

/// Runs statements on the store of a place at which nobody is at work.
pub(crate) fn run(place: &Place, statements: &[&str]) {
    let statements: Vec<String> = statements.iter().map(|sql| (*sql).to_owned()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let db = Db::open(&location(place), &Options::default())
            .await
            .expect("the store opens");
        let all = move |tx: &mut Tx<'_>| -> Result<(), db::Error> {
            statements.iter().try_for_each(|sql| tx.execute(sql, &[]).map(drop))
        };
        db.write(all).await.expect("they are run");
        db.close().await;
    });
}
