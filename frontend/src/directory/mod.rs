//! The directory: everyone, and one employee.

mod card;
mod detail;
mod employee_page;
mod facets;
mod found;
mod handed;
mod list_page;
mod marks;
mod pages;
mod people;
mod portrait;
mod recent;
mod selection;
mod selection_bar;
mod store;
mod wanted;

pub(crate) use self::{
    handed::hand_on,
    pages::DirectoryPages,
    portrait::{Initials, Portrait},
    selection::{Selected, keep_selected, selected},
};
