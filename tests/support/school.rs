//! A school's database and the sets that are imported into it, for black-box tests on SQLite and on PostgreSQL.

use crate::postgres;
use rollcall::store::{
    connect::{Pools, Role, connect, migrate},
    convert::civil_date,
    entity::{class, class_student, meeting_registrant, state, user, zoom_meeting},
};
use sea_orm::{EntityTrait, ModelTrait, QueryOrder, sea_query::Expr};
use std::{
    collections::HashMap,
    fmt::Debug,
    fs,
    path::Path,
    process::{Command, Output},
    time::Duration,
};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// A database with the service's tables, empty at first.
pub(crate) struct School {
    pub(crate) runtime: Runtime,
    pub(crate) pools: Pools,
    pub(crate) url: String,
    // Last, so that the connections go first.
    _database: Option<postgres::Database>,
    _folder: TempDir,
}

/// What the command said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl School {
    pub(crate) fn on_sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}/school.db?mode=rwc", folder.path().display());
        Self::open(url, None, folder)
    }

    pub(crate) fn on_postgres() -> Self {
        let database = postgres::database();
        Self::open(database.url(), Some(database), TempDir::new().unwrap())
    }

    fn open(url: String, database: Option<postgres::Database>, folder: TempDir) -> Self {
        let runtime = Runtime::new().unwrap();
        let pools = runtime.block_on(async {
            let patience = Duration::from_secs(20);
            let pools = connect(&url.clone().into(), 2, patience, Role::Store)
                .await
                .unwrap();
            migrate(&pools).await.unwrap();
            pools
        });
        Self {
            runtime,
            pools,
            url,
            _database: database,
            _folder: folder,
        }
    }

    /// `rollcall import PATH` on this database.
    pub(crate) fn import(&self, path: &Path) -> Said {
        said(&command(&self.url, path).output().unwrap())
    }

    /// Imports what must be taken, and returns standard output.
    pub(crate) fn take(&self, set: &Set) -> String {
        let said = self.import(set.path());
        assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{}", said.stdout);
        said.stdout
    }

    /// Imports what must be refused without a trace, and returns standard error.
    pub(crate) fn refuse(&self, set: &Set) -> String {
        let before = self.dump();
        let said = self.import(set.path());
        assert_eq!((said.code, &*said.stdout), (Some(1), ""), "{}", said.stderr);
        assert_eq!(self.dump(), before, "a refused set changes nothing");
        said.stderr
    }

    /// The `import` command on this database, not yet started.
    pub(crate) fn command(&self, path: &Path) -> Command {
        command(&self.url, path)
    }

    /// Inserts a row as other software would.
    pub(crate) fn insert<M>(&self, row: M)
    where
        M: ModelTrait + sea_orm::IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
        <M::Entity as EntityTrait>::ActiveModel: Send,
    {
        let row = row.into_active_model();
        let insert = M::Entity::insert(row).exec_without_returning(&self.pools.write);
        self.runtime.block_on(insert).unwrap();
    }

    /// Every column of every row that an import may write.
    pub(crate) fn dump(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.all::<user::Entity>().iter().map(line));
        lines.extend(self.all::<class::Entity>().iter().map(line));
        lines.extend(self.all::<class_student::Entity>().iter().map(line));
        lines.extend(self.all::<zoom_meeting::Entity>().iter().map(line));
        lines.extend(self.all::<meeting_registrant::Entity>().iter().map(line));
        lines.extend(self.states().iter().map(line));
        lines
    }

    /// The rows in their own words: without ids and times of writing, in order.
    pub(crate) fn told(&self) -> Vec<String> {
        let users = self.all::<user::Entity>();
        let classes = self.all::<class::Entity>();
        let meetings = self.all::<zoom_meeting::Entity>();
        let user = names(users.iter().map(|u| (u.id, u.sourced_id.clone())));
        let class = names(classes.iter().map(|c| (c.id, c.sourced_id.clone())));
        let meeting = names(
            meetings
                .iter()
                .map(|m| (m.id, Some(m.zoom_meeting_id.clone()))),
        );
        let of = |names: &HashMap<Uuid, String>, id: Option<Uuid>| {
            id.map_or_else(|| "-".to_owned(), |id| names[&id].clone())
        };
        let mut lines = Vec::new();
        for row in &users {
            let (email, zoom) = (
                or_none(row.email.as_ref()),
                or_none(row.zoom_user_id.as_ref()),
            );
            let name = or_none(row.sourced_id.as_ref());
            lines.push(format!(
                "user {name}: {} | {} | {email} | {zoom}",
                row.role, row.full_name
            ));
        }
        for row in &classes {
            let name = or_none(row.sourced_id.as_ref());
            lines.push(format!(
                "class {name}: {} | {}",
                row.name,
                of(&user, row.teacher_id)
            ));
        }
        for row in self.all::<class_student::Entity>() {
            let (begin, end) = (row.begin_date, row.end_date);
            let date = |date: Option<_>| {
                date.map_or_else(|| "-".to_owned(), |d| civil_date(d).to_string())
            };
            lines.push(format!(
                "enrolment {} {}: {} to {}",
                of(&class, Some(row.class_id)),
                of(&user, Some(row.student_id)),
                date(begin),
                date(end)
            ));
        }
        for row in &meetings {
            let start = row.start_time.map_or(0, OffsetDateTime::unix_timestamp);
            lines.push(format!(
                "meeting {}: {} | {} | {} | {start} | {} | {} | {} | {} | {} | {}",
                row.zoom_meeting_id,
                row.title,
                of(&class, row.class_id),
                of(&user, row.host_id),
                row.duration.unwrap_or(0),
                or_none(row.timezone.as_ref()),
                or_none(row.meeting_type.as_ref()),
                or_none(row.target_audience.as_ref()),
                or_none(row.join_url.as_ref()),
                row.status,
            ));
        }
        for row in self.all::<meeting_registrant::Entity>() {
            lines.push(format!(
                "registrant {} {}: {} | {}",
                of(&meeting, Some(row.meeting_id)),
                or_none(row.zoom_registrant_id.as_ref()),
                of(&user, row.user_id),
                or_none(row.status.as_ref())
            ));
        }
        lines.sort();
        lines
    }

    /// All that is told of one kind of row.
    pub(crate) fn told_of(&self, kind: &str) -> Vec<String> {
        let begins = |line: &String| line.split(' ').next() == Some(kind);
        self.told().into_iter().filter(begins).collect()
    }

    /// How many imports changed something.
    pub(crate) fn version(&self) -> Option<String> {
        let states = self.states();
        let version = states.iter().find(|row| row.key == "roster_version");
        version.map(|row| row.value.clone())
    }

    /// All rows of a table, in the order of their ids.
    pub(crate) fn all<E: EntityTrait>(&self) -> Vec<E::Model> {
        let rows = E::find()
            .order_by_asc(Expr::col("id"))
            .all(&self.pools.write);
        self.runtime.block_on(rows).unwrap()
    }

    fn states(&self) -> Vec<state::Model> {
        let rows = state::Entity::find()
            .order_by_asc(state::Column::Key)
            .all(&self.pools.write);
        self.runtime.block_on(rows).unwrap()
    }
}

/// `rollcall import PATH` with nothing in the environment but the database.
pub(crate) fn command(url: &str, path: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command
        .arg("import")
        .arg(path)
        .current_dir(std::env::temp_dir())
        .env_clear()
        .env("DATABASE_URL", url);
    command
}

pub(crate) fn said(output: &Output) -> Said {
    Said {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

fn line(row: &impl Debug) -> String {
    format!("{row:?}")
}

fn names(rows: impl Iterator<Item = (Uuid, Option<String>)>) -> HashMap<Uuid, String> {
    let name = |(id, name): (Uuid, Option<String>)| (id, name.unwrap_or_else(|| "?".to_owned()));
    rows.map(name).collect()
}

fn or_none(text: Option<&String>) -> &str {
    text.map_or("-", String::as_str)
}

/// A folder with a set. Rows are given without spaces around commas, one a line; lines may be indented.
pub(crate) struct Set(TempDir);

impl Set {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// `sourcedId,status,role,email,givenName` and OneRoster's other two files, without rows until they are given.
    pub(crate) fn of_users(rows: &str) -> Self {
        let header = "sourcedId,status,role,email,givenName,familyName,zoom_user_id";
        Self::new()
            .file("users.csv", header, rows)
            .classes("")
            .enrolments("")
    }

    pub(crate) fn classes(self, rows: &str) -> Self {
        self.file("classes.csv", "sourcedId,status,title", rows)
    }

    pub(crate) fn enrolments(self, rows: &str) -> Self {
        let header = "sourcedId,status,classSourcedId,userSourcedId,role,primary,beginDate,endDate";
        self.file("enrollments.csv", header, rows)
    }

    pub(crate) fn meetings(self, rows: &str) -> Self {
        let header =
            "zoom_meeting_id,title,class_sourced_id,host_email,start_time,duration,timezone";
        self.file("meetings.csv", header, rows)
    }

    pub(crate) fn registrants(self, rows: &str) -> Self {
        let header = "zoom_meeting_id,user_sourced_id,zoom_registrant_id,status";
        self.file("registrants.csv", header, rows)
    }

    fn file(self, name: &str, header: &str, rows: &str) -> Self {
        let mut text = format!("{header}\n");
        for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
            text.push_str(row);
            text.push('\n');
        }
        fs::write(self.0.path().join(name), text).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}
