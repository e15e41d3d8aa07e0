//! Plans of the queries that look many links up.

use sqlx::{Connection as _, SqliteConnection};

use super::*;

/// A walk over the type would make a first night quadratic: every batch of it seeks its links.
#[tokio::test]
async fn links_are_sought_by_their_keys_without_walking_their_type() {
    let test = crate::testing::fresh_sqlite().await.expect("a file");
    for counted in [false, true] {
        if counted {
            test.store.refresh_statistics().await.expect("counted");
        }
        let mut connection = SqliteConnection::connect(&test.url).await.expect("connects");
        for (column, index) in [
            ("and key in ", "link_key"),
            ("and ours_id is not null and ours_id in ", "link_ours"),
            ("and theirs_id is not null and theirs_id in ", "link_theirs"),
        ] {
            let mut query = QueryBuilder::new("explain query plan ");
            query.push(SELECT).push(SEEK).push_bind(SchoolId(uuid::Uuid::nil()));
            query.push(" and type = ").push_bind("room").push(" ").push(column);
            push_list!(query, &vec!["x"; SOUGHT_AT_ONCE]);
            query.push(" order by id");
            let steps: Vec<(i64, i64, i64, String)> =
                query.build_query_as().fetch_all(&mut connection).await.expect("a plan");
            assert!(steps[0].3.contains(&format!("USING INDEX {index}")), "{counted}: {steps:?}");
        }
    }
}
