//! `/import`: people from a file.

use leptos::prelude::*;
use rollcall_api::{
    field::FIELDS,
    import::{ImportColumn, ImportOutcome, ImportReport, ImportRow},
};
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use super::{
    file::{Piece, line_ends, lines, pieces, text_of},
    photo_import::PhotoImportSteps,
    stage::{NextStep, Stage},
};
use crate::{
    api::{Api, ApiError, sentence},
    erased::{derive, live, spawn},
    paths::page,
    session::{Guard, Permission},
    ui::{
        button::ActionButton,
        icon::Icon,
        page::PageHeader,
        save::{MARK, cell, save},
        state::{Failure, Skeleton},
    },
};

/// How many rows are sent at once: so many take a second or two.
const ROWS: usize = 100;

/// How many refused rows are listed; the file has all of them.
const LISTED: usize = 50;

/// A file, and how far it has got.
#[derive(Clone, Copy)]
struct Import {
    api: Api,
    head: RwSignal<String>,
    pieces: RwSignal<Vec<Piece>>,
    columns: RwSignal<Vec<ImportColumn>>,
    rows: RwSignal<Vec<ImportRow>>,
    /// How many pieces were sent in this stage.
    sent: RwSignal<usize>,
    stage: RwSignal<Stage>,
    failure: RwSignal<Option<ApiError>>,
    stops: RwSignal<bool>,
}

impl Import {
    fn new() -> Self {
        Self {
            api: Api::current(),
            head: RwSignal::new(String::new()),
            pieces: RwSignal::new(Vec::new()),
            columns: RwSignal::new(Vec::new()),
            rows: RwSignal::new(Vec::new()),
            sent: RwSignal::new(0),
            stage: RwSignal::new(Stage::Empty),
            failure: RwSignal::new(None),
            stops: RwSignal::new(false),
        }
    }

    /// Reads a file and has it looked at.
    fn choose(self, file: File) {
        spawn(async move {
            let text = text_of(&file).await.unwrap_or_default();
            let (head, pieces) = pieces(&text, ROWS);
            self.head.set(head);
            self.pieces.set(pieces);
            self.columns.set(Vec::new());
            self.begin(Stage::Checking);
            self.send(false).await;
        });
    }

    fn check_again(self) {
        self.begin(Stage::Checking);
        spawn(async move { self.send(false).await });
    }

    fn write(self) {
        if self.stage.get_untracked() == Stage::Checked {
            self.begin(Stage::Writing);
        }
        self.stage.set(Stage::Writing);
        self.stops.set(false);
        spawn(async move { self.send(true).await });
    }

    fn begin(self, stage: Stage) {
        self.rows.set(Vec::new());
        self.sent.set(0);
        self.failure.set(None);
        self.stops.set(false);
        self.stage.set(stage);
    }

    /// Sends the pieces that were not sent yet, one after the other. A piece that failed is sent again: whoever was taken in
    /// already stays as they are.
    async fn send(self, writes: bool) {
        let columns = self.columns.with_untracked(|columns| set_columns(columns));
        loop {
            let sent = self.sent.get_untracked();
            let piece = self.pieces.with_untracked(|pieces| pieces.get(sent).cloned());
            let Some(piece) = piece else {
                self.stage.try_set(if writes { Stage::Done } else { Stage::Checked });
                return;
            };
            if self.stops.get_untracked() {
                self.stage.try_set(Stage::Stopped);
                return;
            }
            let text = self.head.with_untracked(|head| format!("{head}{}", piece.text));
            match self.api.import(&text, writes, &columns).await {
                Ok(report) => self.take(report, &piece),
                Err(error) => {
                    self.failure.try_set(Some(error));
                    self.stage.try_set(if writes { Stage::Stopped } else { Stage::Empty });
                    return;
                }
            }
            if self.sent.try_update(|sent| *sent += 1).is_none() {
                // The page is gone.
                return;
            }
        }
    }

    fn take(self, report: ImportReport, piece: &Piece) {
        if self.columns.with_untracked(Vec::is_empty) {
            self.columns.try_set(report.columns);
        }
        let head = 1 + line_ends(&self.head.get_untracked()) as u64;
        let first = piece.first as u64;
        let placed = report.rows.into_iter().map(|row| ImportRow { line: row.line + first - head, ..row });
        self.rows.try_update(|rows| rows.extend(placed));
    }

    fn count(self, outcome: ImportOutcome) -> usize {
        self.rows.with(|rows| rows.iter().filter(|row| row.outcome == outcome).count())
    }
}

/// The field of each column, as the API is told them.
fn set_columns(columns: &[ImportColumn]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.field.as_deref().unwrap_or_default()).collect();
    names.join(",")
}

/// The rows that were refused, each as it stood in the file, with the reason in a column of its own: to be mended and taken
/// in again.
fn refused_file(head: &str, pieces: &[Piece], refused: &[ImportRow]) -> String {
    let delimiter =
        [',', ';', '\t'].into_iter().rev().max_by_key(|it| head.matches(*it).count()).unwrap_or(',');
    let mut file = format!("{MARK}{}{delimiter}Refused\r\n", head.trim_end());
    for piece in pieces {
        let mut line = piece.first as u64;
        for row in lines(&piece.text) {
            let errors = refused.iter().find(|refused| refused.line == line).map(|refused| &refused.errors);
            if let Some(errors) = errors {
                let reasons: Vec<String> =
                    errors.iter().map(|it| format!("{} {}", it.field, it.detail)).collect();
                file.push_str(&format!("{}{delimiter}{}\r\n", row.trim_end(), cell(&reasons.join("; "))));
            }
            line += line_ends(row) as u64;
        }
    }
    file
}

#[component]
pub(crate) fn ImportPage() -> impl IntoView {
    view! {
        <Guard permission=Permission::Edit title="Import people"
            loading=|| view! { <Skeleton lines=4 label="Loading the page…" /> }>
            <PageHeader title="Import people" above=(page::DIRECTORY, "Directory") />
            <Steps />
            <PhotoImportSteps />
        </Guard>
    }
}

#[component]
fn Steps() -> impl IntoView {
    let import = Import::new();
    let choose = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let file = input.and_then(|input| input.files()?.get(0));
        file.into_iter().for_each(|file| import.choose(file));
    };
    let busy = derive(move || import.stage.get().is_busy());
    let has_file = move || import.stage.get() != Stage::Empty;
    view! {
        <div class="import">
            <div class="field">
                <label for="file">"CSV file"</label>
                <input id="file" type="file" accept=".csv,.tsv,.txt,text/csv" disabled=move || busy.get() on:change=choose />
                <p class="field-help">
                    "The first line names the columns. Nothing is written before you have seen what would happen."
                </p>
            </div>
            {live(move || import.failure.get().map(|error| view! {
                <Failure error on_retry=move || if import.stage.get_untracked() == Stage::Stopped {
                    import.write();
                } else {
                    import.check_again();
                } />
            }))}
            {live(move || has_file().then(|| view! { <Columns import /> <Progress import /> <Refused import /> }))}
        </div>
    }
}

/// Which column is taken for which field.
#[component]
fn Columns(import: Import) -> impl IntoView {
    let blocked = move || import.stage.get() != Stage::Checked;
    let column = move |(at, column): (usize, ImportColumn)| {
        let chosen = column.field.clone().unwrap_or_default();
        let choices = [("", "Leave out"), ("id", "id")].into_iter();
        let choices =
            choices.chain(FIELDS.iter().map(|field| (field.name, field.label))).chain([("badges", "Badges")]);
        let choose = move |event| {
            let field = Some(event_target_value(&event)).filter(|name| !name.is_empty());
            import.columns.update(|columns| {
                columns.get_mut(at).into_iter().for_each(|column| column.field.clone_from(&field));
            });
            import.check_again();
        };
        view! {
            <label class="import-column">
                <span translate="no">{column.title}</span>
                <select disabled=blocked on:change=choose>
                    {choices.map(|(name, label)| view! {
                        <option value=name selected=name == chosen>{label}</option>
                    }).collect_view()}
                </select>
            </label>
        }
    };
    live(move || {
        let columns = import.columns.get();
        (!columns.is_empty()).then(|| view! {
            <fieldset class="field-group">
                <legend>"Columns"</legend>
                <div class="import-columns">{columns.into_iter().enumerate().map(column).collect_view()}</div>
            </fieldset>
        })
    })
}

#[component]
fn Progress(import: Import) -> impl IntoView {
    let total = move || import.pieces.with(|pieces| pieces.iter().map(|piece| piece.rows).sum::<usize>());
    let done = move || import.rows.with(Vec::len);
    let counts = move || {
        let is_written = import.stage.get().is_written();
        let words = if is_written {
            ["added", "changed", "left as they are", "refused"]
        } else {
            ["would be added", "would be changed", "would be left as they are", "would be refused"]
        };
        let outcomes =
            [ImportOutcome::Added, ImportOutcome::Changed, ImportOutcome::Same, ImportOutcome::Refused];
        let counts = outcomes.into_iter().zip(words).map(|(outcome, words)| {
            view! { <div><dt>{words}</dt><dd>{import.count(outcome)}</dd></div> }
        });
        view! { <dl class="import-counts">{counts.collect_view()}</dl> }
    };
    let nothing = derive(move || {
        let some = import.count(ImportOutcome::Added) + import.count(ImportOutcome::Changed);
        (some == 0).then(|| "Nothing would change.".to_owned())
    });
    let told = move || match import.stage.get() {
        Stage::Empty => "",
        Stage::Checking => "Looking at the file. Nothing is written.",
        Stage::Checked => "This is what would happen.",
        Stage::Writing => "Importing. You may stop at any row.",
        Stage::Stopped => "Stopped. What was imported stays; go on whenever you like.",
        Stage::Done => "Done.",
    };
    view! {
        <p role="status">{told}</p>
        <progress max=total value=done aria-label="Rows"></progress>
        {live(counts)}
        <NextStep stage=import.stage label="Import" nothing write=Callback::new(move |()| import.write()) stops=import.stops />
    }
}

/// The rows that are refused, with the reason.
#[component]
fn Refused(import: Import) -> impl IntoView {
    let row = |row: ImportRow| {
        let reasons = row.errors.iter().map(|error| sentence(&format!("{} {}", error.field, error.detail)));
        view! {
            <tr>
                <td>{row.line}</td>
                <td translate="no">{row.full_name}</td>
                <td>{reasons.collect::<Vec<_>>().join(" ")}</td>
            </tr>
        }
    };
    let save_all = move || {
        let mut rows = import.rows.get_untracked();
        rows.retain(|row| row.outcome == ImportOutcome::Refused);
        let file =
            import.pieces.with_untracked(|pieces| refused_file(&import.head.get_untracked(), pieces, &rows));
        save("refused.csv", "text/csv", &file);
    };
    live(move || {
        let refused: Vec<ImportRow> = import.rows.with(|rows| {
            rows.iter().filter(|row| row.outcome == ImportOutcome::Refused).take(LISTED).cloned().collect()
        });
        (!refused.is_empty()).then(|| view! {
            <h2>"Refused rows"</h2>
            <div class="table-frame" tabindex="0" role="region" aria-label="Refused rows">
                <table class="table">
                    <thead><tr><th scope="col">"Line"</th><th scope="col">"Name"</th><th scope="col">"Reason"</th></tr></thead>
                    <tbody>{refused.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
            <ActionButton icon=Icon::List on_press=save_all>"Save refused rows as CSV"</ActionButton>
        })
    })
}

#[cfg(test)]
mod tests {
    use rollcall_api::problem::FieldError;

    use super::*;

    #[test]
    fn a_refused_row_is_saved_as_it_stood_with_the_reason_behind_it() {
        let (head, pieces) = pieces("name;mail\n\"A\nB\";x\nC;y\n", 1);
        let refused = |line| ImportRow {
            line,
            outcome: ImportOutcome::Refused,
            full_name: String::new(),
            id: None,
            changed: Vec::new(),
            errors: vec![FieldError::new("email", "is none")],
        };
        let file = refused_file(&head, &pieces, &[refused(4)]);
        assert_eq!(file, "\u{feff}name;mail;Refused\r\nC;y;\"email is none\"\r\n");
        let file = refused_file(&head, &pieces, &[refused(2)]);
        assert!(file.ends_with("\"A\nB\";x;\"email is none\"\r\n"), "{file}");
    }
}
