//! Whom someone looks for. All of it stands in the address, so that it survives a reload and can be passed on.

use leptos_router::params::ParamsMap;
use rollcall_api::{
    badge::Badge,
    employee::{Employee, EmployeeFacets, FacetCount},
    field::FIELDS,
};

use super::marks::folded;
use crate::paths::page;

/// What people can be chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Location,
    JobTitle,
    Badge,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Location, Self::JobTitle, Self::Badge];

    /// Its name in addresses, the API's as well.
    pub(crate) const fn parameter(self) -> &'static str {
        match self {
            Self::Location => "location",
            Self::JobTitle => "job_title",
            Self::Badge => "badge",
        }
    }

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Location => "Location",
            Self::JobTitle => "Job title",
            Self::Badge => "Badge",
        }
    }

    /// How many there are of each value of this kind.
    pub(crate) fn counts(self, facets: &EmployeeFacets) -> &[FacetCount] {
        match self {
            Self::Location => &facets.locations,
            Self::JobTitle => &facets.job_titles,
            Self::Badge => &facets.badges,
        }
    }

    /// A value of this kind, as people read it.
    pub(crate) fn words(self, value: &str) -> String {
        let badge = if self == Self::Badge { Badge::from_id(value) } else { None };
        badge.map_or_else(|| value.to_owned(), |badge| badge.label().to_owned())
    }
}

/// How the list is ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// The best match first, and by name where nothing was typed.
    #[default]
    Best,
    Name,
    NameDescending,
}

impl Sort {
    const fn parameter(self) -> Option<&'static str> {
        match self {
            Self::Best => None,
            Self::Name => Some("name"),
            Self::NameDescending => Some("-name"),
        }
    }
}

/// Whom someone looks for, and how they want them listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// What was typed.
    pub(crate) typed: String,
    /// What was chosen, in the order of the kinds.
    pub(crate) chosen: Vec<(Kind, String)>,
    pub(crate) sort: Sort,
    /// As a table rather than as cards.
    pub(crate) as_table: bool,
}

impl Wanted {
    /// Reads the address; what is no part of it is as if it were not there.
    pub(crate) fn of(query: &ParamsMap) -> Self {
        let chosen = Kind::ALL.into_iter().flat_map(|kind| {
            query.get_all(kind.parameter()).unwrap_or_default().into_iter().map(move |value| (kind, value))
        });
        Self {
            typed: query.get("q").unwrap_or_default(),
            chosen: chosen.collect(),
            sort: match query.get("sort").as_deref() {
                Some("name") => Sort::Name,
                Some("-name") => Sort::NameDescending,
                _ => Sort::Best,
            },
            as_table: query.get("view").as_deref() == Some("table"),
        }
    }

    /// The address of the page that shows this.
    pub(crate) fn address(&self) -> String {
        let mut parameters = self.parameters();
        parameters.extend(self.as_table.then_some(("view", "table")));
        page::directory(&parameters)
    }

    /// What the API is asked for.
    pub(crate) fn parameters(&self) -> Vec<(&str, &str)> {
        let typed = Some(self.typed.trim()).filter(|typed| !typed.is_empty());
        let chosen = self.chosen.iter().map(|(kind, value)| (kind.parameter(), value.as_str()));
        let sort = self.sort.parameter().map(|sort| ("sort", sort));
        typed.map(|typed| ("q", typed)).into_iter().chain(chosen).chain(sort).collect()
    }

    /// Whether both are answered by the same list: only how it is shown may differ.
    pub(crate) fn is_same_list(&self, other: &Self) -> bool {
        self.parameters() == other.parameters()
    }

    pub(crate) fn is_everyone(&self) -> bool {
        self.typed.trim().is_empty() && self.chosen.is_empty()
    }

    pub(crate) fn has(&self, kind: Kind, value: &str) -> bool {
        self.chosen.iter().any(|(other, chosen)| *other == kind && chosen == value)
    }

    /// The same with something chosen that was not, or the other way round.
    #[must_use]
    pub(crate) fn toggled(&self, kind: Kind, value: &str) -> Self {
        let mut wanted = self.clone();
        if self.has(kind, value) {
            wanted.chosen.retain(|(other, chosen)| *other != kind || chosen != value);
        } else {
            let behind = wanted.chosen.partition_point(|(other, _)| *other <= kind);
            wanted.chosen.insert(behind, (kind, value.to_owned()));
        }
        wanted
    }

    /// The same with nothing of this kind chosen.
    #[must_use]
    pub(crate) fn without(&self, kind: Kind) -> Self {
        let mut wanted = self.clone();
        wanted.chosen.retain(|(other, _)| *other != kind);
        wanted
    }

    /// Whether someone is surely among those who are looked for. The server finds more: slips of the pen, other spellings.
    pub(crate) fn surely_finds(&self, employee: &Employee) -> bool {
        let labels: Vec<&str> = employee.badges.iter().map(|badge| badge.label()).collect();
        let searched = FIELDS.iter().filter(|field| field.searched);
        let values = searched.filter_map(|field| employee.values.get(field.name));
        let texts = values.flat_map(|value| value.texts()).map(String::as_str);
        let text = folded(&texts.chain(labels).collect::<Vec<_>>().join("\n"));
        let of_kind = |kind: Kind, value: &str| match kind {
            Kind::Location => employee.location() == value,
            Kind::JobTitle => employee.job_title() == value,
            Kind::Badge => employee.badges.iter().any(|badge| badge.id() == value),
        };
        let kinds = Kind::ALL.into_iter().all(|kind| {
            let mut of = self.chosen.iter().filter(|(other, _)| *other == kind).peekable();
            of.peek().is_none() || of.any(|(kind, value)| of_kind(*kind, value))
        });
        kinds && folded(&self.typed).split_whitespace().all(|word| text.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(chosen: &[(Kind, &str)]) -> Wanted {
        let chosen = chosen.iter().map(|&(kind, value)| (kind, value.to_owned())).collect();
        Wanted { typed: " ada ".to_owned(), chosen, ..Wanted::default() }
    }

    #[test]
    fn the_address_says_whom_and_how() {
        assert_eq!(Wanted::default().address(), "/");
        let wanted = Wanted {
            sort: Sort::NameDescending,
            as_table: true,
            ..wanted(&[(Kind::Location, "New York"), (Kind::Badge, "bug")])
        };
        assert_eq!(wanted.address(), "/?q=ada&location=New+York&badge=bug&sort=-name&view=table");
    }

    #[test]
    fn what_is_chosen_twice_is_not_chosen() {
        let one = wanted(&[(Kind::Badge, "bug")]);
        let two = one.toggled(Kind::Location, "Oslo");
        assert_eq!(two.chosen[0], (Kind::Location, "Oslo".to_owned()));
        assert_eq!(two.toggled(Kind::Location, "Oslo"), one);
        assert_eq!(two.without(Kind::Badge).without(Kind::Location).chosen, []);
    }

    #[test]
    fn how_a_list_is_shown_makes_no_other_list_of_it() {
        let one = wanted(&[]);
        assert!(one.is_same_list(&Wanted { as_table: true, ..one.clone() }));
        assert!(!one.is_same_list(&Wanted { sort: Sort::Name, ..one.clone() }));
    }

    #[test]
    fn someone_is_surely_found_by_every_word_and_every_kind() {
        let ada = r#"{"id": "7", "full_name": "Zoë Ada", "location": "Oslo", "job_title": "Analyst", "badges": ["bug"],
            "photo_url": null}"#;
        let employee = serde_json::from_str(ada).expect("an employee");
        assert!(wanted(&[(Kind::Location, "Rome"), (Kind::Location, "Oslo")]).surely_finds(&employee));
        assert!(!wanted(&[(Kind::Location, "Rome")]).surely_finds(&employee));
        assert!(Wanted { typed: "zoe bugfixer".to_owned(), ..Wanted::default() }.surely_finds(&employee));
        assert!(!Wanted { typed: "zoe bob".to_owned(), ..Wanted::default() }.surely_finds(&employee));
    }
}
