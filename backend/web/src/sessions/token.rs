//! The secret that a provider is given.

use super::id::SessionId;

/// How a token begins, so that whoever finds one knows what it is, and so do programs that look for secrets in code.
const PREFIX: &str = "rollcall_scim_";

/// A token: as a session's id, 256 random bits of which the table has the hash alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token(SessionId);

impl Token {
    /// A new one, that nobody can guess.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn random() -> Result<Self, aws_lc_rs::error::Unspecified> {
        SessionId::random().map(Self)
    }

    /// The token that a text is; none where it is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        SessionId::parse(text.strip_prefix(PREFIX)?).map(Self)
    }

    /// What a provider is given of it.
    pub(crate) fn to_text(&self) -> String {
        format!("{PREFIX}{}", self.0.to_text())
    }

    /// By what the table knows it.
    pub(crate) fn hash(&self) -> String {
        self.0.hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_how_it_begins_and_reads_back() {
        let token = Token::random().expect("a token");
        let text = token.to_text();
        assert!(text.starts_with("rollcall_scim_") && text.len() == 14 + 43, "{text}");
        assert_eq!(Token::parse(&text), Some(token.clone()));
        assert!(!text.contains(&token.hash()));
        for other in
            ["", "rollcall_scim_", &text[1..], &text[..50], &text.to_uppercase(), &format!("{text}A")]
        {
            assert_eq!(Token::parse(other), None, "{other}");
        }
    }
}
