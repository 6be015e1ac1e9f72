//! What few use, or seldom: the form about an employee, who reports to whom, people from files, people who may be there
//! twice, and people who left.

mod chart;
mod chart_page;
mod comparison;
mod detail_field;
mod draft;
mod duplicates_page;
mod employee_picker;
mod file;
mod form;
mod form_page;
mod former_page;
mod history;
mod import_page;
mod meanwhile;
mod pages;
mod photo;
mod photo_import;
mod photo_name;
mod picture;
mod several;
mod stage;
mod zip;

pub(crate) use self::pages::RecordsPages;
