//! The form about an employee, new or known.

use leptos::{ev, prelude::*};
use rollcall_api::{
    badge::Badge,
    employee::{Employee, EmployeeInput, NotUnderstood},
    field::{FIELDS, FULL_NAME, Field, MANAGER},
};
use wasm_bindgen::JsCast;
use web_sys::{Blob, HtmlElement};

use super::{
    detail_field::DetailField,
    draft::Draft,
    meanwhile::{Meanwhile, MeanwhileNote},
    photo::{PHOTO, PhotoChoice, PhotoPicker},
};
use crate::{
    api::{Api, ApiError, Tagged},
    directory::hand_on,
    erased::{derive, spawn},
    paths::page,
    ui::{
        badge::badge_icon,
        button::{ActionButton, ActionLink, Look},
        field::{FieldErrors, FieldMessage, FormFailure, focus_first_invalid},
        icon::{Icon, Picture},
        toast::Toasts,
        unique_id,
    },
};

/// The parts of the form, besides the fields, that show their own errors.
const PARTS: [&str; 2] = ["badges", PHOTO];

#[derive(Clone, Copy)]
struct Form {
    api: Api,
    /// Who is being changed, as they were seen; none before a new employee has been added.
    seen: RwSignal<Option<Tagged<Employee>>>,
    draft: RwSignal<Draft>,
    /// What someone else has changed since.
    meanwhile: RwSignal<Option<Meanwhile>>,
    photo: RwSignal<PhotoChoice, LocalStorage>,
    errors: RwSignal<FieldErrors>,
    /// Why saving failed, when no field is to blame.
    failure: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Form {
    fn new(seen: Option<&Tagged<Employee>>) -> Self {
        Self {
            api: Api::current(),
            seen: RwSignal::new(seen.cloned()),
            draft: RwSignal::new(seen.map(|seen| Draft::from(seen.shown.clone())).unwrap_or_default()),
            meanwhile: RwSignal::new(None),
            photo: RwSignal::new_local(PhotoChoice::Keep),
            errors: RwSignal::new(FieldErrors::default()),
            failure: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// Checks, then saves details and photo. None when something has to be corrected first.
    async fn save(self) -> Option<Employee> {
        self.failure.set(None);
        let input = match self.draft.with_untracked(Draft::checked) {
            Ok(input) => input,
            Err(errors) => {
                self.refuse(errors);
                return None;
            }
        };
        self.busy.set(true);
        let finished = self.send(&input).await;
        self.busy.try_set(false);
        finished
    }

    /// The photo is ready before anything is sent, so that nobody is saved by half because of a picture.
    async fn send(self, input: &EmployeeInput) -> Option<Employee> {
        let Some(choice) = PhotoChoice::settled(self.photo).await else {
            focus_first_invalid();
            return None;
        };
        let photo = match choice.file().await {
            Ok(photo) => photo,
            Err(reason) => {
                self.refuse_photo(reason);
                return None;
            }
        };
        let seen = self.seen.get_untracked();
        let saved = match &seen {
            Some(Tagged { shown, tag }) => self.api.replace_employee(&shown.id, input, tag.as_deref()).await,
            None => self.api.create_employee(input).await,
        };
        match (saved, seen) {
            (Ok(saved), _) => self.save_photo(saved, choice, photo).await,
            (Err(error), Some(seen)) if error.is_changed_meanwhile() => {
                self.look_again(&seen.shown).await;
                None
            }
            (Err(error), _) => {
                self.explain(&error);
                None
            }
        }
    }

    /// Shows what someone else has changed, and goes on from what is there now.
    async fn look_again(self, before: &Employee) {
        match self.api.employee_to_change(&before.id).await {
            Ok(now) => {
                let mut draft = self.draft.get_untracked();
                self.meanwhile.try_set(Some(Meanwhile::merged(&mut draft, before, &now.shown)));
                self.draft.try_set(draft);
                self.seen.try_set(Some(now));
                focus("meanwhile");
            }
            Err(error) => self.explain(&error),
        }
    }

    async fn save_photo(
        self,
        saved: Tagged<Employee>,
        choice: PhotoChoice,
        photo: Option<Blob>,
    ) -> Option<Employee> {
        // From here on a second try changes this employee and adds nobody.
        self.seen.try_set(Some(saved.clone()));
        self.meanwhile.try_set(None);
        let (id, tag) = (&saved.shown.id, saved.tag.as_deref());
        let sent = match (photo, choice) {
            (Some(photo), _) => self.api.put_photo(id, &photo, tag).await,
            (None, PhotoChoice::Remove) => self.api.delete_photo(id, tag).await,
            (None, _) => Ok(()),
        };
        let current = self.api.employee_to_change(id).await.unwrap_or(saved);
        self.seen.try_set(Some(current.clone()));
        hand_on(vec![current.shown.clone()]);
        match sent {
            Ok(()) => Some(current.shown),
            Err(error) => {
                self.refuse_photo(&format!("The details are saved, the photo is not: {}", reason(&error)));
                None
            }
        }
    }

    fn refuse_photo(self, reason: &str) {
        let mut errors = FieldErrors::default();
        errors.set(PHOTO, reason);
        self.refuse(errors);
    }

    fn explain(self, error: &ApiError) {
        if error.field_errors().is_empty() {
            let id = error.request_id().map(|id| format!(" Request {id}")).unwrap_or_default();
            self.failure.try_set(Some(format!("{}{id}", error.message())));
        } else {
            self.refuse(FieldErrors::from(error.field_errors()));
        }
    }

    fn refuse(self, errors: FieldErrors) {
        let shown: Vec<_> = FIELDS.iter().map(|field| field.name).chain(PARTS).collect();
        let other_errors = errors.not_among(&shown);
        if !other_errors.is_empty() {
            self.failure.try_set(Some(other_errors.join(" ")));
        }
        self.errors.try_set(errors);
        focus_first_invalid();
    }
}

/// Leads to what is about to be shown under this id.
fn focus(id: &'static str) {
    request_animation_frame(move || {
        let element = document().get_element_by_id(id).and_then(|it| it.dyn_into::<HtmlElement>().ok());
        element.into_iter().for_each(|element| drop(element.focus()));
    });
}

fn reason(error: &ApiError) -> String {
    error.field_errors().first().map_or_else(|| error.message(), |first| first.detail.clone())
}

/// The form for `employee`, or for a new one.
#[component]
pub(crate) fn EmployeeForm(
    /// Who is changed; none to add someone.
    seen: Option<Tagged<Employee>>,
) -> impl IntoView {
    let form = Form::new(seen.as_ref());
    let employee = seen.map(|seen| seen.shown);
    // On the way back the browser may show the form as it was left: whoever adds the next one would change the last one.
    let shown_again = window_event_listener(ev::pageshow, |event| {
        if event.persisted() {
            location().reload().ok();
        }
    });
    on_cleanup(move || shown_again.remove());
    let is_new = employee.is_none();
    let back =
        employee.as_ref().map_or_else(|| page::DIRECTORY.to_owned(), |employee| page::employee(&employee.id));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        spawn(async move {
            if let Some(saved) = form.save().await {
                let done = if is_new { "was added" } else { "was saved" };
                // Until the page is gone that shows this.
                form.busy.try_set(true);
                Toasts::hand_on(&format!("{} {done}.", saved.full_name()));
                location().assign(&page::employee(&saved.id)).ok();
            }
        });
    };
    let name = derive(move || form.draft.with(|draft| draft.values.text(FULL_NAME).to_owned()));
    let Employee { photo_url, display, not_understood, provider_fields, .. } = employee.unwrap_or_default();
    let manager = display.text(MANAGER).to_owned();
    let field = move |field: &'static Field| {
        let (draft, errors) = (form.draft, form.errors);
        let input = view! { <DetailField field draft errors manager=manager.clone() /> };
        if provider_fields.iter().any(|kept| kept == field.name) {
            kept(input).into_any()
        } else {
            input.into_any()
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <FormFailure failure=form.failure />
            <MeanwhileNote meanwhile=form.meanwhile draft=form.draft />
            <PhotoPicker name current=photo_url choice=form.photo errors=form.errors />
            <div class="details">{FIELDS.iter().map(field).collect_view()}</div>
            <BadgeChoice draft=form.draft errors=form.errors />
            <Remnants draft=form.draft not_understood />
            <div class="form-actions">
                <ActionButton look=Look::Primary icon=Icon::Check busy=form.busy submits=true>
                    {if is_new { "Add employee" } else { "Save changes" }}
                </ActionButton>
                <ActionLink href=back look=Look::Quiet>"Cancel"</ActionLink>
            </div>
        </form>
    }
}

/// A field that an identity provider keeps, which would write over what is typed here.
fn kept(input: impl IntoView) -> impl IntoView {
    let id = unique_id("kept");
    let described_by = id.clone();
    view! {
        <fieldset class="kept-field" disabled aria-describedby=described_by>
            {input}
            <p class="field-help" id=id>"Kept by the identity provider. Change it there."</p>
        </fieldset>
    }
}

#[component]
fn BadgeChoice(draft: RwSignal<Draft>, errors: RwSignal<FieldErrors>) -> impl IntoView {
    let message = derive(move || errors.with(|errors| errors.of("badges").map(str::to_owned)));
    let choice = move |badge: Badge| {
        view! {
            <label class="badge-choice">
                <input
                    type="checkbox"
                    prop:checked=move || draft.with(|draft| draft.badges.contains(&badge))
                    on:change=move |_| draft.update(|draft| draft.toggle(badge))
                />
                <Picture icon=badge_icon(badge) />
                <span>{badge.label()}</span>
            </label>
        }
    };
    view! {
        <fieldset class="badge-choices" aria-describedby="badges-error">
            <legend>"Badges"</legend>
            <div class="badge-grid">{Badge::ALL.iter().copied().map(choice).collect_view()}</div>
            <FieldMessage id="badges-error".to_owned() message />
        </fieldset>
    }
}

/// What other programs left and nobody here understands: it is kept, unless someone says otherwise.
#[component]
fn Remnants(draft: RwSignal<Draft>, not_understood: Vec<NotUnderstood>) -> impl IntoView {
    let choice = |NotUnderstood { field, text }: NotUnderstood| {
        let toggle = move |event| {
            let discards = event_target_checked(&event);
            draft.update(|draft| {
                draft.discard.retain(|other| *other != field);
                draft.discard.extend(discards.then(|| field.clone()));
            });
        };
        view! {
            <label class="check-field">
                <input type="checkbox" on:change=toggle />
                <span>"Discard " <code>{text}</code></span>
            </label>
        }
    };
    (!not_understood.is_empty()).then(|| {
        view! {
            <fieldset class="field-group">
                <legend>"Left by another program"</legend>
                <p class="field-help">
                    "Rollcall doesn’t understand this part of the record. It is kept unless you discard it."
                </p>
                {not_understood.into_iter().map(choice).collect_view()}
            </fieldset>
        }
    })
}
