//! The directory: employees, their photos and badges, and the routes people reach them by.
//!
//! One file for each thing people do, with its route; [`table`] and [`bucket`] are the only places that call AWS. What is
//! stored is laid out as the original Flask app lays it out, so that both can use the same table at once.

mod add;
mod attribute;
mod badges;
mod bucket;
mod change;
mod directory;
mod email;
mod employee_id;
mod erasing;
mod former;
mod info;
mod list;
mod outlive;
mod people;
mod photo;
mod photo_key;
mod picture;
mod record;
mod remnant;
mod remove;
mod reporting;
mod search;
mod search_index;
mod settings;
mod table;
mod transfer;
mod view;

use axum::Router;
use rollcall_api::info::RunsOn;
use rollcall_web::access::Access;

pub use directory::Directory;
pub use erasing::{Erasing, Wake};
pub use former::follow::{Followed, Follower};
pub use people::image::Removal;
pub use search::keep::{IndexKeeper, Kept, Projected};
pub use settings::{DirectorySettings, SearchSettings, SettingsError};

/// The directory's routes; `runs_on` is what `GET /api/info` answers.
pub fn routes(directory: &Directory, access: &Access, runs_on: RunsOn) -> Router {
    let of = |route: fn(Directory, Access) -> Router| route(directory.clone(), access.clone());
    [
        of(add::route),
        of(change::route),
        of(former::erase::route),
        of(former::list::route),
        of(former::restore::route),
        of(list::route),
        of(photo::delete::route),
        of(photo::show::route),
        of(photo::upload::route),
        of(remove::route),
        of(reporting::chain::route),
        of(reporting::level::route),
        of(search_index::route),
        of(transfer::export::route),
        of(transfer::import::route),
        of(view::route),
        badges::route(),
        info::route(runs_on),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
}

#[cfg(test)]
mod tests;
