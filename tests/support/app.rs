//! `rollcall serve` as its users run it: a process of its own in a folder of its own, on free ports.
//!
//! The addresses come from its log. When an [`App`] goes away the process is stopped by its id, and the test fails if
//! the log holds a panic.

use super::{
    postgres,
    signal::{self, Signal},
    zoom::Zoom,
};
use serde_json::Value;
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The secret token that the application is given, and Zoom signs with.
pub const SECRET: &str = "black-box-secret-token";
/// The operators' bearer token.
pub const TOKEN: &str = "black-box-admin-token";
/// How long anything may take to come about.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The variable that plans faults.
const FAULTS: &str = "FAILPOINTS";

/// Which database the application runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in the application's folder.
    Sqlite,
    /// A fresh database of a test server.
    Postgres,
}

/// A way to start the application; see [`spawn_app`].
pub struct Setup {
    database: Database,
    variables: Vec<(String, String)>,
    may_panic: bool,
    wrapper: Vec<String>,
}

/// A running application.
pub struct App {
    folder: TempDir,
    postgres: Option<postgres::Database>,
    url: String,
    variables: Vec<(String, String)>,
    may_panic: bool,
    wrapper: Vec<String>,
    process: Child,
    starts: usize,
    /// Where Zoom's requests go.
    pub public: SocketAddr,
    /// Where operators' requests go.
    pub admin: SocketAddr,
    /// Keeps connections alive.
    pub client: reqwest::Client,
}

/// Starts the application with defaults on `database`, and waits until it is ready.
pub async fn spawn_app(database: Database) -> App {
    Setup::new(database).start().await
}

impl Setup {
    /// With defaults on `database`.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            variables: Vec::new(),
            may_panic: false,
            wrapper: Vec::new(),
        }
    }

    /// With faults planned (see `src/fault.rs`): its log may hold panics.
    #[must_use]
    pub fn with_faults(mut self, plan: &str) -> Self {
        self.may_panic = true;
        self.with(FAULTS, plan)
    }

    /// With one more variable in the application's environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Run by a program that does something first and then becomes it (`setpriv`, a shell's `exec`), given with its arguments.
    #[must_use]
    pub fn under(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Starts it and waits until it is ready.
    pub async fn start(self) -> App {
        self.start_after(async |_, _| ()).await
    }

    /// Starts it after something was done with its folder and its empty database's URL, and waits until it is ready.
    pub async fn start_after(self, before: impl AsyncFnOnce(&Path, &str)) -> App {
        let (folder, postgres, url) = self.place();
        before(folder.path(), &url).await;
        let mut app = self.launch_in(folder, postgres, url);
        app.settle().await;
        app
    }

    /// Starts it and does not wait.
    pub fn launch(self) -> App {
        let (folder, postgres, url) = self.place();
        self.launch_in(folder, postgres, url)
    }

    /// A folder, and a database with its URL.
    fn place(&self) -> (TempDir, Option<postgres::Database>, String) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let postgres = match self.database {
            Database::Sqlite => None,
            Database::Postgres => Some(postgres::database()),
        };
        let url = postgres.as_ref().map_or_else(
            || {
                let file = folder.path().join("rollcall.db");
                format!("sqlite://{}?mode=rwc", file.display())
            },
            postgres::Database::url,
        );
        (folder, postgres, url)
    }

    fn launch_in(self, folder: TempDir, postgres: Option<postgres::Database>, url: String) -> App {
        let process = launch(&folder, &url, &self.variables, &self.wrapper, 1);
        App {
            folder,
            postgres,
            url,
            variables: self.variables,
            may_panic: self.may_panic,
            wrapper: self.wrapper,
            process,
            starts: 1,
            public: ([127, 0, 0, 1], 0).into(),
            admin: ([127, 0, 0, 1], 0).into(),
            client: client(),
        }
    }
}

impl App {
    /// The database's URL.
    pub fn database_url(&self) -> &str {
        &self.url
    }

    /// The folder that the application runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Zoom, sending to this application.
    pub fn zoom(&self) -> Zoom {
        Zoom::new(self.client.clone(), self.public, SECRET)
    }

    /// `path` of the public listener.
    pub fn public_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.public)
    }

    /// `path` of the operators' listener.
    pub fn admin_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }

    /// Asks the operators' listener, with the token.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(self.admin_url(path)).bearer_auth(TOKEN);
        request.send().await.expect("an answer")
    }

    /// Asks for JSON; anything but 200 fails the test.
    pub async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.expect("JSON")
    }

    /// Asks again and again until `enough` of the answer.
    pub async fn json_until(&self, path: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.json(path).await;
            if enough(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{path} stays {answer:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The value of a metric: the line that begins with `name` and its labels as written.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics").await.text().await.expect("text");
        text.lines().find_map(|line| {
            let value = line.strip_prefix(name)?.strip_prefix(' ')?;
            value.parse().ok()
        })
    }

    /// Asks again and again until the metric is there and `enough`.
    pub async fn metric_until(&self, name: &str, enough: impl Fn(f64) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.metric(name).await;
            if value.is_some_and(&enough) {
                return;
            }
            assert!(Instant::now() < deadline, "{name} stays {value:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Everything logged since the first start.
    pub fn log(&self) -> String {
        (1..=self.starts)
            .filter_map(|start| fs::read_to_string(log_file(&self.folder, start)).ok())
            .collect()
    }

    /// From the next start on there are no faults: the bug is mended.
    pub fn mend(&mut self) {
        self.variables.retain(|(name, _)| name != FAULTS);
    }

    /// With another variable in the environment from the next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs another command of the same installation to its end.
    pub fn command(&self, arguments: &[&str]) -> std::process::Output {
        command(&self.folder, &self.url, &self.variables)
            .args(arguments)
            .output()
            .expect("the command runs")
    }

    /// Asks it to stop, as a service manager does, and waits for it.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended().await
    }

    /// Ends it at once, as a power cut does.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// Starts it again on the same folder and database; it listens on other ports.
    pub async fn restart(&mut self) {
        self.launch_again();
        self.settle().await;
    }

    /// Starts it again and does not wait until it is ready.
    pub fn launch_again(&mut self) {
        self.starts += 1;
        let Self { folder, url, .. } = self;
        self.process = launch(folder, url, &self.variables, &self.wrapper, self.starts);
    }

    /// Whether the latest start has come so far that it listens to Zoom.
    pub fn listens(&self) -> bool {
        self.address("public").is_some()
    }

    /// Waits until both listeners are known and the application is ready.
    pub async fn settle(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let [Some(public), Some(admin)] = ["public", "admin"].map(|l| self.address(l)) {
                (self.public, self.admin) = (public, admin);
                let answer = self.client.get(self.public_url("/readyz")).send().await;
                if answer.is_ok_and(|answer| answer.status() == 200) {
                    return;
                }
            }
            let ended = self.process.try_wait().expect("the process's state");
            let log = self.log();
            assert!(ended.is_none(), "it ended with {ended:?}:\n{log}");
            assert!(Instant::now() < deadline, "it does not get ready:\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where a listener listens, according to the latest start's log.
    fn address(&self, listener: &str) -> Option<SocketAddr> {
        let log = fs::read_to_string(log_file(&self.folder, self.starts)).ok()?;
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let mut listening = lines.filter(|line: &Value| line["message"] == "listening");
        let line = listening.find(|line| line["listener"] == listener)?;
        line["addr"].as_str()?.parse().ok()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        signal::send(&self.process, signal);
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().expect("the process's state") {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "it does not end:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let log = self.log();
        let panic = log.lines().find(|line| line.contains("panicked"));
        if let Some(line) = panic
            && !self.may_panic
            && !thread::panicking()
        {
            panic!("the application panicked: {line}");
        }
    }
}

/// Keeps connections alive, and goes through no proxy.
pub fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("a client")
}

fn launch(
    folder: &TempDir,
    url: &str,
    variables: &[(String, String)],
    wrapper: &[String],
    start: usize,
) -> Child {
    let log = File::create(log_file(folder, start)).expect("a log file");
    run_by(command(folder, url, variables), wrapper)
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle to the log file"))
        .stderr(log)
        .spawn()
        .expect("the application starts")
}

/// The application's environment holds nothing of the test's but where programs and temporary files are.
fn command(folder: &TempDir, url: &str, variables: &[(String, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    let kept = ["PATH", "HOME", "TMPDIR"];
    let kept = kept
        .iter()
        .filter_map(|name| Some((*name, std::env::var_os(name)?)));
    command
        .current_dir(folder.path())
        .env_clear()
        .envs(kept)
        .env("ROLLCALL_ENV", "production")
        .env("ROLLCALL__HTTP__ADDR", "127.0.0.1:0")
        .env("ROLLCALL__ADMIN__ADDR", "127.0.0.1:0")
        .env("ROLLCALL__LOG__FORMAT", "json")
        .env("RUST_LOG", "info")
        .env("ZOOM_WEBHOOK_SECRET", SECRET)
        .env("ROLLCALL_ADMIN_TOKEN", TOKEN)
        .env("DATABASE_URL", url)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    command
}

/// The same, run by `wrapper`.
fn run_by(command: Command, wrapper: &[String]) -> Command {
    let [program, arguments @ ..] = wrapper else {
        return command;
    };
    let mut outer = Command::new(program);
    outer
        .args(arguments)
        .arg(command.get_program())
        .current_dir(command.get_current_dir().expect("it has a folder"))
        .env_clear();
    for (name, value) in command.get_envs() {
        outer.envs(value.map(|value| (name, value)));
    }
    outer
}

fn log_file(folder: &TempDir, start: usize) -> PathBuf {
    folder.path().join(format!("serve-{start}.log"))
}
