//! Which column of a file is which field.

use rollcall_api::{
    field::{FIELDS, Field},
    import::ImportColumn,
    problem::FieldError,
};
use rollcall_error::Error;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Id,
    Badges,
    Field(&'static Field),
}

impl Column {
    /// Every column of a file that goes out, in order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [Self::Id].into_iter().chain(FIELDS.iter().map(Self::Field)).chain([Self::Badges])
    }

    /// The name that the API has for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Badges => "badges",
            Self::Field(field) => field.name,
        }
    }

    /// What people read at its head.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Badges => "Badges",
            Self::Field(field) => field.label,
        }
    }

    fn is_called(self, title: &str) -> bool {
        let wanted = plain(title);
        let aliases = match self {
            Self::Field(field) => field.aliases,
            Self::Id | Self::Badges => &[],
        };
        [self.name(), self.title()].iter().chain(aliases).any(|name| plain(name) == wanted)
    }
}

/// A title as it is compared: letters and digits, with one space between words.
fn plain(title: &str) -> String {
    let words = title.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// What each column is taken for: as it is `set` by hand, else by its title. Of two columns for one field the first counts.
///
/// # Errors
/// 422 when something is set that is no column, or nothing is left that could name anyone.
pub(crate) fn columns(titles: &[String], set: Option<&str>) -> Result<Vec<Option<Column>>, Error> {
    let refused = |detail: String| Error::invalid(vec![FieldError::new("columns", detail)]);
    let mut columns: Vec<Option<Column>> = Vec::new();
    let by_hand: Option<Vec<&str>> = set.map(|set| set.split(',').map(str::trim).collect());
    for (at, title) in titles.iter().enumerate() {
        let column =
            match &by_hand {
                None => Column::all().find(|column| column.is_called(title)),
                Some(names) => match names.get(at).copied().unwrap_or_default() {
                    "" => None,
                    name => Some(Column::all().find(|column| column.name() == name).ok_or_else(|| {
                        refused(format!("knows no {name:?}; there are {}", names_of_all()))
                    })?),
                },
            };
        columns.push(column.filter(|column| !columns.contains(&Some(*column))));
    }
    if columns.iter().all(Option::is_none) {
        return Err(refused(format!("has none that is known; name them as these: {}", names_of_all())));
    }
    Ok(columns)
}

fn names_of_all() -> String {
    Column::all().map(Column::name).collect::<Vec<_>>().join(", ")
}

/// The same, as the report has it.
pub(crate) fn reported(titles: Vec<String>, columns: &[Option<Column>]) -> Vec<ImportColumn> {
    let field = |column: &Option<Column>| column.map(|column| column.name().to_owned());
    titles
        .into_iter()
        .zip(columns)
        .map(|(title, column)| ImportColumn { title, field: field(column) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(titles: &[&str], set: Option<&str>) -> Result<Vec<&'static str>, Error> {
        let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
        Ok(columns(&titles, set)?.into_iter().map(|column| column.map_or("", Column::name)).collect())
    }

    #[test]
    fn a_column_is_known_by_its_title_however_it_is_written() {
        let titles =
            ["ID", "Full Name", "job_title", "E-Mail", "Phone number", "Shoe size", "City", "Badges", "name"];
        let names = ["id", "full_name", "job_title", "email", "phone", "", "location", "badges", ""];
        assert_eq!(taken(&titles, None).expect("columns"), names);
    }

    #[test]
    fn a_column_can_be_set_by_hand() {
        assert_eq!(
            taken(&["A", "B", "C"], Some("full_name,,location")).expect("set"),
            ["full_name", "", "location"]
        );
        assert!(taken(&["A"], Some("salary")).is_err());
        assert!(taken(&["A", "B"], None).is_err());
        assert!(taken(&["Name"], Some("")).is_err());
    }

    #[test]
    fn what_goes_out_is_known_when_it_comes_in() {
        let titles: Vec<&str> = Column::all().map(Column::title).collect();
        let names: Vec<&str> = Column::all().map(Column::name).collect();
        assert_eq!(taken(&titles, None).expect("columns"), names);
    }
}
