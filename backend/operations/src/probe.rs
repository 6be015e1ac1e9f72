//! Asks a new host over HTTP, from outside, whether it serves: the one place that speaks to hosts.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};

use crate::{
    ids::InstanceId,
    recipe::{Identity, Place},
};

/// What came of asking a host over HTTP from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It answered with its own instance id.
    Answered,
    /// It did not, or something else answered.
    Failed {
        /// What was met instead.
        reason: String,
    },
}

/// How long one question may take, the answer included: a visitor would not wait longer, and two that are not answered take
/// less than ten seconds.
const WITHIN: Duration = Duration::from_secs(4);

/// How much of an answer is read. The answer asked for has a few hundred bytes, the original app's page a few thousand.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

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

    /// Asks at `address`, which must be EC2's own word, whether the app there runs on `instance`; `identity` is where it
    /// tells that.
    pub async fn ask(&self, address: &str, identity: Identity, instance: &InstanceId) -> Probe {
        match self.answer(&format!("http://{address}{}", identity.path)).await {
            Ok(answer) => judge(&answer, identity.place, instance),
            Err(reason) => Probe::Failed { reason },
        }
    }

    async fn answer(&self, url: &str) -> Result<Vec<u8>, String> {
        let mut response = self.client.get(url).send().await.map_err(|error| describe(&error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("{url} answers with status {status}"));
        }
        let mut answer = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| describe(&error))? {
            answer.extend_from_slice(&piece);
            if answer.len() > MAX_ANSWER_BYTES {
                return Err(format!("{url} answers with more than {MAX_ANSWER_BYTES} bytes"));
            }
        }
        Ok(answer)
    }
}

/// Whether the answer names this very instance where the app tells it; what stands elsewhere on a page says nothing.
fn judge(answer: &[u8], place: Place, instance: &InstanceId) -> Probe {
    let found = match place {
        Place::Field(name) => field(answer, name),
        Place::Line(label) => line(&String::from_utf8_lossy(answer), label),
    };
    let reason = match found.map(InstanceId::try_from) {
        Some(Ok(found)) if found == *instance => return Probe::Answered,
        Some(Ok(other)) => format!("the answer is that of {other}"),
        Some(Err(_)) | None => "the answer names no instance".to_owned(),
    };
    Probe::Failed { reason }
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
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let served = AtomicUsize::new(0);
        let serve = async {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a client");
                served.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 2048];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
            }
        };
        let client = Client::builder().no_proxy().timeout(WITHIN).redirect(Policy::none());
        let prober = Prober { client: client.build().expect("a client") };
        let instance = instance();
        let asked = prober.ask(&address, FIELD, &instance);
        let probe = tokio::select! {
            probe = asked => probe,
            () = serve => unreachable!("it serves for ever"),
        };
        assert_eq!(served.load(Ordering::SeqCst), 1, "one question is one request");
        probe
    }

    fn answer(head: &str, body: &str) -> Vec<u8> {
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
            .into_bytes()
    }

    fn reason(probe: Probe) -> String {
        match probe {
            Probe::Failed { reason } => reason,
            Probe::Answered => panic!("it answered"),
        }
    }

    #[tokio::test]
    async fn the_host_itself_is_recognised_by_its_instance_id() {
        let body = format!(r#"{{"version":"0.1.0","runs_on":"host","instance_id":"{ID}"}}"#);
        assert_eq!(asked(answer("200 OK", &body)).await, Probe::Answered);
    }

    #[tokio::test]
    async fn another_instance_is_not_taken_for_it() {
        let other = "i-0fedcba987654321f";
        let body = format!(r#"{{"instance_id":"{other}","seen":["{ID}"]}}"#);
        assert_eq!(reason(asked(answer("200 OK", &body)).await), format!("the answer is that of {other}"));
        let longer = format!("{ID}0");
        let body = format!(r#"{{"instance_id":"{longer}"}}"#);
        assert!(reason(asked(answer("200 OK", &body)).await).contains(&longer));
        assert_eq!(reason(asked(answer("200 OK", "hello")).await), "the answer names no instance");
    }

    #[test]
    fn of_the_original_app_s_page_its_own_line_counts() {
        let judged = |page: &str| judge(page.as_bytes(), LINE.place, &instance());
        let is_it = |page: &str| judged(page) == Probe::Answered;
        assert!(is_it(&format!(
            "<h1>Instance Info</h1><b>instance_id</b>: {ID} <br/><b>availability_zone</b>: x"
        )));
        assert!(is_it(&format!("<p>instance_id: {ID}</p>")));
        assert!(is_it(&format!("instance_id\n:\n{ID}")));
        let other = "i-0fedcba987654321f";
        let listed = format!("<b>instance_id</b>: {other} <br/> before it served {ID}, instance_id: {ID}");
        assert_eq!(reason(judged(&listed)), format!("the answer is that of {other}"));
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
            assert!(judge(answer.as_bytes(), FIELD.place, &instance()) != Probe::Answered, "{answer}");
        }
    }

    #[tokio::test]
    async fn an_error_or_a_redirect_is_no_answer_whatever_it_says() {
        assert!(reason(asked(answer("500 Internal Server Error", ID)).await).contains("status 500"));
        let redirect = answer("302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/", ID);
        assert!(reason(asked(redirect).await).contains("status 302"));
    }

    #[tokio::test]
    async fn an_answer_without_end_is_given_up() {
        let endless = "x".repeat(MAX_ANSWER_BYTES + 1) + ID;
        assert!(reason(asked(answer("200 OK", &endless)).await).contains("more than 65536 bytes"));
    }

    #[tokio::test]
    async fn a_host_that_does_not_listen_is_told_so() {
        // Bound and not listening: it refuses, and nobody else gets its port meanwhile.
        let refusing = tokio::net::TcpSocket::new_v4().expect("a socket");
        refusing.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = refusing.local_addr().expect("an address").to_string();
        let client = Client::builder().no_proxy().timeout(WITHIN).build().expect("a client");
        let probe = Prober { client }.ask(&address, LINE, &instance()).await;
        assert!(reason(probe).contains("refused"));
    }
}
