//! Which EC2 instance this is, as its metadata service tells (version 2, with a session token).

use std::time::Duration;

use aws_config::imds::{Client, client::Builder};
use rollcall_api::info::RunsOn;
use rollcall_error::source_chain;
use tokio::time::{sleep, timeout};

/// The metadata service is on the instance itself and answers at once, or not at all.
const CONNECT: Duration = Duration::from_secs(1);
const READ: Duration = Duration::from_secs(1);

/// All attempts at one item.
const ITEM: Duration = Duration::from_secs(2);

/// Attempts at one item when the service answers with an error; the SDK makes them.
const ATTEMPTS: u32 = 3;

/// How long to ask again, and the pause between: early in a boot the service may not be reachable yet, and a host
/// that does not know its id passes no probe.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_secs(1);

const INSTANCE_ID: &str = "/latest/meta-data/instance-id";
const AVAILABILITY_ZONE: &str = "/latest/meta-data/placement/availability-zone";

/// This host; without id and zone where there is no metadata service, or where
/// `AWS_EC2_METADATA_DISABLED` says not to ask.
pub(crate) async fn runs_on() -> RunsOn {
    let disabled = std::env::var("AWS_EC2_METADATA_DISABLED");
    if disabled.is_ok_and(|value| value.eq_ignore_ascii_case("true")) {
        return RunsOn::Host { instance_id: None, availability_zone: None };
    }
    let metadata = client().build();
    let until_known = async {
        loop {
            match ask(&metadata).await {
                RunsOn::Host { instance_id: None, .. } => sleep(PAUSE).await,
                known => return known,
            }
        }
    };
    let asked = timeout(PATIENCE, until_known).await;
    asked.unwrap_or(RunsOn::Host { instance_id: None, availability_zone: None })
}

fn client() -> Builder {
    Client::builder()
        .max_attempts(ATTEMPTS)
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_attempt_timeout(READ)
        .operation_timeout(ITEM)
}

async fn ask(metadata: &Client) -> RunsOn {
    let (instance_id, availability_zone) =
        tokio::join!(item(metadata, INSTANCE_ID), item(metadata, AVAILABILITY_ZONE));
    RunsOn::Host { instance_id, availability_zone }
}

async fn item(metadata: &Client, path: &'static str) -> Option<String> {
    match timeout(ITEM, metadata.get(path)).await {
        Ok(Ok(value)) => Some(value.into()),
        Ok(Err(error)) => {
            tracing::warn!(path, error = source_chain(&error), "the instance metadata does not tell");
            None
        }
        Err(_) => {
            tracing::warn!(path, "the instance metadata does not answer");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        http::{HeaderMap, StatusCode},
        routing::{get, put},
    };

    use super::*;

    const TOKEN: &str = "session-token";
    const TOKEN_HEADER: &str = "x-aws-ec2-metadata-token";

    /// A metadata service on loopback that wants a session token, as version 2 does.
    async fn metadata_service() -> String {
        let only_with_token = |answer: &'static str| {
            get(async move |headers: HeaderMap| {
                let known = headers.get(TOKEN_HEADER).is_some_and(|token| token == TOKEN);
                if known { (StatusCode::OK, answer) } else { (StatusCode::UNAUTHORIZED, "") }
            })
        };
        let token = put(async || ([("x-aws-ec2-metadata-token-ttl-seconds", "21600")], TOKEN));
        let router = Router::new()
            .route("/latest/api/token", token)
            .route(INSTANCE_ID, only_with_token("i-0123456789abcdef0"))
            .route(AVAILABILITY_ZONE, only_with_token("us-east-1a"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_host_knows_its_instance_and_zone() {
        let metadata = client().endpoint(metadata_service().await).expect("an endpoint").build();
        let expected = RunsOn::Host {
            instance_id: Some("i-0123456789abcdef0".to_owned()),
            availability_zone: Some("us-east-1a".to_owned()),
        };
        assert_eq!(ask(&metadata).await, expected);
    }

    #[tokio::test]
    async fn elsewhere_it_knows_neither_and_still_starts() {
        // Bound and not listening: it refuses, and nobody else gets its port meanwhile.
        let refusing = tokio::net::TcpSocket::new_v4().expect("a socket");
        refusing.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = refusing.local_addr().expect("an address");
        let metadata = client().endpoint(format!("http://{address}")).expect("an endpoint").build();
        assert_eq!(ask(&metadata).await, RunsOn::Host { instance_id: None, availability_zone: None });
    }
}
