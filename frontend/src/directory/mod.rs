//! The directory: everyone, one employee, and the form that adds or changes one.

mod card;
mod detail;
mod detail_field;
mod draft;
mod employee_page;
mod employee_picker;
mod facets;
mod form;
mod form_page;
mod found;
mod list_page;
mod marks;
mod pages;
mod people;
mod photo;
mod portrait;
mod recent;
mod store;
mod wanted;

pub(crate) use self::{employee_picker::EmployeePicker, pages::DirectoryPages, portrait::Portrait};
