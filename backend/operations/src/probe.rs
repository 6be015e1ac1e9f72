//! Asks a new host over HTTP, from outside, whether it serves: the one place that speaks to hosts.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use rollcall_api::relaunch::HostAnswer;

use crate::{
    ids::InstanceId,
    recipe::{Health, Identity, Place, Questions},
};

/// What came of asking a host over HTTP from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It answered with its own instance id, and as its recipe requires.
    Answered {
        /// What the recipe only wants, and is not so.
        lacking: Vec<String>,
    },
    /// It did not, or something else answered.
    Failed {
        /// What was met instead.
        reason: String,
        /// Each answer that was not as required.
        answers: Vec<HostAnswer>,
    },
}

/// How long one question may take, the answer included: a visitor would not wait longer, and two that are not answered take
/// less than ten seconds.
const WITHIN: Duration = Duration::from_secs(4);

/// How much of an answer is read; by that it is judged. The answer asked for has a few hundred bytes, while the original app
/// shows everyone on one page, however many there are.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// How much of an answer is kept as evidence, in characters.
const MAX_EVIDENCE: usize = 200;

/// An answer with its status.
struct Answer {
    url: String,
    /// The status and the text, or why there is none.
    got: Result<(u16, Vec<u8>), String>,
}

/// What was wrong with one question.
struct Fault {
    /// For people, in a few words.
    reason: String,
    evidence: HostAnswer,
}

/// Asks hosts. An ordinary HTTP client: a proxy that the environment names is used.
#[derive(Debug, Clone)]
pub struct Prober {
    client: Client,
}

impl Prober {
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        // A redirect could lead anywhere, this function's own network included. Hosts are asked without TLS: reading the
        // system's certificates would take milliseconds of each start.
        let client = Client::builder().timeout(WITHIN).redirect(Policy::none()).tls_certs_only([]).build()?;
        Ok(Self { client })
    }

    /// Asks at `address`, which must be EC2's own word, whether the app of a recipe there runs on `instance` and is as the
    /// recipe says. All questions are asked at the same time.
    pub async fn ask(&self, address: &str, questions: Questions, instance: &InstanceId) -> Probe {
        let Questions { identity, health } = questions;
        let asked_at = Timestamp::now();
        let fault =
            |answer: Answer, reason: String| Fault { evidence: answer.evidence(asked_at, &reason), reason };
        let identity = async {
            let answer = self.answer(address, identity.path).await;
            identity_fault(&answer, identity, instance).map(|reason| fault(answer, reason))
        };
        let health = join_all(health.iter().map(|health| async move {
            let answer = self.answer(address, health.path).await;
            health_fault(&answer, health).map(|reason| (health.required, fault(answer, reason)))
        }));
        let (identity, health) = tokio::join!(identity, health);
        let (required, wanted): (Vec<_>, Vec<_>) =
            health.into_iter().flatten().partition(|(required, _)| *required);
        let faults: Vec<_> =
            identity.into_iter().chain(required.into_iter().map(|(_, fault)| fault)).collect();
        match faults.first().map(|fault| fault.reason.clone()) {
            None => Probe::Answered { lacking: wanted.into_iter().map(|(_, fault)| fault.reason).collect() },
            Some(reason) => {
                Probe::Failed { reason, answers: faults.into_iter().map(|fault| fault.evidence).collect() }
            }
        }
    }

    async fn answer(&self, address: &str, path: &str) -> Answer {
        let url = format!("http://{address}{path}");
        let got = answered(self.client.get(&url)).await;
        Answer { url, got }
    }

    /// Asks a host at `address`, which must be EC2's own word, for what is at a path, with a token where it takes one: the
    /// status and the answer, or why there is none.
    pub(crate) async fn call(
        &self,
        method: Method,
        address: &str,
        path: &str,
        token: Option<&str>,
    ) -> Result<(u16, Vec<u8>), String> {
        let request = self.client.request(method, format!("http://{address}{path}"));
        answered(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
    }
}

/// The status and the beginning of the text.
async fn answered(request: RequestBuilder) -> Result<(u16, Vec<u8>), String> {
    let mut response = request.send().await.map_err(|error| describe(&error))?;
    let status = response.status().as_u16();
    let mut answer = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| describe(&error))? {
        answer.extend_from_slice(&piece);
        if answer.len() >= MAX_ANSWER_BYTES {
            answer.truncate(MAX_ANSWER_BYTES);
            break;
        }
    }
    Ok((status, answer))
}

impl Answer {
    /// What is kept of it.
    fn evidence(self, asked_at: Timestamp, reason: &str) -> HostAnswer {
        let said = match self.got {
            Ok((_, text)) => {
                let text = String::from_utf8_lossy(&text);
                let shown = text.chars().filter(|letter| !letter.is_control() || *letter == '\n');
                format!("{reason}\n{}", shown.take(MAX_EVIDENCE).collect::<String>())
            }
            Err(_) => reason.to_owned(),
        };
        HostAnswer { asked_at, url: self.url, said }
    }
}

/// What is wrong with the answer to where the app runs; nothing when it names this very instance where the app tells it.
fn identity_fault(answer: &Answer, identity: Identity, instance: &InstanceId) -> Option<String> {
    match &answer.got {
        Ok((200..=299, text)) => judge(text, identity.place, instance),
        Ok((status, _)) => Some(format!("{} answers with status {status}", answer.url)),
        Err(reason) => Some(reason.clone()),
    }
}

/// What is wrong with the answer to another question.
fn health_fault(answer: &Answer, health: &Health) -> Option<String> {
    let Answer { url, got } = answer;
    let (status, text) = match got {
        Ok(got) => got,
        Err(reason) => return Some(format!("{url}: {reason}")),
    };
    if *status != health.status {
        return Some(format!("{url} answers with status {status}"));
    }
    let missing = health.text.filter(|wanted| !String::from_utf8_lossy(text).contains(wanted))?;
    Some(format!("{url} answers without {missing:?}"))
}

/// What is wrong with where the app says that it runs; what stands elsewhere on a page says nothing.
fn judge(answer: &[u8], place: Place, instance: &InstanceId) -> Option<String> {
    let found = match place {
        Place::Field(name) => field(answer, name),
        Place::Line(label) => line(&String::from_utf8_lossy(answer), label),
    };
    match found.map(InstanceId::try_from) {
        Some(Ok(found)) if found == *instance => None,
        Some(Ok(other)) => Some(format!("the answer is that of {other}")),
        Some(Err(_)) | None => Some("the answer names no instance".to_owned()),
    }
}

fn field(answer: &[u8], name: &str) -> Option<String> {
    let object: serde_json::Map<String, serde_json::Value> = rollcall_json::from_slice(answer).ok()?;
    object.get(name)?.as_str().map(str::to_owned)
}

fn line(page: &str, label: &str) -> Option<String> {
    let (_, behind) = page.split_once(label)?;
    let behind = past_tags(past_tags(behind)?.strip_prefix(':')?)?;
    let id = behind.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').next()?;
    Some(id.to_owned())
}

fn past_tags(mut text: &str) -> Option<&str> {
    loop {
        text = text.trim_start();
        match text.strip_prefix('<') {
            Some(tag) => (_, text) = tag.split_once('>')?,
            None => return Some(text),
        }
    }
}

/// The innermost cause says what happened; the outer ones only name the URL again.
fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", WITHIN.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    const ID: &str = "i-0123456789abcdef0";

    fn instance() -> InstanceId {
        InstanceId::try_from(ID.to_owned()).expect("an id")
    }

    const FIELD: Identity = Identity { path: "/api/info", place: Place::Field("instance_id") };
    const LINE: Identity = Identity { path: "/info", place: Place::Line("instance_id") };

    /// A server on loopback that gives this answer to everyone; the client goes past any proxy.
    async fn asked(answer: Vec<u8>) -> Probe {
        let questions = Questions { identity: FIELD, health: &[] };
        let (probe, served) = asked_about(questions, |_| answer.clone()).await;
        assert_eq!(served, 1, "one question is one request");
        probe
    }

    /// The same with an answer to each path, and how often it was asked.
    async fn asked_about(questions: Questions, answer: impl Fn(&str) -> Vec<u8>) -> (Probe, usize) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let served = AtomicUsize::new(0);
        let serve = async {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a client");
                served.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 2048];
                let length = stream.read(&mut request).await.unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default();
                let _ = stream.write_all(&answer(path)).await;
            }
        };
        let client = Client::builder().no_proxy().timeout(WITHIN).redirect(Policy::none());
        let prober = Prober { client: client.build().expect("a client") };
        let instance = instance();
        let asked = prober.ask(&address, questions, &instance);
        let probe = tokio::select! {
            probe = asked => probe,
            () = serve => unreachable!("it serves for ever"),
        };
        (probe, served.load(Ordering::SeqCst))
    }

    fn answer(head: &str, body: &str) -> Vec<u8> {
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
            .into_bytes()
    }

    fn reason_of(probe: Probe) -> String {
        match probe {
            Probe::Failed { reason, .. } => reason,
            Probe::Answered { .. } => panic!("it answered"),
        }
    }

    #[tokio::test]
    async fn the_host_itself_is_recognised_by_its_instance_id() {
        let body = format!(r#"{{"version":"0.1.0","runs_on":"host","instance_id":"{ID}"}}"#);
        assert_eq!(asked(answer("200 OK", &body)).await, Probe::Answered { lacking: Vec::new() });
    }

    #[tokio::test]
    async fn another_instance_is_not_taken_for_it() {
        let other = "i-0fedcba987654321f";
        let body = format!(r#"{{"instance_id":"{other}","seen":["{ID}"]}}"#);
        assert_eq!(reason_of(asked(answer("200 OK", &body)).await), format!("the answer is that of {other}"));
        let longer = format!("{ID}0");
        let body = format!(r#"{{"instance_id":"{longer}"}}"#);
        assert!(reason_of(asked(answer("200 OK", &body)).await).contains(&longer));
        assert_eq!(reason_of(asked(answer("200 OK", "hello")).await), "the answer names no instance");
    }

    #[test]
    fn of_the_original_app_s_page_its_own_line_counts() {
        let judged = |page: &str| judge(page.as_bytes(), LINE.place, &instance());
        let is_it = |page: &str| judged(page).is_none();
        assert!(is_it(&format!(
            "<h1>Instance Info</h1><b>instance_id</b>: {ID} <br/><b>availability_zone</b>: x"
        )));
        assert!(is_it(&format!("<p>instance_id: {ID}</p>")));
        assert!(is_it(&format!("instance_id\n:\n{ID}")));
        let other = "i-0fedcba987654321f";
        let listed = format!("<b>instance_id</b>: {other} <br/> before it served {ID}, instance_id: {ID}");
        assert_eq!(judged(&listed), Some(format!("the answer is that of {other}")));
        for page in [
            ID.to_owned(),
            format!("<!-- {ID} --> all hosts: {ID}"),
            format!("instance_id {ID}"),
            format!("<b>instance_id</b>: {ID}0"),
            "<b>instance_id</b>: <b".to_owned(),
            "instance_id".to_owned(),
        ] {
            assert!(!is_it(&page), "{page}");
        }
    }

    #[test]
    fn of_rollcall_s_answer_its_own_field_counts() {
        for answer in [
            format!(r#"[{{"instance_id":"{ID}"}}]"#),
            format!(r#"{{"instance_id":["{ID}"]}}"#),
            format!(r#"{{"note":"{ID}"}}"#),
            format!("instance_id: {ID}"),
        ] {
            assert!(judge(answer.as_bytes(), FIELD.place, &instance()).is_some(), "{answer}");
        }
    }

    #[tokio::test]
    async fn an_error_or_a_redirect_is_no_answer_whatever_it_says() {
        assert!(reason_of(asked(answer("500 Internal Server Error", ID)).await).contains("status 500"));
        let redirect = answer("302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/", ID);
        assert!(reason_of(asked(redirect).await).contains("status 302"));
    }

    #[tokio::test]
    async fn an_answer_without_end_is_judged_by_its_beginning() {
        let endless = "x".repeat(MAX_ANSWER_BYTES) + ID;
        assert_eq!(reason_of(asked(answer("200 OK", &endless)).await), "the answer names no instance");
    }

    #[tokio::test]
    async fn a_page_of_however_many_employees_is_as_good_as_a_short_one() {
        let page = "<title>Rollcall</title>".to_owned() + &"<tr>Ada</tr>".repeat(MAX_ANSWER_BYTES);
        let answers = |asked: &str| match asked {
            "/api/info" => answer("200 OK", &format!(r#"{{"instance_id":"{ID}"}}"#)),
            _ => answer("200 OK", &page),
        };
        let questions = Questions { identity: FIELD, health: &HEALTH[..1] };
        let (probe, _) = asked_about(questions, answers).await;
        assert_eq!(probe, Probe::Answered { lacking: Vec::new() });
    }

    #[tokio::test]
    async fn a_host_that_does_not_listen_is_told_so() {
        // Bound and not listening: it refuses, and nobody else gets its port meanwhile.
        let refusing = tokio::net::TcpSocket::new_v4().expect("a socket");
        refusing.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = refusing.local_addr().expect("an address").to_string();
        let client = Client::builder().no_proxy().timeout(WITHIN).build().expect("a client");
        let probe =
            Prober { client }.ask(&address, Questions { identity: LINE, health: &[] }, &instance()).await;
        assert!(reason_of(probe).contains("refused"));
    }

    const HEALTH: &[Health] = &[
        Health { path: "/", status: 200, text: Some("Rollcall"), required: true },
        Health { path: "/old", status: 404, text: None, required: false },
    ];

    /// What comes of it when `path` is answered in this way, and everything else as it should be.
    async fn asked_where(path: &'static str, head: &'static str, body: &'static str) -> Probe {
        let questions = Questions { identity: FIELD, health: HEALTH };
        let answers = |asked: &str| match asked {
            _ if asked == path => answer(head, body),
            "/api/info" => answer("200 OK", &format!(r#"{{"instance_id":"{ID}"}}"#)),
            "/" => answer("200 OK", "<title>Rollcall</title>"),
            _ => answer("404 Not Found", ""),
        };
        let (probe, served) = asked_about(questions, answers).await;
        assert_eq!(served, 3, "each question is one request");
        probe
    }

    #[tokio::test]
    async fn a_host_that_answers_its_name_and_not_what_the_recipe_requires_fails() {
        let Probe::Failed { reason, answers } =
            asked_where("/", "503 Service Unavailable", "no\u{7} table").await
        else {
            panic!("it answered")
        };
        assert!(reason.ends_with("/ answers with status 503"), "{reason}");
        assert_eq!(answers.len(), 1);
        assert!(
            answers[0].url.ends_with('/') && answers[0].said == format!("{reason}\nno table"),
            "{answers:?}"
        );
        assert!(
            reason_of(asked_where("/", "200 OK", "Apache2 Default Page").await)
                .contains("without \"Rollcall\"")
        );
    }

    #[tokio::test]
    async fn what_the_recipe_only_wants_is_told_and_fails_nothing() {
        let Probe::Answered { lacking } = asked_where("/old", "200 OK", "still here").await else {
            panic!("it did not answer")
        };
        assert_eq!(lacking.len(), 1);
        assert!(lacking[0].ends_with("/old answers with status 200"), "{lacking:?}");
        assert_eq!(asked_where("/other", "200 OK", "").await, Probe::Answered { lacking: Vec::new() });
    }

    #[tokio::test]
    async fn of_a_long_answer_the_beginning_is_kept_as_evidence() {
        let long: &'static str = "é".repeat(1_000).leak();
        let Probe::Failed { answers, .. } = asked_where("/", "500 Internal Server Error", long).await else {
            panic!("it answered")
        };
        assert!(answers[0].said.chars().count() < MAX_EVIDENCE + 100, "{answers:?}");
    }
}
