//! How the issuer is spoken to: by one client, which follows no redirect, and with a bound for what it answers.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{Client, Response, redirect};

/// How long connecting to the issuer may take.
const CONNECT: Duration = Duration::from_secs(2);

/// The largest answer taken from the issuer, in bytes; Cognito's have under 8 KB.
pub(super) const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// The client of one issuer, made when it is first needed: to read the system's certificates takes milliseconds. A clone
/// shares it.
#[derive(Debug, Clone, Default)]
pub(super) struct IssuerClient(Arc<OnceLock<Client>>);

/// Why an answer could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    Http(reqwest::Error),
    TooLarge,
}

impl IssuerClient {
    /// # Errors
    /// When it can't be set up.
    pub(super) fn get(&self) -> Result<Client, reqwest::Error> {
        if let Some(client) = self.0.get() {
            return Ok(client.clone());
        }
        // A redirect could lead anywhere.
        let client = Client::builder().connect_timeout(CONNECT).redirect(redirect::Policy::none()).build()?;
        Ok(self.0.get_or_init(|| client).clone())
    }
}

/// What an answer holds.
pub(super) async fn body(mut response: Response) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Http)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
