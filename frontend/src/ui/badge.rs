//! How badges look.

use leptos::prelude::*;
use rollcall_api::badge::Badge;

use super::icon::{Icon, Picture};

pub(crate) const fn badge_icon(badge: Badge) -> Icon {
    match badge {
        Badge::Apple => Icon::Apple,
        Badge::Windows => Icon::Windows,
        Badge::Linux => Icon::Linux,
        Badge::VideoCamera => Icon::VideoCamera,
        Badge::Trophy => Icon::Trophy,
        Badge::Camera => Icon::Camera,
        Badge::Plane => Icon::Plane,
        Badge::Paperclip => Icon::Paperclip,
        Badge::Coffee => Icon::Coffee,
        Badge::Gamepad => Icon::Gamepad,
        Badge::Bug => Icon::Bug,
        Badge::Umbrella => Icon::Umbrella,
    }
}

/// The badges as icons only, each with its name for who listens or points at it.
#[component]
pub(crate) fn BadgeIcons(badges: Vec<Badge>) -> impl IntoView {
    (!badges.is_empty()).then(|| {
        view! {
            <ul class="badge-icons" aria-label="Badges">
                {badges.into_iter().map(|badge| view! {
                    <li class="badge-icon" title=badge.label()>
                        <Picture icon=badge_icon(badge) />
                        <span class="visually-hidden">{badge.label()}</span>
                    </li>
                }).collect_view()}
            </ul>
        }
    })
}

/// The badges with their names.
#[component]
pub(crate) fn BadgeList(badges: Vec<Badge>) -> impl IntoView {
    view! {
        <ul class="badge-list" aria-label="Badges">
            {badges.into_iter().map(|badge| view! {
                <li class="badge"><Picture icon=badge_icon(badge) /> {badge.label()}</li>
            }).collect_view()}
        </ul>
    }
}
