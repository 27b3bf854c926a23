use super::*;
use sea_orm::{ConnectionTrait, Statement};

async fn attempt(url: &str) -> Result<Pools, ConnectError> {
    let url = SecretString::from(url.to_owned());
    connect(&url, 2, Duration::from_secs(2), Role::Store).await
}

async fn failure(url: &str) -> String {
    match attempt(url).await {
        Ok(_) => panic!("{url} connected"),
        Err(error) => error.to_string(),
    }
}

async fn pragma(connection: &DatabaseConnection, name: &str) -> String {
    let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
    let row = connection
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
        .expect("a pragma can be read")
        .expect("it has a value");
    row.try_get_by_index(0).expect("it is text")
}

#[tokio::test]
async fn refused_urls_say_why() {
    for (url, reason) in [
        ("mysql://db", "it begins with neither sqlite: nor postgres:"),
        (
            "sqlite::memory:",
            "a database in memory cannot be shared between connections; name a file",
        ),
        (
            "sqlite://x.db?mode=memory",
            "a database in memory cannot be shared between connections; name a file",
        ),
        ("sqlite://x.db?mode=ro", "it is read-only"),
        ("sqlite://", "it names no file"),
    ] {
        assert_eq!(
            failure(url).await,
            format!("database URL not usable: {reason}"),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let message = failure("sqlite:///nowhere/at/all/rollcall.db?mode=rwc").await;
    assert!(
        message.starts_with("database unreachable: /nowhere/at/all/rollcall.db: "),
        "{message}"
    );
    assert!(!message.contains('\n'));
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_its_password() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("it is bound").port();
    drop(free);
    let message = failure(&format!("postgres://ana:hush@127.0.0.1:{port}/school")).await;
    assert!(
        message.starts_with(&format!("database unreachable: 127.0.0.1:{port}/school: ")),
        "{message}"
    );
    assert!(message.contains("refused"), "{message}");
    assert!(!message.contains("hush"), "{message}");
}

#[tokio::test]
async fn sqlite_is_durable_and_readers_cannot_write() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("rollcall.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let pools = attempt(&url).await.expect("the file is created");
    for connection in [&pools.write, &pools.read] {
        assert_eq!(pragma(connection, "journal_mode").await, "wal");
        assert_eq!(pragma(connection, "synchronous").await, "2");
        assert_eq!(pragma(connection, "foreign_keys").await, "1");
    }
    let table = "CREATE TABLE t (x integer)";
    assert!(pools.read.execute_unprepared(table).await.is_err());
    assert!(pools.write.execute_unprepared(table).await.is_ok());
    assert!(
        pools
            .read
            .execute_unprepared("SELECT x FROM t")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn both_roles_migrate_an_empty_sqlite_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for role in [Role::Store, Role::Journal] {
        let url = format!("sqlite://{}/{role:?}.db?mode=rwc", folder.path().display());
        let pools = connect(&SecretString::from(url), 1, Duration::from_secs(5), role)
            .await
            .expect("the file is created");
        migrate(&pools).await.expect("an empty file is filled");
        migrate(&pools).await.expect("a second time does nothing");
    }
}
