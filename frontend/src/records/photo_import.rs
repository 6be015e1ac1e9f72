//! Photos from a zip file, each named by the id or e-mail address of whose it is.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use super::{
    photo_name::{COLUMNS, answer, distinct, named, question},
    stage::{NextStep, Stage},
    zip::{Entry, entries, unpacked},
};
use crate::{
    api::{Api, ApiError, sentence},
    erased::{derive, live, spawn},
    photo::Chosen,
    ui::{
        button::ActionButton,
        field::FieldMessage,
        icon::Icon,
        save::{MARK, cell, save},
        state::Failure,
    },
};

/// Of how many files it is asked at once whose they are.
const ASKED: usize = 100;

/// How many refused files are listed; the file has all of them.
const LISTED: usize = 50;

/// A photo in the archive, and whose it is.
#[derive(Debug, Clone)]
struct Photo {
    entry: Entry,
    id: String,
}

/// A file that is no one's photo, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused {
    name: String,
    reason: String,
}

/// Why a photo was not given to someone.
enum NotGiven {
    /// It is the photo's fault, and the others can follow.
    Photo(String),
    /// None would be.
    Any(ApiError),
}

/// An archive, and how far it has got.
#[derive(Clone, Copy)]
struct PhotoImport {
    api: Api,
    archive: RwSignal<Option<File>, LocalStorage>,
    /// What is wrong with the archive itself.
    unreadable: RwSignal<Option<String>>,
    /// The files whose owner is not looked up yet.
    unasked: RwSignal<Vec<Entry>>,
    photos: RwSignal<Vec<Photo>>,
    refused: RwSignal<Vec<Refused>>,
    /// How many photos were looked at in this stage, and how many of them are someone's now.
    seen: RwSignal<usize>,
    given: RwSignal<usize>,
    stage: RwSignal<Stage>,
    failure: RwSignal<Option<ApiError>>,
    stops: RwSignal<bool>,
}

impl PhotoImport {
    fn new() -> Self {
        Self {
            api: Api::current(),
            archive: RwSignal::new_local(None),
            unreadable: RwSignal::new(None),
            unasked: RwSignal::new(Vec::new()),
            photos: RwSignal::new(Vec::new()),
            refused: RwSignal::new(Vec::new()),
            seen: RwSignal::new(0),
            given: RwSignal::new(0),
            stage: RwSignal::new(Stage::Empty),
            failure: RwSignal::new(None),
            stops: RwSignal::new(false),
        }
    }

    /// Reads the list of an archive, and looks up whose each photo is.
    fn choose(self, archive: File) {
        self.archive.set(Some(archive.clone()));
        self.photos.set(Vec::new());
        self.refused.set(Vec::new());
        self.seen.set(0);
        self.given.set(0);
        self.unreadable.set(None);
        self.stage.set(Stage::Checking);
        spawn(async move {
            match entries(&archive).await {
                Ok(mut entries) => {
                    entries.retain(|entry| named(&entry.name).is_some());
                    self.unasked.try_set(entries);
                    self.ask().await;
                }
                Err(reason) => {
                    self.unreadable.try_set(Some(sentence(&format!("“{}” {reason}", archive.name()))));
                    self.stage.try_set(Stage::Empty);
                }
            }
        });
    }

    async fn ask(self) {
        self.failure.try_set(None);
        loop {
            let Some(asked) =
                self.unasked.try_with_untracked(|all| all.iter().take(ASKED).cloned().collect::<Vec<_>>())
            else {
                // The page is gone.
                return;
            };
            if asked.is_empty() {
                self.stage.try_set(Stage::Checked);
                return;
            }
            let (names, places) = distinct(asked.iter().filter_map(|entry| named(&entry.name)));
            match self.api.import(&question(&names), false, COLUMNS).await {
                Ok(report) => {
                    let answers = places.iter().map(|at| answer(&report.rows, *at));
                    self.sort(asked.iter().cloned().zip(answers).collect());
                    self.unasked.try_update(|all| drop(all.drain(..asked.len())));
                }
                Err(error) => {
                    self.failure.try_set(Some(error));
                    return;
                }
            }
        }
    }

    /// Nobody gets two photos of one archive.
    fn sort(self, answered: Vec<(Entry, Result<String, String>)>) {
        for (entry, owner) in answered {
            let first = |id: &str| {
                self.photos.try_with_untracked(|photos| {
                    photos.iter().find(|photo| photo.id == id).map(|photo| photo.entry.name.clone())
                })
            };
            match owner.map(|id| (first(&id).flatten(), id)) {
                Ok((None, id)) => drop(self.photos.try_update(|photos| photos.push(Photo { entry, id }))),
                Ok((Some(first), _)) => self.refuse(entry.name, format!("Is of the same person as {first}.")),
                Err(reason) => self.refuse(entry.name, reason),
            }
        }
    }

    fn refuse(self, name: String, reason: String) {
        self.refused.try_update(|refused| refused.push(Refused { name, reason }));
    }

    fn write(self) {
        self.stage.set(Stage::Writing);
        self.stops.set(false);
        self.failure.set(None);
        spawn(async move { self.give_all().await });
    }

    /// Gives the photos that were not given yet, one after the other, so that one at a time is in memory.
    async fn give_all(self) {
        loop {
            let photo =
                self.photos.try_with_untracked(|photos| photos.get(self.seen.get_untracked()).cloned());
            let (Some(photo), Some(stops)) = (photo, self.stops.try_get_untracked()) else { return };
            let Some(photo) = photo else {
                self.stage.try_set(Stage::Done);
                return;
            };
            if stops {
                self.stage.try_set(Stage::Stopped);
                return;
            }
            match self.give(&photo).await {
                Ok(()) => drop(self.given.try_update(|given| *given += 1)),
                Err(NotGiven::Photo(reason)) => self.refuse(photo.entry.name, sentence(&reason)),
                Err(NotGiven::Any(error)) => {
                    self.failure.try_set(Some(error));
                    self.stage.try_set(Stage::Stopped);
                    return;
                }
            }
            self.seen.try_update(|seen| *seen += 1);
        }
    }

    async fn give(self, photo: &Photo) -> Result<(), NotGiven> {
        let Some(Some(archive)) = self.archive.try_get_untracked() else { return Ok(()) };
        let file = unpacked(&archive, &photo.entry).await.map_err(NotGiven::Photo)?;
        let chosen = Chosen::read(&file, &photo.entry.name).await.map_err(NotGiven::Photo)?;
        let whole = chosen.whole().await;
        let whole = whole.ok_or_else(|| NotGiven::Photo("can’t be prepared by this browser".to_owned()))?;
        self.api.put_photo(&photo.id, &whole, None).await.map_err(|error| {
            match error.field_errors().first() {
                Some(first) => NotGiven::Photo(first.detail.clone()),
                None if error.is_missing() => NotGiven::Photo(error.message()),
                None => NotGiven::Any(error),
            }
        })
    }
}

/// The refused files with their reasons, as rows.
fn refused_file(refused: &[Refused]) -> String {
    let rows = refused.iter().map(|it| format!("{},{}\r\n", cell(&it.name), cell(&it.reason)));
    format!("{MARK}File,Reason\r\n{}", rows.collect::<String>())
}

#[component]
pub(super) fn PhotoImportSteps() -> impl IntoView {
    let import = PhotoImport::new();
    let choose = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let file = input.and_then(|input| input.files()?.get(0));
        file.into_iter().for_each(|file| import.choose(file));
    };
    let busy = move || import.stage.get().is_busy();
    let again = move || match import.stage.get_untracked() {
        Stage::Checking => spawn(async move { import.ask().await }),
        _ => import.write(),
    };
    let message = derive(move || import.unreadable.get());
    view! {
        <section class="import" aria-label="Photos">
            <div class="field">
                <label for="photos">"Photos as a zip file"</label>
                <input id="photos" type="file" accept=".zip,application/zip" disabled=busy
                    aria-invalid=move || message.with(Option::is_some).then_some("true")
                    aria-describedby="photos-error photos-help" on:change=choose />
                <FieldMessage id="photos-error".to_owned() message />
                <p id="photos-help" class="field-help">
                    "Each file is named by the id or the e-mail address of whose photo it is, such as ada@example.org.jpg."
                </p>
            </div>
            {live(move || import.failure.get().map(|error| view! { <Failure error on_retry=again /> }))}
            {live(move || (import.stage.get() != Stage::Empty).then(|| view! { <Progress import /> <Refusals import /> }))}
        </section>
    }
}

#[component]
fn Progress(import: PhotoImport) -> impl IntoView {
    let total = move || import.photos.with(Vec::len);
    let counts = move || {
        let is_written = import.stage.get().is_written();
        let (words, count) =
            if is_written { ("given", import.given.get()) } else { ("would be given", total()) };
        view! {
            <dl class="import-counts">
                <div><dt>{words}</dt><dd>{count}</dd></div>
                <div><dt>"refused"</dt><dd>{import.refused.with(Vec::len)}</dd></div>
            </dl>
        }
    };
    let nothing = derive(move || (total() == 0).then(|| "There is nobody to give a photo to.".to_owned()));
    let told = move || match import.stage.get() {
        Stage::Empty => "",
        Stage::Checking => "Looking up whose the photos are. Nothing is written.",
        Stage::Checked => "This is what would happen.",
        Stage::Writing => "Importing photos. You may stop at any of them.",
        Stage::Stopped => "Stopped. Photos that were given stay; go on whenever you like.",
        Stage::Done => "Done.",
    };
    view! {
        <p role="status">{told}</p>
        <progress max=move || total().max(1) value=move || import.seen.get() aria-label="Photos"></progress>
        {live(counts)}
        <NextStep stage=import.stage label="Import photos" nothing write=Callback::new(move |()| import.write()) stops=import.stops />
    }
}

/// The files that are refused, with the reason.
#[component]
fn Refusals(import: PhotoImport) -> impl IntoView {
    let row = |Refused { name, reason }: Refused| view! { <tr><td translate="no">{name}</td><td>{reason}</td></tr> };
    let save_all = move || {
        save("refused-photos.csv", "text/csv", &import.refused.with_untracked(|all| refused_file(all)))
    };
    live(move || {
        let refused: Vec<Refused> = import.refused.with(|all| all.iter().take(LISTED).cloned().collect());
        (!refused.is_empty()).then(|| {
            view! {
                <h2>"Refused files"</h2>
                <div class="table-frame" tabindex="0" role="region" aria-label="Refused files">
                    <table class="table">
                        <thead><tr><th scope="col">"File"</th><th scope="col">"Reason"</th></tr></thead>
                        <tbody>{refused.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
                <ActionButton icon=Icon::List on_press=save_all>"Save refused files as CSV"</ActionButton>
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_file_is_saved_with_its_reason() {
        let refused = Refused { name: "=a.jpg".to_owned(), reason: "Is \"damaged\".".to_owned() };
        assert_eq!(
            refused_file(&[refused]),
            "\u{feff}File,Reason\r\n\"'=a.jpg\",\"Is \"\"damaged\"\".\"\r\n"
        );
    }
}
