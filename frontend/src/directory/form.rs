//! The form about an employee, new or known.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use rollcall_api::{
    badge::Badge,
    employee::{Employee, NotUnderstood},
    field::{FIELDS, FULL_NAME, Field, MANAGER},
};

use super::{
    detail_field::DetailField,
    draft::Draft,
    photo::{PHOTO, PhotoChoice, PhotoPicker},
    store::Directory,
};
use crate::{
    api::{Api, ApiError},
    erased::{derive, spawn},
    paths::page,
    ui::{
        badge::badge_icon,
        button::{ActionButton, ActionLink, Look},
        field::{FieldErrors, FieldMessage, FormFailure, focus_first_invalid},
        icon::{Icon, Picture},
        toast::Toasts,
    },
};

/// The parts of the form, besides the fields, that show their own errors.
const PARTS: [&str; 2] = ["badges", PHOTO];

#[derive(Clone, Copy)]
struct Form {
    api: Api,
    directory: Directory,
    /// Who is being changed; none before a new employee has been added.
    id: RwSignal<Option<String>>,
    draft: RwSignal<Draft>,
    photo: RwSignal<PhotoChoice, LocalStorage>,
    errors: RwSignal<FieldErrors>,
    /// Why saving failed, when no field is to blame.
    failure: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Form {
    fn new(employee: Option<&Employee>) -> Self {
        Self {
            api: Api::current(),
            directory: Directory::current(),
            id: RwSignal::new(employee.map(|employee| employee.id.clone())),
            draft: RwSignal::new(employee.cloned().map(Draft::from).unwrap_or_default()),
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
        let saved = match self.id.get_untracked() {
            Some(id) => self.api.replace_employee(&id, &input).await,
            None => self.api.create_employee(&input).await,
        };
        let finished = match saved {
            Ok(employee) => self.save_photo(employee).await,
            Err(error) => {
                self.explain(&error);
                None
            }
        };
        self.busy.try_set(false);
        finished
    }

    async fn save_photo(self, employee: Employee) -> Option<Employee> {
        // From here on a second try changes this employee and adds nobody.
        self.id.try_set(Some(employee.id.clone()));
        let sent = match self.photo.get_untracked() {
            PhotoChoice::Keep => Ok(()),
            PhotoChoice::Remove => self.api.delete_photo(&employee.id).await,
            PhotoChoice::Replace(file) => self.api.put_photo(&employee.id, &file).await,
        };
        let current = self.api.employee(&employee.id).await.unwrap_or(employee);
        self.directory.put(current.clone());
        match sent {
            Ok(()) => Some(current),
            Err(error) => {
                let mut errors = FieldErrors::default();
                errors.set(PHOTO, &format!("The details are saved, the photo is not: {}", reason(&error)));
                self.refuse(errors);
                None
            }
        }
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

fn reason(error: &ApiError) -> String {
    error.field_errors().first().map_or_else(|| error.message(), |first| first.detail.clone())
}

/// The form for `employee`, or for a new one.
#[component]
pub(crate) fn EmployeeForm(
    /// Who is changed; none to add someone.
    employee: Option<Employee>,
) -> impl IntoView {
    let form = Form::new(employee.as_ref());
    let toasts = Toasts::current();
    let navigate = use_navigate();
    let is_new = employee.is_none();
    let back =
        employee.as_ref().map_or_else(|| page::DIRECTORY.to_owned(), |employee| page::employee(&employee.id));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        let navigate = navigate.clone();
        spawn(async move {
            if let Some(saved) = form.save().await {
                let done = if is_new { "was added" } else { "was saved" };
                toasts.done(format!("{} {done}.", saved.full_name()));
                navigate(&page::employee(&saved.id), Default::default());
            }
        });
    };
    let name = derive(move || form.draft.with(|draft| draft.values.text(FULL_NAME).to_owned()));
    let Employee { photo_url, display, not_understood, .. } = employee.unwrap_or_default();
    let manager = display.text(MANAGER).to_owned();
    let field = move |field: &'static Field| {
        let (draft, errors) = (form.draft, form.errors);
        view! { <DetailField field draft errors manager=manager.clone() /> }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <FormFailure failure=form.failure />
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
