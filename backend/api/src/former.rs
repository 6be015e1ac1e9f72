//! Former employees: who left, or was deleted, and what may be done about it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::employee::Employee;

/// The most former employees that one page may hold.
pub const MAX_PAGE_FORMER: u32 = 100;

/// How many former employees a page holds when the request does not say.
pub const DEFAULT_PAGE_FORMER: u32 = 50;

/// How someone left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum How {
    /// An editor deleted them in Rollcall.
    Deleted,
    /// Another program deleted them, such as the original app.
    Elsewhere,
    /// The company's identity provider said that they left.
    Provider,
}

/// Who deleted someone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct By {
    /// The name people know.
    pub name: String,
    /// The issuer's own id of them, which nobody else ever gets.
    pub subject: String,
}

/// A former employee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormerEmployee {
    /// As they were shown, but for the photo: that is kept, and shown to nobody.
    pub employee: Employee,
    pub left_at: Timestamp,
    pub how: How,
    /// Who deleted them; not known where another program did.
    pub by: Option<By>,
    /// The id of whom they were merged into, if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// When what is kept of them goes by itself; none where it is kept until someone erases it.
    pub expires_at: Option<Timestamp>,
}

/// One page of `GET /api/former-employees`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormerPage {
    pub former: Vec<FormerEmployee>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// A [`FormerEmployee`] as a page reads it: the browser knows times by their texts, and a way to leave that is newer than
/// the page is only a text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FormerText {
    pub employee: Employee,
    pub left_at: String,
    pub how: String,
    #[serde(default)]
    pub by: Option<By>,
    #[serde(default)]
    pub merged_into: Option<String>,
    #[serde(default)]
    pub expires_at: Option<String>,
}

/// A [`FormerPage`] as a page reads it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FormerTextPage {
    pub former: Vec<FormerText>,
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// What is sent to erase a former employee for good.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The full name as it is shown, typed once more; the id of someone who has no name.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub confirm: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_what_is_answered() {
        let details = r#"{"id": "e-1", "full_name": "Ada", "location": "London", "job_title": "Analyst",
            "badges": [], "photo_url": null}"#;
        let employee: Employee = serde_json::from_str(details).expect("an employee");
        let by = Some(By { name: "edith".to_owned(), subject: "7".to_owned() });
        let former = FormerEmployee {
            employee: employee.clone(),
            left_at: Timestamp::UNIX_EPOCH,
            how: How::Deleted,
            by: by.clone(),
            merged_into: None,
            expires_at: None,
        };
        let page = FormerPage { former: vec![former], next_cursor: Some("c".to_owned()) };
        let json = serde_json::to_string(&page).expect("JSON");
        let read: FormerTextPage = serde_json::from_str(&json).expect("a page");
        let (left_at, how) = ("1970-01-01T00:00:00Z".to_owned(), "deleted".to_owned());
        let expected = FormerText { employee, left_at, how, by, merged_into: None, expires_at: None };
        assert_eq!((read.former, read.next_cursor), (vec![expected], page.next_cursor));
    }
}
