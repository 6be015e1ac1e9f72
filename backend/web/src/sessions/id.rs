//! The id of a session: what a browser holds and nobody else.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    digest::{SHA256, digest},
    error::Unspecified,
    rand,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

const BYTES: usize = 32;

/// The id of a session: 256 random bits. Only the browser has it; the table has its hash, so that whoever reads the table
/// can be nobody.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionId([u8; BYTES]);

impl std::fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SessionId(…)")
    }
}

impl SessionId {
    /// A new one, that nobody can guess.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn random() -> Result<Self, Unspecified> {
        let mut bytes = [0; BYTES];
        rand::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// One that whoever knows this text makes again, and nobody else can guess.
    pub(crate) fn made_of(secret: &str) -> Self {
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
        Self(bytes)
    }

    /// The id that a cookie holds; none where it holds something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What a cookie holds of it.
    pub(crate) fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// By what the table knows it.
    pub(crate) fn hash(&self) -> String {
        hash(&self.0)
    }

    /// A text that only this id opens again: so the table alone gives nobody the tokens in it.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn seal(&self, text: &str) -> Result<String, Unspecified> {
        let mut sealed = text.as_bytes().to_vec();
        let nonce = self.key()?.seal_in_place_append_tag(Aad::empty(), &mut sealed)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &sealed].concat()))
    }

    /// The text that was sealed; none where another id sealed it.
    pub(crate) fn open(&self, sealed: &str) -> Option<String> {
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let text = self.key().ok()?.open_in_place(nonce, Aad::empty(), sealed).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    fn key(&self) -> Result<RandomizedNonceKey, Unspecified> {
        // Another hash than the one in the table.
        let key = digest(&SHA256, &[b"seal".as_slice(), &self.0].concat());
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref())
    }
}

/// The hash of something, as a part of a key of the table.
pub(crate) fn hash(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_id_itself_opens_what_it_sealed() {
        let (own, other) = (SessionId::random().expect("random"), SessionId::random().expect("random"));
        let sealed = own.seal("a refresh token").expect("sealed");
        assert!(!sealed.contains("refresh"));
        assert_ne!(sealed, own.seal("a refresh token").expect("sealed"));
        assert_eq!(own.open(&sealed).as_deref(), Some("a refresh token"));
        assert_eq!(other.open(&sealed), None);
        for damaged in ["", "AA", &sealed[1..]] {
            assert_eq!(own.open(damaged), None);
        }
    }

    #[test]
    fn a_cookie_holds_the_id_and_the_table_its_hash() {
        let id = SessionId::random().expect("random");
        assert_eq!(SessionId::parse(&id.to_text()), Some(id.clone()));
        assert_ne!(id.hash(), id.to_text());
        for other in ["", "x", "AAAA", &format!("{}A", id.to_text())] {
            assert_eq!(SessionId::parse(other), None, "{other}");
        }
    }
}
