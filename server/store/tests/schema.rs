//! Both engines have the same tables, columns, nullability, keys and indexes, and each column has the type that
//! `migrations/README.md` says.

use std::collections::BTreeMap;

use sqlx::{Connection, PgConnection, SqliteConnection};
use store::testing::{fresh_postgres, fresh_sqlite};

type Columns = BTreeMap<(String, String), (String, bool, bool)>;
type Indexes = BTreeMap<(String, String), (bool, Vec<String>, bool)>;

const MIGRATIONS: &str = "_sqlx_migrations";

async fn sqlite_columns(connection: &mut SqliteConnection) -> Columns {
    let rows: Vec<(String, String, String, bool, i64)> = sqlx::query_as(
        "select m.name, c.name, c.type, c.\"notnull\", c.pk from sqlite_master m, pragma_table_info(m.name) c
         where m.type = 'table' and m.name not like 'sqlite_%'",
    )
    .fetch_all(connection)
    .await
    .expect("columns");
    rows.into_iter()
        .filter(|row| row.0 != MIGRATIONS)
        .map(|(table, column, kind, not_null, key)| {
            ((table, column), (kind.to_lowercase(), not_null, key > 0))
        })
        .collect()
}

async fn postgres_columns(connection: &mut PgConnection) -> Columns {
    let rows: Vec<(String, String, String, bool, bool)> = sqlx::query_as(
        "select t.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           exists (select 1 from pg_index i where i.indrelid = t.oid and i.indisprimary
             and a.attnum = any (i.indkey))
         from pg_class t join pg_namespace n on n.oid = t.relnamespace join pg_attribute a on a.attrelid = t.oid
         where n.nspname = 'public' and t.relkind = 'r' and a.attnum > 0 and not a.attisdropped",
    )
    .fetch_all(connection)
    .await
    .expect("columns");
    rows.into_iter()
        .filter(|row| row.0 != MIGRATIONS)
        .map(|(table, column, kind, not_null, key)| ((table, column), (kind, not_null, key)))
        .collect()
}

async fn sqlite_indexes(connection: &mut SqliteConnection) -> Indexes {
    let rows: Vec<(String, String, bool, bool)> = sqlx::query_as(
        "select m.name, i.name, i.\"unique\", i.partial from sqlite_master m, pragma_index_list(m.name) i
         where m.type = 'table' and i.origin = 'c' order by m.name, i.name",
    )
    .fetch_all(&mut *connection)
    .await
    .expect("indexes");
    let mut indexes = Indexes::new();
    for (table, index, unique, partial) in rows {
        let columns: Vec<String> =
            sqlx::query_scalar("select name from pragma_index_info($1) order by seqno")
                .bind(&index)
                .fetch_all(&mut *connection)
                .await
                .expect("columns");
        indexes.insert((table, index), (unique, columns, partial));
    }
    indexes
}

async fn postgres_indexes(connection: &mut PgConnection) -> Indexes {
    let rows: Vec<(String, String, bool, Vec<String>, bool)> = sqlx::query_as(
        "select t.relname::text, c.relname::text, i.indisunique,
           array(select a.attname::text from unnest(i.indkey) with ordinality k (number, place)
             join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number order by k.place),
           i.indpred is not null
         from pg_index i join pg_class t on t.oid = i.indrelid join pg_class c on c.oid = i.indexrelid
           join pg_namespace n on n.oid = t.relnamespace
         where n.nspname = 'public' and not i.indisprimary",
    )
    .fetch_all(connection)
    .await
    .expect("indexes");
    rows.into_iter()
        .map(|(table, index, unique, columns, partial)| ((table, index), (unique, columns, partial)))
        .collect()
}

fn expected_type(sqlite: &str, postgres: &str) -> bool {
    matches!((sqlite, postgres), ("blob", "uuid") | ("integer", "bigint" | "boolean") | ("text", "text"))
}

#[tokio::test]
async fn both_engines_have_the_same_schema() {
    let (file, server) = (fresh_sqlite().await.expect("a file"), fresh_postgres().await.expect("a database"));
    let mut sqlite = SqliteConnection::connect(&file.url).await.expect("connects");
    let mut postgres = PgConnection::connect(&server.url).await.expect("connects");
    let (left, right) = (sqlite_columns(&mut sqlite).await, postgres_columns(&mut postgres).await);
    assert!(left.len() > 200, "only {} columns", left.len());
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (column, (kind, not_null, key)) in &left {
        let (other, other_not_null, other_key) = &right[column];
        assert_eq!((not_null, key), (other_not_null, other_key), "{column:?}");
        assert!(expected_type(kind, other), "{column:?}: {kind} and {other}");
    }
    let (left, right) = (sqlite_indexes(&mut sqlite).await, postgres_indexes(&mut postgres).await);
    assert!(left.len() > 30, "only {} indexes", left.len());
    assert_eq!(left, right);
}

#[test]
fn both_folders_have_the_same_files() {
    let names = |engine: &str| {
        let folder = format!("{}/../../migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
