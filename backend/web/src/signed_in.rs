//! The page of the site that says what came of signing in.

use rollcall_api::session::SignInProblem;

/// Where it is.
pub(crate) const SIGNED_IN: &str = "/signed-in";

/// Notes in the log that nobody was signed in, and why. Who that would have been is not known.
pub(crate) fn noted(problem: SignInProblem) {
    let problem: &str = problem.into();
    tracing::info!(problem, "sign-in failed");
}

/// Where it says what went wrong, and what to do.
pub(crate) fn address(problem: SignInProblem) -> String {
    let word: &str = problem.into();
    format!("{SIGNED_IN}?problem={word}")
}
