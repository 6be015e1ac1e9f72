//! Asks a new host over HTTP, from outside, whether it serves: the one place that speaks to hosts.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};

use crate::ids::InstanceId;

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

/// How long one question may take, the answer included: a visitor would not wait longer.
const WITHIN: Duration = Duration::from_secs(5);

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

    /// Asks at `address`, which must be EC2's own word, whether the app there runs on `instance`; `path` is where it
    /// tells that.
    pub async fn ask(&self, address: &str, path: &str, instance: &InstanceId) -> Probe {
        match self.answer(&format!("http://{address}{path}")).await {
            Ok(answer) => judge(&answer, instance),
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

/// Whether the answer names this very instance, as a word of its own.
fn judge(answer: &[u8], instance: &InstanceId) -> Probe {
    let text = String::from_utf8_lossy(answer);
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    if words.any(|word| word == instance.as_str()) {
        return Probe::Answered;
    }
    let found = text
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
        .find(|word| InstanceId::try_from((*word).to_owned()).is_ok());
    let reason = found.map_or_else(
        || "the answer names no instance".to_owned(),
        |other| format!("the answer is that of {other}"),
    );
    Probe::Failed { reason }
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
        let asked = prober.ask(&address, "/api/info", &instance);
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
        assert_eq!(reason(asked(answer("200 OK", other)).await), format!("the answer is that of {other}"));
        let longer = format!("{ID}0");
        assert!(reason(asked(answer("200 OK", &longer)).await).contains(&longer));
        assert_eq!(reason(asked(answer("200 OK", "hello")).await), "the answer names no instance");
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
        let probe = Prober { client }.ask(&address, "/info", &instance()).await;
        assert!(reason(probe).contains("refused"));
    }
}
