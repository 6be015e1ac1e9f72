//! The host's binary as a browser meets it, without storage behind it.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests say what they expect")]

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use reqwest::{Client, Response, StatusCode};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

/// The longest anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running host with a small site.
struct Host {
    child: Child,
    log: Log,
    address: String,
    _site: TempDir,
}

impl Host {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    async fn start_with(variables: &[(&str, &str)]) -> Self {
        let site = TempDir::new().expect("a folder");
        fs::create_dir(site.path().join("assets")).expect("a folder");
        for (document, of) in
            [("index.html", "directory"), ("operations.html", "operations"), ("records.html", "records")]
        {
            let html = format!("<!doctype html><title>Rollcall</title><p>{of}");
            fs::write(site.path().join(document), html).expect("written");
        }
        fs::write(site.path().join("assets/app-1f.js"), "export {};\n".repeat(200)).expect("written");
        let mut child = command(&[("SITE_DIR", &site.path().display().to_string())])
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut log = Log::of(&mut child);
        let listening = log.line_with("listening").await;
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

    fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It has ended already where a test let it end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a host prints, line by line.
struct Log(mpsc::UnboundedReceiver<String>);

impl Log {
    fn of(child: &mut Child) -> Self {
        let output = BufReader::new(child.stdout.take().expect("a log"));
        let (sender, receiver) = mpsc::unbounded_channel();
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self(receiver)
    }

    async fn line_with(&mut self, text: &str) -> String {
        let search = async {
            loop {
                let line = self.0.recv().await.expect("not ended yet");
                if line.contains(text) {
                    return line;
                }
            }
        };
        timeout(PATIENCE, search).await.expect("logged in time")
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
            ("READING", "open"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("NO_COLOR", "1"),
        ])
        .envs(variables.iter().copied());
    command
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn every_address_inside_the_app_opens_it() {
    let host = Host::start().await;
    for (path, part) in [
        ("/", "directory"),
        ("/employees/7c9e", "directory"),
        ("/employees/jane.doe@example.com", "directory"),
        ("/nowhere", "directory"),
        ("/operations", "operations"),
        ("/operations/revisions/new", "operations"),
    ] {
        let page = host.get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&page, "cache-control"), "no-cache");
        assert!(header(&page, "content-security-policy").contains("script-src 'self' 'wasm-unsafe-eval'"));
        assert_eq!(header(&page, "x-frame-options"), "DENY");
        assert_eq!(page.headers().get_all("x-content-type-options").iter().count(), 1);
        assert!(
            page.text().await.expect("text").ends_with(&format!("<title>Rollcall</title><p>{part}")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_page_does_not_wait_for_an_issuer_that_hangs() {
    let issuer = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/discovery", issuer.local_addr().expect("an address"));
    let host = Host::start_with(&[
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_CLIENT_ID", "rollcall"),
        ("OIDC_DISCOVERY_URL", &url),
    ])
    .await;
    let page = host.get("/");
    // The host hangs up when it has waited long enough: no page may come as late as that.
    let given_up = async {
        let (mut asked, _) = issuer.accept().await.expect("a connection");
        let mut all = Vec::new();
        asked.read_to_end(&mut all).await.expect("hung up");
    };
    tokio::select! {
        page = page => assert_eq!(page.status(), StatusCode::OK),
        () = given_up => panic!("the page waited for the issuer"),
    }
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_ever_and_sent_compressed() {
    let host = Host::start().await;
    let request = Client::new().get(host.url("/assets/app-1f.js")).header("accept-encoding", "br, gzip");
    let file = host.ask(request).await;
    assert_eq!(header(&file, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&file, "content-encoding"), "br");
    assert_eq!(header(&file, "content-type"), "text/javascript; charset=utf-8");
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
    assert_eq!(session, r#"{"user":null,"reading":"open","can_sign_in":false}"#);
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
    host.terminate();
    slow.write_all(b"\r\n").await.expect("sent");
    let mut answer = String::new();
    timeout(PATIENCE, slow.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    host.log.line_with("stopped").await;
    assert!(host.child.wait().expect("ended").success());
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
    let output = command(&[]).output().expect("ran");
    assert!(!output.status.success());
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(log.contains("SITE_DIR is not set; it must be the folder of the built front end"), "{log}");
}

#[tokio::test]
async fn where_nobody_says_who_may_read_the_host_does_not_start() {
    let output = command(&[("SITE_DIR", "/"), ("READING", "")]).output().expect("ran");
    assert!(!output.status.success());
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(log.contains("set READING=open"), "{log}");
}
