//! What few use, or seldom: who reports to whom, and people from files.

mod chart;
mod chart_page;
mod file;
mod import_page;
mod pages;
mod picture;

pub(crate) use self::pages::RecordsPages;
