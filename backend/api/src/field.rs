//! What is known about an employee, field by field: the one description from which storage, checks, forms, tables, search
//! and files are made.
//!
//! To add a field, add an entry to [`FIELDS`]; `docs/fields.md` tells what follows from each part of it.

/// A described attribute of an employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The attribute of the table, the property of the API and the column of a file.
    pub name: &'static str,
    /// What people read.
    pub label: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must not be left empty.
    pub required: bool,
    /// Whether people are found by it.
    pub searched: bool,
    /// What one should know before filling it in; empty when the label says all.
    pub help: &'static str,
    /// What a column of a file may be called besides `name` and `label`, in small letters.
    pub aliases: &'static [&'static str],
    /// The property of a vCard, with what stands before and behind the text; none where a vCard has no place for it
    /// ([RFC 6350](https://www.rfc-editor.org/rfc/rfc6350#section-6)).
    pub vcard: Option<(&'static str, &'static str)>,
    /// Where a SCIM resource has it, as paths ([RFC 7644, section 3.5.2](https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2)):
    /// it is read from the first of these that has something, and written to the first. Empty where the standard has no
    /// place for it; then it has one in Rollcall's own extension.
    pub scim: &'static [&'static str],
}

/// What a field holds, from which follow how it is checked, stored, typed and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of at most so many characters of any script.
    Line(usize),
    /// Several such lines.
    Lines(usize),
    /// An e-mail address ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2)).
    Email,
    /// A telephone number, stored as [E.164](https://www.itu.int/rec/T-REC-E.164) has it: `+4930901820`.
    Phone,
    /// Another employee, by their id.
    Employee,
    /// A day of the calendar, as ISO 8601 writes it: `2026-11-26`.
    Date,
    /// A name of the time zone database: `Europe/Oslo`.
    TimeZone,
    /// Addresses of pages.
    Links,
}

impl Kind {
    /// Whether it holds a list of texts, and not one.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(self, Self::Lines(_) | Self::Links)
    }
}

/// The longest name, job title, department or location, in characters of any script.
pub const MAX_TEXT_CHARACTERS: usize = 200;

/// The most texts of one field that holds several.
pub const MAX_LIST: usize = 10;

pub const FULL_NAME: &str = "full_name";
pub const JOB_TITLE: &str = "job_title";
pub const LOCATION: &str = "location";
pub const EMAIL: &str = "email";
pub const MANAGER: &str = "manager";

const LINE: Kind = Kind::Line(MAX_TEXT_CHARACTERS);

/// What a field is unless its entry says otherwise: a line of text that may be left empty.
pub const OPTIONAL: Field = Field {
    name: "",
    label: "",
    kind: LINE,
    required: false,
    searched: false,
    help: "",
    aliases: &[],
    vcard: None,
    scim: &[],
};

/// Every field, in the order of forms and files. The three that are required are those of the data contract with the
/// original app, which knows no others and keeps them.
pub const FIELDS: &[Field] = &[
    Field {
        name: FULL_NAME,
        label: "Full name",
        required: true,
        searched: true,
        aliases: &["name", "display name"],
        vcard: Some(("FN:", "")),
        scim: &["displayName", "name.formatted"],
        ..OPTIONAL
    },
    Field {
        name: "other_names",
        label: "Other names",
        kind: Kind::Lines(MAX_TEXT_CHARACTERS),
        searched: true,
        help: "A nickname, a maiden name, how it is read. They are found by each.",
        vcard: Some(("NICKNAME:", "")),
        ..OPTIONAL
    },
    Field {
        name: "pronouns",
        label: "Pronouns",
        kind: Kind::Line(60),
        vcard: Some(("PRONOUNS:", "")),
        ..OPTIONAL
    },
    Field {
        name: JOB_TITLE,
        label: "Job title",
        required: true,
        searched: true,
        aliases: &["title", "role", "position"],
        vcard: Some(("TITLE:", "")),
        scim: &["title"],
        ..OPTIONAL
    },
    Field {
        name: "department",
        label: "Department",
        searched: true,
        vcard: Some(("ORG:;", "")),
        scim: &["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"],
        ..OPTIONAL
    },
    Field {
        name: LOCATION,
        label: "Location",
        required: true,
        searched: true,
        aliases: &["place", "office", "city"],
        vcard: Some(("ADR;TYPE=work:;;;", ";;;")),
        scim: &[
            "addresses[type eq \"work\"].locality",
            "addresses[type eq \"work\"].region",
            "addresses[type eq \"work\"].formatted",
            "addresses[type eq \"work\"].country",
            "addresses[not (type pr)].locality",
        ],
        ..OPTIONAL
    },
    Field {
        name: EMAIL,
        label: "E-mail",
        kind: Kind::Email,
        searched: true,
        aliases: &["mail", "e mail", "email address"],
        vcard: Some(("EMAIL;TYPE=work:", "")),
        scim: &[
            "emails[type eq \"work\"].value",
            "emails[primary eq true and type ne \"home\"].value",
            "emails[not (type pr)].value",
        ],
        ..OPTIONAL
    },
    Field {
        name: "phone",
        label: "Phone",
        kind: Kind::Phone,
        help: "With the country code, such as +49 30 901820.",
        aliases: &["telephone", "mobile", "phone number"],
        vcard: Some(("TEL;TYPE=work;VALUE=uri:tel:", "")),
        scim: &["phoneNumbers[type eq \"work\"].value", "phoneNumbers[not (type pr)].value"],
        ..OPTIONAL
    },
    Field {
        name: MANAGER,
        label: "Manager",
        kind: Kind::Employee,
        scim: &["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"],
        ..OPTIONAL
    },
    Field { name: "start_date", label: "Start date", kind: Kind::Date, ..OPTIONAL },
    Field {
        name: "time_zone",
        label: "Time zone",
        kind: Kind::TimeZone,
        help: "Colleagues see what time it is there now.",
        vcard: Some(("TZ:", "")),
        scim: &["timezone"],
        ..OPTIONAL
    },
    Field { name: "links", label: "Links", kind: Kind::Links, vcard: Some(("URL:", "")), ..OPTIONAL },
];

impl Field {
    /// The field of this name, among `fields`.
    #[must_use]
    pub fn named<'a>(fields: &'a [Self], name: &str) -> Option<&'a Self> {
        fields.iter().find(|field| field.name == name)
    }
}
