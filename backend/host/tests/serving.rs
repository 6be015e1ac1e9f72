//! The host's binary as a browser meets it, without storage behind it.

use std::{fs, process::Stdio, time::Duration};

use reqwest::{Client, Response, StatusCode};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// The longest anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running host with a small site.
struct Host {
    child: Child,
    log: Lines<BufReader<ChildStdout>>,
    address: String,
    _site: TempDir,
}

impl Host {
    async fn start() -> Self {
        let site = TempDir::new().expect("a folder");
        fs::create_dir(site.path().join("assets")).expect("a folder");
        fs::write(site.path().join("index.html"), "<!doctype html><title>Rollcall</title>").expect("written");
        fs::write(site.path().join("assets/app-1f.js"), "export {};\n".repeat(200)).expect("written");
        let mut child = command(&[("SITE_DIR", &site.path().display().to_string())])
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut log = BufReader::new(child.stdout.take().expect("a log")).lines();
        let listening = next_line_with(&mut log, "listening").await;
        let address = listening.rsplit('=').next().expect("an address").to_owned();
        Self { child, log, address, _site: site }
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Client::new().get(self.url(path))).await
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Response {
        request.timeout(PATIENCE).send().await.expect("an answer")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.expect("connected")
    }

    async fn terminate(&self) {
        let id = self.child.id().expect("running").to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(sent.expect("kill").success());
    }
}

fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall-host"));
    command
        .env_clear()
        .envs([
            ("LISTEN", "127.0.0.1:0"),
            ("EMPLOYEES_TABLE", "Employees"),
            ("PHOTOS_BUCKET", "photos"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("NO_COLOR", "1"),
        ])
        .envs(variables.iter().copied())
        .kill_on_drop(true);
    command
}

async fn next_line_with(log: &mut Lines<BufReader<ChildStdout>>, text: &str) -> String {
    let search = async {
        loop {
            let line = log.next_line().await.expect("a log").expect("not ended yet");
            if line.contains(text) {
                return line;
            }
        }
    };
    timeout(PATIENCE, search).await.expect("logged in time")
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn every_address_inside_the_app_opens_it() {
    let host = Host::start().await;
    for path in ["/", "/employees/7c9e", "/operations/revisions/new"] {
        let page = host.get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&page, "cache-control"), "no-cache");
        assert!(header(&page, "content-security-policy").contains("script-src 'self' 'wasm-unsafe-eval'"));
        assert_eq!(header(&page, "x-frame-options"), "DENY");
        assert!(page.text().await.expect("text").contains("<title>Rollcall"));
    }
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_ever_and_sent_compressed() {
    let host = Host::start().await;
    let request = Client::new().get(host.url("/assets/app-1f.js")).header("accept-encoding", "br, gzip");
    let file = host.ask(request).await;
    assert_eq!(header(&file, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&file, "content-encoding"), "br");
    assert_eq!(header(&file, "content-type"), "text/javascript");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_and_no_page() {
    let host = Host::start().await;
    for path in
        ["/api/nothing", "/api", "/assets/gone.js", "/gone.png", "/..%2f..%2fCargo.toml", "/photos/x.png"]
    {
        let answer = host.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json", "{path}");
    }
}

#[tokio::test]
async fn the_host_operates_nothing() {
    let host = Host::start().await;
    for path in ["/api/operations/host", "/api/operations/relaunches", "/api/operations/revisions"] {
        assert_eq!(host.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        let post = host.ask(Client::new().post(host.url(path))).await;
        assert_eq!(post.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn without_sign_in_nobody_changes_anything() {
    let host = Host::start().await;
    let session = host.get("/api/session").await.text().await.expect("text");
    assert_eq!(session, r#"{"user":null,"reading":"open","sign_in":null}"#);
    let refused = host.ask(Client::new().delete(host.url("/api/employees/7c9e"))).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(refused.text().await.expect("text").contains("Sign-in is not set up where this runs"));
}

#[tokio::test]
async fn it_says_that_it_runs_on_a_host() {
    let host = Host::start().await;
    let info = host.get("/api/info").await.text().await.expect("text");
    assert!(info.contains(r#""runs_on":"host","instance_id":null"#), "{info}");
}

#[tokio::test]
async fn a_request_that_has_begun_is_finished_before_the_host_stops() {
    let mut host = Host::start().await;
    let mut slow = host.connect().await;
    slow.write_all(b"GET /api/badges HTTP/1.1\r\nhost: rollcall\r\n").await.expect("sent");
    // Another answer in the meantime shows that the first half has been read too.
    assert_eq!(host.get("/api/badges").await.status(), StatusCode::OK);
    host.terminate().await;
    slow.write_all(b"\r\n").await.expect("sent");
    let mut answer = String::new();
    timeout(PATIENCE, slow.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let ended = timeout(PATIENCE, host.child.wait()).await.expect("in time").expect("ended");
    assert!(ended.success());
    next_line_with(&mut host.log, "stopped").await;
}

#[tokio::test]
async fn a_client_that_sends_nothing_is_dropped() {
    let host = Host::start().await;
    let mut silent = host.connect().await;
    let mut byte = [0];
    let read = timeout(PATIENCE, silent.read(&mut byte)).await.expect("closed in time");
    assert_eq!(read.expect("closed in order"), 0);
}

#[tokio::test]
async fn a_setting_that_is_missing_is_told_and_ends_the_host() {
    let output = command(&[]).output().await.expect("ran");
    assert!(!output.status.success());
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(log.contains("SITE_DIR is not set; it must be the folder of the built front end"), "{log}");
}
