//! What few use, or seldom: who reports to whom, people from files, and people who left.

mod chart;
mod chart_page;
mod file;
mod former_page;
mod import_page;
mod pages;
mod picture;

pub(crate) use self::pages::RecordsPages;
