//! Those who are selected, and what is done with all of them: changed, saved as a file, or deleted.

mod change;
mod change_form;
mod exporting;
mod outcome;
mod page;
mod people;
mod work;

pub(super) use self::page::SeveralPage;
