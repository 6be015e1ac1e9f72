//! What can go wrong with a call, in the words a person needs.

use rollcall_api::problem::{FieldError, Problem};

use crate::json;

/// Why a call to the API gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// The network gave no answer at all.
    Unreachable,
    /// No answer came in time.
    TimedOut,
    /// The API refused, and said why.
    Refused(Box<Problem>),
    /// Something answered that doesn't speak this API, with this status code.
    Unintelligible(u16),
}

impl ApiError {
    /// What an answer with this status code and body means.
    pub(crate) fn from_answer(status: u16, body: &str) -> Self {
        match json::read::<Problem>(body) {
            Some(problem) => Self::Refused(Box::new(problem)),
            None => Self::Unintelligible(status),
        }
    }

    fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(problem) => Some(problem.status),
            Self::Unintelligible(status) => Some(*status),
            Self::Unreachable | Self::TimedOut => None,
        }
    }

    /// Whether signing in may help.
    pub(crate) fn asks_for_sign_in(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the person lacks a group.
    pub(crate) fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether there is no such thing.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.status(), Some(404 | 410))
    }

    /// What happened, as one or two sentences.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Unreachable => {
                "The server can’t be reached. Check the connection, then try again.".to_owned()
            }
            Self::TimedOut => "The server took too long to answer. Try again in a moment.".to_owned(),
            Self::Refused(problem) => sentence(problem.detail.as_deref().unwrap_or(&problem.title)),
            Self::Unintelligible(status) => {
                format!(
                    "The server’s answer could not be understood (status {status}). Try again in a moment."
                )
            }
        }
    }

    /// The id under which the server logged the request, to quote when asking for help.
    pub(crate) fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(problem) => problem.request_id.as_deref(),
            _ => None,
        }
    }

    /// The inputs the API refused.
    pub(crate) fn field_errors(&self) -> &[FieldError] {
        match self {
            Self::Refused(problem) => &problem.errors,
            _ => &[],
        }
    }
}

/// The text as a sentence: a capital letter first, a full stop last.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return String::new() };
    let mut sentence: String = first.to_uppercase().chain(characters).collect();
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_in_its_own_words() {
        let body = r#"{"type": "urn:x", "title": "Not found", "status": 404,
            "detail": "there is no employee x", "request_id": "r-1"}"#;
        let error = ApiError::from_answer(404, body);
        assert!(error.is_missing());
        assert_eq!(error.message(), "There is no employee x.");
        assert_eq!(error.request_id(), Some("r-1"));
    }

    #[test]
    fn an_answer_that_is_no_problem_document_keeps_its_status() {
        let error = ApiError::from_answer(401, r#"{"message":"Unauthorized"}"#);
        assert_eq!(error, ApiError::Unintelligible(401));
        assert!(error.asks_for_sign_in());
    }

    #[test]
    fn a_sentence_gets_what_it_lacks() {
        assert_eq!(sentence("is empty; enter a name"), "Is empty; enter a name.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), "");
    }
}
