//! Choosing an employee's photo: what may be sent, and how it will look.

use leptos::{html::Input, prelude::*};
use rollcall_api::employee::MAX_PHOTO_BYTES;
use web_sys::{File, Url};

use super::portrait::Initials;
use crate::erased::{derive, live, memo};
use crate::ui::{
    button::{ActionButton, Look},
    field::{FieldErrors, FieldMessage},
    icon::Icon,
};

/// The path under which a form keeps what is wrong with the photo.
pub(crate) const PHOTO: &str = "photo";

/// The media types the API decodes.
const TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// What happens to the photo when the form is saved.
#[derive(Debug, Clone, Default)]
pub(crate) enum PhotoChoice {
    #[default]
    Keep,
    Remove,
    /// This one takes its place.
    Replace(File),
}

/// The most megabytes a photo may have, as people read it.
fn most_megabytes() -> String {
    format!("{} MB", MAX_PHOTO_BYTES / 1024 / 1024)
}

/// Whether a file of this media type and size may be sent.
fn check(media_type: &str, bytes: f64) -> Result<(), String> {
    const MEGABYTE: f64 = 1024.0 * 1024.0;
    #[allow(clippy::cast_precision_loss, reason = "a few million bytes")]
    let most = MAX_PHOTO_BYTES as f64;
    if !TYPES.contains(&media_type) {
        Err("is not a PNG, JPEG or WebP picture; choose one that is".to_owned())
    } else if bytes > most {
        Err(format!("has {:.1} MB; at most {} are allowed", bytes / MEGABYTE, most_megabytes()))
    } else if bytes < 1.0 {
        Err("is empty; choose another file".to_owned())
    } else {
        Ok(())
    }
}

/// The address under which the browser shows a chosen file, given back when it isn't shown any more.
fn preview(choice: RwSignal<PhotoChoice, LocalStorage>) -> Memo<Option<String>> {
    memo(move || {
        let PhotoChoice::Replace(file) = choice.get() else { return None };
        let url = Url::create_object_url_with_blob(&file).ok()?;
        let shown = url.clone();
        on_cleanup(move || drop(Url::revoke_object_url(&shown)));
        Some(url)
    })
}

/// Chooses a photo and shows it.
#[component]
pub(crate) fn PhotoPicker(
    /// The name, for the initials.
    #[prop(into)]
    name: Signal<String>,
    /// Where the present photo is; none without one.
    current: Option<String>,
    choice: RwSignal<PhotoChoice, LocalStorage>,
    /// What is wrong in this form.
    errors: RwSignal<FieldErrors>,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let chosen = preview(choice);
    let has_current = current.is_some();
    let shown = memo(move || match choice.with(|choice| matches!(choice, PhotoChoice::Keep)) {
        true => current.clone(),
        false => chosen.get(),
    });
    let change = move |_| {
        let Some(file) = input.get().and_then(|input| input.files()).and_then(|files| files.get(0)) else {
            choice.set(PhotoChoice::Keep);
            return;
        };
        match check(&file.type_(), file.size()) {
            Ok(()) => {
                errors.update(|errors| errors.clear(PHOTO));
                choice.set(PhotoChoice::Replace(file));
            }
            Err(reason) => {
                errors.update(|errors| errors.set(PHOTO, &format!("{} {reason}", file.name())));
                choice.set(PhotoChoice::Keep);
            }
        }
    };
    let set = move |new: PhotoChoice| {
        if let Some(input) = input.get_untracked() {
            input.set_value("");
        }
        errors.update(|errors| errors.clear(PHOTO));
        choice.set(new);
    };
    let undo_button = move || {
        let (icon, words, removes) = match choice.get() {
            PhotoChoice::Keep if !has_current => return None,
            PhotoChoice::Keep => (Icon::Trash, "Remove photo", true),
            PhotoChoice::Remove => (Icon::Undo, "Keep the photo", false),
            PhotoChoice::Replace(_) => (Icon::Undo, "Undo the choice", false),
        };
        let press = move || set(if removes { PhotoChoice::Remove } else { PhotoChoice::Keep });
        Some(view! { <ActionButton look=Look::Quiet icon on_press=press>{words}</ActionButton> })
    };
    let message = derive(move || errors.with(|errors| errors.of(PHOTO).map(str::to_owned)));
    view! {
        <div class="photo-picker">
            {live(move || match shown.get() {
                Some(url) => view! {
                    <span class="portrait">
                        <img src=url alt="The photo as it will look" width="120" height="160" />
                    </span>
                }.into_any(),
                None => view! { <Initials name=name.get() /> }.into_any(),
            })}
            <div class="field">
                <label for="photo">"Photo" <span class="optional">" (optional)"</span></label>
                <input
                    id="photo"
                    type="file"
                    accept=TYPES.join(",")
                    node_ref=input
                    aria-invalid=move || message.with(Option::is_some).then_some("true")
                    aria-describedby="photo-error photo-help"
                    on:change=change
                />
                <FieldMessage id="photo-error".to_owned() message />
                <p id="photo-help" class="field-help">
                    "PNG, JPEG or WebP, up to " {most_megabytes()} ". It is fitted into 120 × 160 pixels."
                </p>
                {undo_button}
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_formats_are_taken() {
        for media_type in TYPES {
            assert_eq!(check(media_type, 1_000.0), Ok(()));
        }
        assert!(check("image/gif", 1_000.0).is_err());
        assert!(check("", 1_000.0).is_err());
    }

    #[test]
    fn a_photo_has_at_most_as_many_bytes_as_the_api_takes() {
        #[allow(clippy::cast_precision_loss, reason = "a few million bytes")]
        let most = MAX_PHOTO_BYTES as f64;
        assert_eq!(check("image/png", most), Ok(()));
        let refusal = check("image/png", most + 1.0).expect_err("too large");
        let megabytes = MAX_PHOTO_BYTES / 1024 / 1024;
        assert_eq!(refusal, format!("has {megabytes}.0 MB; at most {megabytes} MB are allowed"));
    }

    #[test]
    fn an_empty_file_is_no_photo() {
        assert!(check("image/png", 0.0).is_err());
    }
}
