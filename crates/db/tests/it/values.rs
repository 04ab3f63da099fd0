//! Values go in and come out alike on both engines.

use db::{Db, Error, Migration, Value};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use crate::support::{add, names, number, on_both, on_postgres, run, texts};

const VALUES: &[Migration] = &[
    crate::support::TABLES[0],
    Migration {
        number: 2,
        name: "values",
        sql: "CREATE TABLE held (id BIGINT NOT NULL PRIMARY KEY, n BIGINT, b BOOLEAN, t TEXT, y BYTES, u UUID)",
    },
];

const HOLD: &str = "INSERT INTO held (id, n, b, t, y, u) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const HELD: &str = "SELECT n, b, t, y, u FROM held WHERE id = ?1";

#[derive(Clone, Debug, PartialEq)]
struct Held {
    n: Option<i64>,
    b: Option<bool>,
    t: Option<String>,
    y: Option<Vec<u8>>,
    u: Option<Uuid>,
}

impl Held {
    async fn hold(&self, db: &Db, id: i64) -> Held {
        let params: [Value; 6] = [
            id.into(),
            self.n.into(),
            self.b.into(),
            self.t.clone().into(),
            self.y.clone().into(),
            self.u.into(),
        ];
        assert_eq!(run(db, HOLD, &params).await.expect("the row is added"), 1);
        let mut rows = db.query(HELD, &[id.into()]).await.expect("the row is read");
        let row = rows.first_mut().expect("the row is there");
        let mut take = || -> Result<Held, Error> {
            Ok(Held {
                n: row.take(0)?,
                b: row.take(1)?,
                t: row.take(2)?,
                y: row.take(3)?,
                u: row.take(4)?,
            })
        };
        take().expect("each column is of its type")
    }
}

#[tokio::test]
async fn every_value_comes_back() {
    on_both(async |fresh| {
        fresh.db.migrate(VALUES).await.expect("the table is made");
        let full = |n: i64, b, t: &str, y: Vec<u8>, u| Held {
            n: Some(n),
            b: Some(b),
            t: Some(t.into()),
            y: Some(y),
            u: Some(u),
        };
        let rows = [
            Held {
                n: None,
                b: None,
                t: None,
                y: None,
                u: None,
            },
            full(i64::MIN, false, "", Vec::new(), Uuid::nil()),
            full(
                i64::MAX,
                true,
                "Zoë 🦔 'quoted' \"twice\" ?1 $1 \\",
                (0..=255).collect(),
                Uuid::max(),
            ),
            full(0, true, "\u{10FFFF}", vec![0; 100_000], Uuid::from_u128(1)),
        ];
        for (id, row) in rows.into_iter().enumerate() {
            assert_eq!(row.hold(&fresh.db, id as i64).await, row);
        }
    })
    .await;
}

#[tokio::test]
async fn any_value_comes_back() {
    on_both(async |fresh| {
        fresh.db.migrate(VALUES).await.expect("the table is made");
        let text = prop_oneof![Just(String::new()), "[^\\x00]{1,40}", "[a-z' ?$:/*-]{1,40}"];
        let row = (
            any::<Option<i64>>(),
            any::<Option<bool>>(),
            proptest::option::of(text),
            any::<Option<[u8; 16]>>(),
        )
            .prop_flat_map(|(n, b, t, id)| {
                let u = id.map(Uuid::from_bytes);
                proptest::option::of(vec(any::<u8>(), 0..40)).prop_map(move |y| Held {
                    n,
                    b,
                    t: t.clone(),
                    y,
                    u,
                })
            });
        let mut runner = TestRunner::deterministic();
        for id in 0..100 {
            let row = row.new_tree(&mut runner).expect("a row").current();
            assert_eq!(row.hold(&fresh.db, id).await, row);
        }
    })
    .await;
}

#[tokio::test]
async fn placeholders_bind_by_their_number() {
    on_both(async |fresh| {
        add(&fresh.db, 7, "old").await.expect("added");
        let sql = "UPDATE things SET name = ?3, caller = ?2 WHERE id = ?1 AND name <> ?3";
        assert_eq!(
            run(&fresh.db, sql, &[7.into(), 9.into(), "new".into()])
                .await
                .expect("updated"),
            1
        );
        let mut rows = fresh
            .db
            .query("SELECT caller, name FROM things WHERE id = ?1", &[7.into()])
            .await
            .expect("read");
        assert_eq!(rows[0].take::<i64>(0).expect("a number"), 9);
        assert_eq!(rows[0].take::<String>(1).expect("a text"), "new");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_number_of_values_fails_the_statement() {
    on_both(async |fresh| {
        for params in [vec![], vec![1.into()], vec![1.into(), "a".into(), 2.into()]] {
            assert!(
                matches!(
                    run(&fresh.db, crate::support::ADD, &params).await,
                    Err(Error::Statement { .. })
                ),
                "{params:?}"
            );
        }
        assert_eq!(names(&fresh.db).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_column_is_only_taken_as_what_it_is() {
    on_both(async |fresh| {
        add(&fresh.db, 1, "text").await.expect("added");
        let sql = "SELECT name, id, caller FROM things";
        let row = || async { fresh.db.query(sql, &[]).await.expect("read").remove(0) };
        assert!(matches!(row().await.take::<i64>(0), Err(Error::Type { column: 0, .. })));
        assert!(matches!(
            row().await.take::<String>(1),
            Err(Error::Type { column: 1, .. })
        ));
        assert!(matches!(row().await.take::<i64>(2), Err(Error::Type { column: 2, .. })));
        assert!(matches!(row().await.take::<i64>(3), Err(Error::Type { column: 3, .. })));
        assert_eq!(row().await.take::<Option<i64>>(2).expect("null"), None);
        assert_eq!(row().await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn text_is_ordered_by_its_bytes() {
    on_both(async |fresh| {
        for (id, name) in ["b", "Z", "ä", "a", "B", "z", "_", "é", "e"].into_iter().enumerate() {
            add(&fresh.db, id as i64, name).await.expect("added");
        }
        let rows = fresh
            .db
            .query("SELECT name FROM things ORDER BY name", &[])
            .await
            .expect("read");
        assert_eq!(texts(rows), ["B", "Z", "_", "a", "b", "e", "z", "ä", "é"]);
        let rows = fresh
            .db
            .query("SELECT name FROM things WHERE name < ?1 ORDER BY name", &["_".into()])
            .await
            .expect("read");
        assert_eq!(texts(rows), ["B", "Z"]);
    })
    .await;
}

#[tokio::test]
async fn the_catalogue_says_that_text_is_compared_by_bytes() {
    on_postgres(async |fresh| {
        let sql = "SELECT CAST(a.attrelid AS regclass)::TEXT || '.' || a.attname || ' ' || c.collname
                   FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid JOIN pg_namespace n ON n.oid = r.relnamespace
                     JOIN pg_collation c ON c.oid = a.attcollation
                   WHERE n.nspname = 'public' AND r.relkind = 'r' ORDER BY 1";
        let rows = fresh.db.query(sql, &[]).await.expect("read");
        assert_eq!(texts(rows), ["schema_migrations.name C", "things.name C"]);
    })
    .await;
}

#[tokio::test]
async fn a_part_of_a_text_is_found_alike() {
    on_both(async |fresh| {
        let sql = "SELECT CAST(strpos(?1, ?2) AS BIGINT)";
        for (text, part, at) in [
            ("hedgehog", "hog", 6),
            ("hedgehog", "pig", 0),
            ("äöü", "ü", 3),
            ("a", "", 1),
            ("", "a", 0),
        ] {
            let rows = fresh.db.query(sql, &[text.into(), part.into()]).await.expect("read");
            assert_eq!(number(rows), at, "{part} in {text}");
        }
        let mut rows = fresh.db.query(sql, &[Value::Null, "a".into()]).await.expect("read");
        assert_eq!(rows[0].take::<Option<i64>>(0).expect("null"), None);
    })
    .await;
}
