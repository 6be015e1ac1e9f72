//! Filters: which resources, or which values of an attribute, are meant
//! ([RFC 7644, section 3.4.2.2](https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2.2)).

use std::fmt;

use serde_json::{Number, Value};

use crate::attribute_path::AttributePath;

/// A filter, as a tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// The attribute has a value.
    Present(AttributePath),
    /// The attribute compares so with a value.
    Compare(AttributePath, Operator, Literal),
    /// One value of the attribute meets all of this at once.
    Within(AttributePath, Box<Self>),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Operator {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// How a filter writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }
}

/// A value that a filter names.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Text(String),
    Number(Number),
    Flag(bool),
    Null,
}

impl Literal {
    /// The value as JSON has it.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.clone()),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Flag(is_so) => Value::Bool(*is_so),
            Self::Null => Value::Null,
        }
    }
}

impl Filter {
    /// Two filters that must both be met.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::And(Box::new(self), Box::new(other))
    }

    /// What any value that this filter finds must be equal to, by the names of attributes: of `type eq "work"` the one pair.
    /// None where a value can meet it in more than one way.
    #[must_use]
    pub fn equalities(&self) -> Option<Vec<(&AttributePath, &Literal)>> {
        match self {
            Self::Compare(path, Operator::Equal, literal) => Some(vec![(path, literal)]),
            Self::And(one, other) => {
                let mut all = one.equalities()?;
                all.extend(other.equalities()?);
                Some(all)
            }
            _ => None,
        }
    }

    /// Prints a part of `and` or `or`: in brackets where the reader would take the parts together in another way.
    fn part(&self, formatter: &mut fmt::Formatter<'_>, bare: bool) -> fmt::Result {
        let is_simple = !matches!(self, Self::And(..) | Self::Or(..));
        if bare || is_simple { write!(formatter, "{self}") } else { write!(formatter, "({self})") }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present(path) => write!(formatter, "{path} pr"),
            Self::Compare(path, operator, literal) => {
                write!(formatter, "{path} {} {}", operator.word(), literal.json())
            }
            Self::Within(path, filter) => write!(formatter, "{path}[{filter}]"),
            Self::Not(filter) => write!(formatter, "not ({filter})"),
            Self::And(one, other) => {
                one.part(formatter, matches!(**one, Self::And(..)))?;
                formatter.write_str(" and ")?;
                other.part(formatter, false)
            }
            Self::Or(one, other) => {
                one.part(formatter, true)?;
                formatter.write_str(" or ")?;
                other.part(formatter, matches!(**other, Self::And(..)))
            }
        }
    }
}
