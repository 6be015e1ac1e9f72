//! An employee's photo, or the initials where there is none.

use leptos::prelude::*;
use rollcall_api::employee::Employee;

use crate::erased::live;
use crate::ui::icon::{Icon, Picture};

/// How many background tints the style sheet has for initials.
const TINTS: usize = 6;

/// The photo of an employee.
#[component]
pub(crate) fn Portrait(
    employee: Employee,
    /// What who listens is told; nothing where the name stands beside it.
    #[prop(optional, into)]
    alt: String,
    /// Whether it is shown large.
    #[prop(optional)]
    sharp: bool,
) -> impl IntoView {
    let broken = RwSignal::new(false);
    let name = employee.full_name().to_owned();
    let photo_url = if sharp { employee.sharp_photo_url() } else { employee.photo_url };
    live(move || match photo_url.clone().filter(|_| !broken.get()) {
        Some(url) => view! {
            <span class="portrait">
                <img src=url alt=alt.clone() width="120" height="160" loading="lazy" decoding="async"
                    on:error=move |_| broken.set(true) />
            </span>
        }
        .into_any(),
        None => view! { <Initials name=name.clone() /> }.into_any(),
    })
}

/// The initials of a name on a tint that belongs to it.
#[component]
pub(crate) fn Initials(name: String) -> impl IntoView {
    let letters = initials(&name);
    let nobody = letters.is_empty().then(|| view! { <Picture icon=Icon::Camera /> });
    view! {
        <span class=format!("portrait initials tint-{}", tint(&name)) aria-hidden="true">
            {letters} {nobody}
        </span>
    }
}

/// The first letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut words =
        name.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// The same tint for the same name, wherever it is shown.
fn tint(name: &str) -> usize {
    name.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % TINTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("  Ludwig van (Louis) beethoven "), "LB");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials("山田 太郎"), "山太");
        assert_eq!(initials("ßeta"), "SS");
        assert_eq!(initials("—"), "");
    }

    #[test]
    fn a_name_keeps_its_tint() {
        assert_eq!(tint("Ada Lovelace"), tint("Ada Lovelace"));
        assert!(tint("Grace Hopper") < TINTS);
    }
}
