//! AWS as far as the directory needs it, on loopback: DynamoDB by an emulator within this process, S3 by a model of its speed,
//! and how often each was called.

mod dynamodb;
mod s3;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use dynoxide::Item;
use tokio::net::TcpListener;

pub(crate) use self::dynamodb::row;
use self::{dynamodb::DynamoDb, s3::S3};

/// Where the function asks Lambda to call it another time, which nobody does here: the bench makes each call itself.
const INVOCATIONS: &str = "/2015-03-31/functions/";

/// Where it is told how often each operation was called so far.
const CALLS: &str = "/-/calls";

struct Cloud {
    dynamodb: DynamoDb,
    s3: S3,
    calls: Mutex<BTreeMap<String, u64>>,
}

/// Serves both with these employees in the table, and prints the address once it does, until it is ended.
pub(crate) async fn serve(employees: impl Iterator<Item = Item>) {
    let cloud = Cloud { dynamodb: DynamoDb::with(employees), s3: S3::default(), calls: Mutex::default() };
    let app = Router::new().fallback(answer).with_state(Arc::new(cloud));
    // The largest segment is far below.
    let app = app.layer(axum::extract::DefaultBodyLimit::max(256 * 1024 * 1024));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    println!("http://{}", listener.local_addr().expect("its address"));
    axum::serve(listener, app).await.expect("a server");
}

async fn answer(
    State(cloud): State<Arc<Cloud>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path() == CALLS {
        return axum::Json(cloud.calls.lock().expect("nobody panicked").clone()).into_response();
    }
    if uri.path().starts_with(INVOCATIONS) {
        cloud.note("Invoke");
        return StatusCode::ACCEPTED.into_response();
    }
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let Some((_, operation)) = target.and_then(|target| target.split_once('.')) else {
        cloud.note(&format!("S3 {method}"));
        return cloud.s3.answer(&method, &uri, &headers, body).await;
    };
    cloud.note(operation);
    let (status, text) = cloud.dynamodb.call(operation, &body);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, [("content-type", "application/x-amz-json-1.0")], text).into_response()
}

impl Cloud {
    fn note(&self, operation: &str) {
        *self.calls.lock().expect("nobody panicked").entry(operation.to_owned()).or_default() += 1;
    }
}
