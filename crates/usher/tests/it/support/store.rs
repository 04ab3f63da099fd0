//! The store of a place, past the product.

use db::Location;

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
