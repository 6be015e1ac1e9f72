//! The directory: everyone, one employee, and the form that adds or changes one.

mod card;
mod draft;
mod employee_page;
mod facets;
mod form;
mod form_page;
mod former_page;
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

pub(crate) use self::pages::DirectoryPages;
