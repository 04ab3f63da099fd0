//! Encrypted connections to PostgreSQL, with libpq's words for them.

use std::path::Path;

use db::{Db, Error, Location, Options};

use crate::support::{Encrypted, texts};

async fn encryption(url: &str) -> Result<Vec<String>, Error> {
    let db = Db::open(&Location::Postgres(url.to_owned()), &Options::default()).await?;
    let sql = "SELECT CAST(ssl AS TEXT) FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let answer = db.query(sql, &[]).await.map(texts);
    db.close().await;
    answer
}

#[tokio::test]
async fn a_connection_is_as_encrypted_as_sslmode_says() {
    let server = tokio::task::spawn_blocking(Encrypted::start)
        .await
        .expect("the server starts");
    let with = |settings: &str| format!("{}?{settings}", server.url);
    let from = |authority: &Path| authority.display().to_string().replace('/', "%2F");
    let (own, other) = (from(&server.authority), from(&server.other_authority));

    assert_eq!(
        encryption(&with("sslmode=disable")).await.expect("connected"),
        ["false"]
    );
    assert_eq!(encryption(&server.url).await.expect("connected"), ["true"]);
    assert_eq!(encryption(&with("sslmode=require")).await.expect("connected"), ["true"]);
    assert_eq!(
        encryption(&with(&format!("sslmode=verify-full&sslrootcert={own}")))
            .await
            .expect("connected"),
        ["true"]
    );

    let stranger = encryption(&with(&format!("sslmode=verify-full&sslrootcert={other}"))).await;
    assert!(matches!(stranger, Err(Error::Unavailable { .. })), "{stranger:?}");
    let stranger = encryption(&with(&format!("sslmode=require&sslrootcert={other}"))).await;
    assert!(matches!(stranger, Err(Error::Unavailable { .. })), "{stranger:?}");
    let missing = encryption(&with("sslmode=verify-full&sslrootcert=%2Fno%2Fsuch%2Ffile")).await;
    assert!(matches!(missing, Err(Error::Configuration { .. })), "{missing:?}");
}
