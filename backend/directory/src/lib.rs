//! The directory: employees, their photos and badges, and the routes people reach them by.
//!
//! One file for each thing people do, with its route; [`table`] and [`bucket`] are the only places that call AWS. What is
//! stored is laid out as the original Flask app lays it out, so that both can use the same table at once.

mod add;
mod attribute;
mod badges;
mod bucket;
mod change;
mod deed;
mod directory;
mod duplicates;
mod employee_id;
mod erasing;
mod former;
mod held;
mod history;
mod info;
mod list;
mod outlive;
mod overtaken;
mod people;
mod photo;
mod photo_key;
mod picture;
mod provided;
mod record;
mod remnant;
mod remove;
mod reporting;
mod scim;
mod search;
mod search_index;
mod settings;
mod table;
mod transfer;
mod unique;
mod unmerge;
mod view;

use rollcall_web::{
    Routes,
    access::{Access, Guarded},
    declared::Route,
};

pub use directory::Directory;
pub use erasing::{Erasing, Wake};
pub use former::follow::{Followed, Follower};
pub use info::Whereabouts;
pub use people::image::{Before, Removal};
pub use photo::sweep::{PhotoSweeper, Swept};
pub use scim::scim_refusal;
pub use search::keep::{IndexKeeper, Kept, Projected};
pub use settings::{DirectorySettings, SearchSettings, SettingsError};

/// The directory's routes; `whereabouts` is what `GET /api/info` answers.
pub fn routes(directory: &Directory, access: &Access, whereabouts: impl Into<Whereabouts>) -> Routes {
    let of = |route: fn(Directory, Access) -> Route| route(directory.clone(), access.clone());
    Routes::default()
        .without_query([
            of(add::route),
            of(change::route),
            of(duplicates::different::route),
            of(duplicates::merge::route),
            of(former::erase::route),
            of(former::restore::route),
            of(photo::delete::route),
            of(photo::show::route),
            of(photo::upload::route),
            of(remove::route),
            of(reporting::chain::route),
            of(reporting::me::route),
            of(search_index::route),
            of(transfer::card::route),
            of(view::route),
            badges::route(),
            info::route(whereabouts.into()),
        ])
        .only_asking([of(transfer::export::route_of_picked)])
        .with_query([
            of(duplicates::list::route),
            of(former::list::route),
            of(history::route),
            of(list::route),
            of(transfer::export::route),
            of(transfer::import::route),
        ])
        .with_query(reporting::level::routes(directory, access))
        // Parameters that are not known are to be ignored: https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2
        .by_other_rules(Guarded::new(directory.clone(), access.clone()), scim::routes(), scim::beside)
}

#[cfg(test)]
mod tests;
