//! Choosing an employee's photo: which picture, and which part of it.

use gloo_timers::future::TimeoutFuture;
use leptos::{html::Input, prelude::*};
use web_sys::Blob;

use crate::directory::Initials;
use crate::erased::{derive, live, spawn};
use crate::photo::{Chosen, Cropper};
use crate::ui::{
    button::{ActionButton, Look},
    field::{FieldErrors, FieldMessage},
    icon::Icon,
};

/// The path under which a form keeps what is wrong with the photo.
pub(crate) const PHOTO: &str = "photo";

/// How long whoever saves waits before looking again whether a picture is read, in milliseconds.
const LOOK_AGAIN_MS: u32 = 50;

/// What happens to the photo when the form is saved.
#[derive(Debug, Clone, Default)]
pub(crate) enum PhotoChoice {
    #[default]
    Keep,
    Remove,
    /// A file was chosen, and the browser is not done with it.
    Reading,
    /// This picture takes its place.
    Replace(Chosen),
}

impl PhotoChoice {
    /// What was chosen, once the browser has read it; none when it could not, which stands at the field then.
    pub(crate) async fn settled(choice: RwSignal<Self, LocalStorage>) -> Option<Self> {
        let mut was_reading = false;
        loop {
            match choice.try_get_untracked()? {
                Self::Reading => was_reading = true,
                Self::Keep if was_reading => return None,
                settled => return Some(settled),
            }
            TimeoutFuture::new(LOOK_AGAIN_MS).await;
        }
    }

    /// The file to send, where there is one.
    pub(crate) async fn file(&self) -> Result<Option<Blob>, &'static str> {
        match self {
            Self::Keep | Self::Remove | Self::Reading => Ok(None),
            Self::Replace(chosen) => {
                chosen.file().await.map(Some).ok_or("can’t be prepared by this browser; choose another one")
            }
        }
    }
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
    let has_current = current.is_some();
    // How many files were chosen: a large one may be read after the next one.
    let chosen = RwSignal::new(0_u32);
    let change = move |_| {
        chosen.update(|chosen| *chosen += 1);
        errors.update(|errors| errors.clear(PHOTO));
        let Some(file) = input.get().and_then(|input| input.files()).and_then(|files| files.get(0)) else {
            choice.set(PhotoChoice::Keep);
            return;
        };
        let number = chosen.get_untracked();
        choice.set(PhotoChoice::Reading);
        spawn(async move {
            let read = Chosen::read(&file, &file.name()).await;
            if chosen.try_get_untracked() != Some(number) {
                return;
            }
            match read {
                Ok(picture) => choice.set(PhotoChoice::Replace(picture)),
                Err(reason) => {
                    errors.update(|errors| errors.set(PHOTO, &format!("“{}” {reason}", file.name())));
                    choice.set(PhotoChoice::Keep);
                }
            }
        });
    };
    let set = move |new: PhotoChoice| {
        if let Some(input) = input.get_untracked() {
            input.set_value("");
        }
        chosen.update(|chosen| *chosen += 1);
        errors.update(|errors| errors.clear(PHOTO));
        choice.set(new);
    };
    let undo_button = move || {
        let (icon, words, removes) = match choice.get() {
            PhotoChoice::Keep if !has_current => return None,
            PhotoChoice::Keep => (Icon::Trash, "Remove photo", true),
            PhotoChoice::Remove => (Icon::Undo, "Keep the photo", false),
            PhotoChoice::Reading | PhotoChoice::Replace(_) => (Icon::Undo, "Undo the choice", false),
        };
        let press = move || set(if removes { PhotoChoice::Remove } else { PhotoChoice::Keep });
        Some(view! { <ActionButton look=Look::Quiet icon on_press=press>{words}</ActionButton> })
    };
    let message = derive(move || errors.with(|errors| errors.of(PHOTO).map(str::to_owned)));
    view! {
        <div class="photo-picker">
            {live(move || match (choice.get(), current.clone()) {
                (PhotoChoice::Replace(chosen), _) => view! { <Cropper chosen /> }.into_any(),
                (PhotoChoice::Keep, Some(url)) => view! {
                    <span class="portrait">
                        <img src=url alt="The photo as it is" width="120" height="160" />
                    </span>
                }.into_any(),
                _ => view! { <Initials name=name.get() /> }.into_any(),
            })}
            <div class="field">
                <label for="photo">"Photo" <span class="optional">" (optional)"</span></label>
                <input
                    id="photo"
                    type="file"
                    accept="image/*,.heic,.heif"
                    node_ref=input
                    aria-invalid=move || message.with(Option::is_some).then_some("true")
                    aria-describedby="photo-error photo-help"
                    on:change=change
                />
                <FieldMessage id="photo-error".to_owned() message />
                <p id="photo-help" class="field-help">
                    "Any picture, as a phone takes it. It is made small here before it is sent."
                </p>
                <p class="field-help" role="status">
                    {move || matches!(choice.get(), PhotoChoice::Reading).then_some("Reading the picture…")}
                </p>
                {undo_button}
            </div>
        </div>
    }
}
