//! What a schema is: attributes, and what may stand in each
//! ([RFC 7643, section 7](https://www.rfc-editor.org/rfc/rfc7643#section-7)).

use std::borrow::Cow;

use serde_json::{Map, Value, json};

/// A text that is mostly known when this is compiled.
pub(crate) type Words = Cow<'static, str>;

/// A schema.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Its address, by which it is known.
    pub id: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub attributes: Vec<Attribute>,
}

/// An attribute, or a part of one.
#[derive(Debug, Clone)]
pub struct Attribute {
    pub name: Words,
    pub kind: Kind,
    /// Whether it holds several values.
    pub many: bool,
    pub required: bool,
    /// Whether case tells two values apart.
    pub case_exact: bool,
    pub read_only: bool,
    /// Whether no two resources have the same value.
    pub unique: bool,
    /// The most bytes of a text.
    pub longest: usize,
    pub description: Words,
    /// What usually stands there.
    pub usual: &'static [&'static str],
    /// What it refers to.
    pub references: &'static [&'static str],
    /// What it consists of, where it is complex.
    pub parts: Vec<Self>,
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// One text of several, each on a line of its own: providers have texts to fill in, and few have lists.
    Lines,
    Flag,
    Time,
    Reference,
    Complex,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Text | Self::Lines => "string",
            Self::Flag => "boolean",
            Self::Time => "dateTime",
            Self::Reference => "reference",
            Self::Complex => "complex",
        }
    }
}

/// One text that may be left out and changed.
pub(crate) fn text(name: impl Into<Words>, description: impl Into<Words>) -> Attribute {
    Attribute {
        name: name.into(),
        kind: Kind::Text,
        many: false,
        required: false,
        case_exact: false,
        read_only: false,
        unique: false,
        longest: usize::MAX,
        description: description.into(),
        usual: &[],
        references: &[],
        parts: Vec::new(),
    }
}

pub(crate) fn lines(name: impl Into<Words>, description: impl Into<Words>) -> Attribute {
    Attribute { kind: Kind::Lines, ..text(name, description) }
}

pub(crate) fn time(name: &'static str, description: &'static str) -> Attribute {
    Attribute { kind: Kind::Time, ..text(name, description) }
}

pub(crate) fn flag(name: &'static str, description: &'static str) -> Attribute {
    Attribute { kind: Kind::Flag, ..text(name, description) }
}

pub(crate) fn reference(
    name: impl Into<Words>,
    description: impl Into<Words>,
    references: &'static [&'static str],
) -> Attribute {
    Attribute { kind: Kind::Reference, case_exact: true, references, ..text(name, description) }
}

pub(crate) fn complex(
    name: impl Into<Words>,
    description: impl Into<Words>,
    parts: Vec<Attribute>,
) -> Attribute {
    Attribute { kind: Kind::Complex, parts, ..text(name, description) }
}

impl Attribute {
    /// The same with several values.
    pub(crate) fn many(self) -> Self {
        Self { many: true, ..self }
    }

    pub(crate) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    /// The same, with all parts, as what only the server writes.
    pub(crate) fn read_only(self) -> Self {
        let parts = self.parts.into_iter().map(Self::read_only).collect();
        Self { read_only: true, parts, ..self }
    }

    pub(crate) fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    /// The same with texts of so many bytes at most.
    pub(crate) fn at_most(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    pub(crate) fn usually(self, usual: &'static [&'static str]) -> Self {
        Self { usual, ..self }
    }

    /// A part by its name, in any case.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&Self> {
        named(&self.parts, name)
    }

    /// The description of the attribute, as `/Schemas` tells it.
    fn json(&self) -> Value {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        tell("name", json!(self.name));
        tell("type", json!(self.kind.word()));
        tell("multiValued", json!(self.many));
        tell("description", json!(self.description));
        tell("required", json!(self.required));
        tell("mutability", json!(if self.read_only { "readOnly" } else { "readWrite" }));
        tell("returned", json!("default"));
        if matches!(self.kind, Kind::Text | Kind::Lines | Kind::Reference) {
            tell("caseExact", json!(self.case_exact));
            tell("uniqueness", json!(if self.unique { "server" } else { "none" }));
        }
        if !self.usual.is_empty() {
            tell("canonicalValues", json!(self.usual));
        }
        if !self.references.is_empty() {
            tell("referenceTypes", json!(self.references));
        }
        if !self.parts.is_empty() {
            tell("subAttributes", self.parts.iter().map(Self::json).collect());
        }
        Value::Object(told)
    }
}

impl Schema {
    /// The schema as `/Schemas` tells it, at this address.
    #[must_use]
    pub fn json(&self, location: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": self.attributes.iter().map(Attribute::json).collect::<Vec<_>>(),
            "meta": {"resourceType": "Schema", "location": location},
        })
    }
}

/// The attribute with this name among several, in any case
/// ([RFC 7643, section 2.1](https://www.rfc-editor.org/rfc/rfc7643#section-2.1)).
pub(crate) fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
