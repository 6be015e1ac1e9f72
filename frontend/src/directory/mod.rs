//! The directory: everyone, one employee, and the form that adds or changes one.

mod card;
mod draft;
mod employee_page;
mod form;
mod form_page;
mod list_page;
mod photo;
mod portrait;
mod roster;
mod store;

pub(crate) use self::{
    employee_page::EmployeePage,
    form_page::{EditEmployeePage, NewEmployeePage},
    list_page::DirectoryPage,
    store::Directory,
};
