//! How a fact is put.

use rollcall_api::conformance::{Area, Fact, FactOutcome};

/// How a fact is put: what it is about, and how to mend it where it differs.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    id: String,
    area: Area,
    name: String,
    mend: String,
}

impl Subject {
    pub(super) fn new(
        area: Area,
        id: impl Into<String>,
        name: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), area, name: name.into(), mend: mend.into() }
    }

    /// It is as it should be when the two texts are the same.
    pub(super) fn compared(self, expected: impl Into<String>, found: impl Into<String>) -> Fact {
        let (expected, found) = (expected.into(), found.into());
        let conforms = expected == found;
        Fact {
            id: self.id,
            area: self.area,
            name: self.name,
            outcome: if conforms { FactOutcome::Conforms } else { FactOutcome::Differs },
            mend: if conforms { String::new() } else { self.mend },
            expected,
            found,
        }
    }

    pub(super) fn unknown(self, expected: impl Into<String>, why: &str) -> Fact {
        Fact {
            id: self.id,
            area: self.area,
            name: self.name,
            outcome: FactOutcome::Unknown,
            expected: expected.into(),
            found: format!("could not be found out: {why}"),
            mend: "Look again in a moment; if it stays so, see the function's log.".to_owned(),
        }
    }
}

/// How to bring back what a template declares.
pub(super) fn deploy_again(template: &str) -> String {
    format!(
        "Undo the change by hand, or deploy infra/{template}.yaml again after drift detection has named it."
    )
}
