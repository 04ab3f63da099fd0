//! The schema is brought up to date once, whoever comes first, and never from an edited text.

use db::{Db, Error, Migration};
use futures_util::future::join_all;

use crate::support::{Fresh, TABLES, number, on_both, run};

const LIST: [Migration; 3] = [
    TABLES[0],
    Migration {
        number: 2,
        name: "more",
        sql: "CREATE TABLE more (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO more (id) VALUES (1);",
    },
    Migration {
        number: 5,
        name: "column",
        sql: "ALTER TABLE more ADD COLUMN note TEXT; UPDATE more SET id = id + 1;",
    },
];

async fn refused(db: &Db, list: &[Migration]) -> (u32, String) {
    match db.migrate(list).await {
        Err(Error::Migration { number, why }) => (number, why),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_is_applied_once() {
    on_both(async |fresh| {
        assert_eq!(fresh.db.applied().await.expect("read"), [1]);
        assert_eq!(fresh.db.migrate(&LIST).await.expect("migrated"), [2, 5]);
        assert_eq!(fresh.db.migrate(&LIST).await.expect("migrated"), [0; 0]);
        assert_eq!(fresh.db.applied().await.expect("read"), [1, 2, 5]);
        assert_eq!(
            number(
                fresh
                    .db
                    .query("SELECT id FROM more WHERE note IS NULL", &[])
                    .await
                    .expect("read")
            ),
            2
        );
    })
    .await;
}

#[tokio::test]
async fn an_edited_one_is_refused() {
    on_both(async |fresh| {
        fresh.db.migrate(&LIST).await.expect("migrated");
        let mut edited = LIST;
        edited[1].sql = "CREATE TABLE more (id BIGINT NOT NULL PRIMARY KEY, note TEXT)";
        let (number, why) = refused(&fresh.db, &edited).await;
        assert_eq!(number, 2);
        assert!(why.contains("edited"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    on_both(async |fresh| {
        fresh.db.migrate(&LIST).await.expect("migrated");
        let (number, why) = refused(&fresh.db, &LIST[..2]).await;
        assert_eq!(number, 5);
        assert!(why.contains("newer"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn numbers_must_ascend() {
    on_both(async |fresh| {
        let twice = [LIST[0], LIST[1], LIST[1]];
        assert_eq!(refused(&fresh.db, &twice).await.0, 2);
        assert_eq!(fresh.db.applied().await.expect("read"), [1]);
    })
    .await;
}

#[tokio::test]
async fn one_that_fails_leaves_nothing_of_itself() {
    on_both(async |fresh| {
        let mut broken = LIST;
        broken[2].sql = "ALTER TABLE more ADD COLUMN note TEXT; UPDATE nowhere SET a = 1;";
        assert!(matches!(fresh.db.migrate(&broken).await, Err(Error::Statement { .. })));
        assert_eq!(fresh.db.applied().await.expect("read"), [1, 2]);
        assert!(fresh.db.prepare("SELECT note FROM more").await.is_err());
        assert_eq!(fresh.db.migrate(&LIST).await.expect("migrated"), [5]);
        fresh
            .db
            .prepare("SELECT note FROM more")
            .await
            .expect("the column is there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_migrates() {
    on_both(async |fresh| {
        let options = Fresh::options();
        let handles = join_all((0..8).map(|_| fresh.again(&options))).await;
        let applied = join_all(handles.iter().map(|db| db.migrate(&LIST))).await;
        let mut all: Vec<u32> = applied
            .into_iter()
            .flat_map(|numbers| numbers.expect("migrated"))
            .collect();
        all.sort_unstable();
        assert_eq!(all, [2, 5]);
        join_all(handles.iter().map(Db::close)).await;
    })
    .await;
}

#[tokio::test]
async fn it_goes_on_beside_writes() {
    on_both(async |fresh| {
        run(&fresh.db, "INSERT INTO things (id, name) VALUES (?1, 'a')", &[1.into()])
            .await
            .expect("added");
        let sql = "SELECT * FROM things";
        assert_eq!(fresh.db.query(sql, &[]).await.expect("read")[0].len(), 3);
        let wider = Migration {
            number: 2,
            name: "wider",
            sql: "ALTER TABLE things ADD COLUMN note TEXT",
        };
        fresh
            .again(&Fresh::options())
            .await
            .migrate(&[TABLES[0], wider])
            .await
            .expect("migrated");
        // Statements prepared before do not fit any more, and nobody notices.
        for _ in 0..8 {
            assert_eq!(fresh.db.query(sql, &[]).await.expect("read")[0].len(), 4);
        }
        assert_eq!(fresh.db.scan(sql, &[]).await.expect("read")[0].len(), 4);
    })
    .await;
}
