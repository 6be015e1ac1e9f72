//! What can go wrong with a call, in the words a person needs.

use rollcall_api::problem::{FieldError, Problem, SIGN_IN_AGAIN};

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
    /// The answer, with this status code, is none of the API's: what stands in front of it gave it (the HTTP API's own
    /// 429 and 503, a CDN's 502), or a server of another version.
    Foreign(u16),
}

impl ApiError {
    /// What an answer with this status code and body, which is no success, means.
    pub(crate) fn from_answer(status: u16, body: &str) -> Self {
        match json::read::<Problem>(body) {
            Some(problem) => Self::Refused(Box::new(problem)),
            None => Self::Foreign(status),
        }
    }

    /// Whether the API itself refused with one of these status codes.
    fn is_refused_with(&self, statuses: &[u16]) -> bool {
        matches!(self, Self::Refused(problem) if statuses.contains(&problem.status))
    }

    /// Whether signing in may help.
    pub(crate) fn asks_for_sign_in(&self) -> bool {
        (self.is_refused_with(&[401]) && !self.asks_for_fresh_sign_in()) || *self == Self::Foreign(401)
    }

    /// Whether the sign-in is too old for what was asked.
    pub(crate) fn asks_for_fresh_sign_in(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.kind == SIGN_IN_AGAIN)
    }

    /// Whether the person lacks a group.
    pub(crate) fn is_forbidden(&self) -> bool {
        self.is_refused_with(&[403])
    }

    /// Whether there is no such thing. Only the API knows that: a 404 of a CDN says nothing of an employee.
    pub(crate) fn is_missing(&self) -> bool {
        self.is_refused_with(&[404, 410])
    }

    /// Whether the current state stands against it.
    pub(crate) fn is_conflict(&self) -> bool {
        self.is_refused_with(&[409])
    }

    /// Whether what was to be changed is otherwise by now.
    pub(crate) fn is_changed_meanwhile(&self) -> bool {
        self.is_refused_with(&[412])
    }

    /// What happened and what to do about it, as one or two sentences.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Unreachable => {
                "The server can’t be reached. Check the connection, then try again.".to_owned()
            }
            Self::TimedOut => "The server took too long to answer. Try again in a moment.".to_owned(),
            Self::Refused(problem) => sentence(problem.detail.as_deref().unwrap_or(&problem.title)),
            Self::Foreign(status) => {
                let (what, remedy) = foreign(*status);
                format!("{what} (status {status}). {remedy}")
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

/// What an answer that is none of the API's means by its status code, and what to do about it.
const fn foreign(status: u16) -> (&'static str, &'static str) {
    const IN_SECONDS: &str = "Try again in a few seconds.";
    const IN_A_MOMENT: &str = "Try again in a moment. If that doesn’t help, tell whoever runs Rollcall here.";
    const RELOAD: &str = "Reload the page. If that doesn’t help, tell whoever runs Rollcall here.";
    match status {
        200..=299 => ("The server’s answer is not one that this page can read", RELOAD),
        401 => ("You are not signed in, or no longer", "Sign in, then try again."),
        403 => ("The request was turned away before it reached the server", RELOAD),
        404 | 405 | 410 => ("The server has nothing at the address that this page asked", RELOAD),
        408 | 504 => ("The server took too long to answer", IN_A_MOMENT),
        413 => ("What was sent is too large", "Send less, such as a smaller photo."),
        414 | 431 => {
            ("The request is longer than the server takes", "Shorten what you typed, or sign in again.")
        }
        429 => ("There are too many requests at the moment", IN_SECONDS),
        503 => ("The server can’t take the request at the moment", IN_SECONDS),
        502 => ("The server gave no proper answer", IN_A_MOMENT),
        500..=599 => ("Something went wrong in the server", IN_A_MOMENT),
        _ => ("The request was refused without a reason", RELOAD),
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

    /// What each answer says that doesn't come from the API itself.
    const FOREIGN: [(u16, &str, &str); 17] = [
        (
            200,
            "<!doctype html><title>Rollcall</title>",
            "The server’s answer is not one that this page can read (status 200). Reload the page. If that doesn’t \
             help, tell whoever runs Rollcall here.",
        ),
        (
            400,
            r#"{"message":"Bad Request"}"#,
            "The request was refused without a reason (status 400). Reload the page. If that doesn’t help, tell \
             whoever runs Rollcall here.",
        ),
        (
            401,
            r#"{"message":"Unauthorized"}"#,
            "You are not signed in, or no longer (status 401). Sign in, then try again.",
        ),
        (
            403,
            "<Error><Code>AccessDenied</Code></Error>",
            "The request was turned away before it reached the server (status 403). Reload the page. If that doesn’t \
             help, tell whoever runs Rollcall here.",
        ),
        (
            404,
            r#"{"message":"Not Found"}"#,
            "The server has nothing at the address that this page asked (status 404). Reload the page. If that \
             doesn’t help, tell whoever runs Rollcall here.",
        ),
        (
            405,
            "",
            "The server has nothing at the address that this page asked (status 405). Reload the page. If that \
             doesn’t help, tell whoever runs Rollcall here.",
        ),
        (
            408,
            "",
            "The server took too long to answer (status 408). Try again in a moment. If that doesn’t help, tell \
             whoever runs Rollcall here.",
        ),
        (
            413,
            r#"{"message":"Request Entity Too Large"}"#,
            "What was sent is too large (status 413). Send less, such as a smaller photo.",
        ),
        (
            414,
            "",
            "The request is longer than the server takes (status 414). Shorten what you typed, or sign in again.",
        ),
        (
            418,
            "a teapot",
            "The request was refused without a reason (status 418). Reload the page. If that doesn’t help, tell \
             whoever runs Rollcall here.",
        ),
        (
            429,
            r#"{"message":"Too Many Requests"}"#,
            "There are too many requests at the moment (status 429). Try again in a few seconds.",
        ),
        (
            431,
            "",
            "The request is longer than the server takes (status 431). Shorten what you typed, or sign in again.",
        ),
        (
            500,
            r#"{"message":"Internal Server Error"}"#,
            "Something went wrong in the server (status 500). Try again in a moment. If that doesn’t help, tell \
             whoever runs Rollcall here.",
        ),
        (
            502,
            "<html><h1>502 ERROR</h1></html>",
            "The server gave no proper answer (status 502). Try again in a moment. If that doesn’t help, tell \
             whoever runs Rollcall here.",
        ),
        (
            503,
            r#"{"message":"Service Unavailable"}"#,
            "The server can’t take the request at the moment (status 503). Try again in a few seconds.",
        ),
        (
            504,
            "<html><h1>504 ERROR</h1></html>",
            "The server took too long to answer (status 504). Try again in a moment. If that doesn’t help, tell \
             whoever runs Rollcall here.",
        ),
        (
            521,
            "",
            "Something went wrong in the server (status 521). Try again in a moment. If that doesn’t help, tell \
             whoever runs Rollcall here.",
        ),
    ];

    #[test]
    fn an_answer_that_is_not_the_api_s_is_told_in_plain_words() {
        for (status, body, message) in FOREIGN {
            assert_eq!(ApiError::from_answer(status, body).message(), message);
        }
    }

    #[test]
    fn only_the_api_knows_what_there_is_and_who_may() {
        for (status, body, _) in FOREIGN {
            let error = ApiError::from_answer(status, body);
            assert!(!error.is_missing() && !error.is_forbidden(), "{status}");
            assert_eq!(error.asks_for_sign_in(), status == 401, "{status}");
        }
    }

    #[test]
    fn json_that_is_no_problem_document_is_none_of_the_api_s() {
        for body in ["{}", "[]", "null", r#"{"title":"Nothing","status":404}"#, "{\"type\":"] {
            assert_eq!(ApiError::from_answer(404, body), ApiError::Foreign(404), "{body}");
        }
    }

    #[test]
    fn a_sentence_gets_what_it_lacks() {
        assert_eq!(sentence("is empty; enter a name"), "Is empty; enter a name.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), "");
    }
}
