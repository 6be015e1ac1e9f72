//! `/operations/revisions/new`: a form for each recipe.

use leptos::prelude::*;
use leptos_router::{hooks::use_navigate, hooks::use_query_map};
use rollcall_api::{
    revision::{HealthCheck, RecipeName, RecipeVariable},
    word::Word,
};

use super::{
    panel::{Panel, revision_page},
    revision_draft::{APPROVAL, Draft, end_of_life, variable_path},
};
use crate::{
    api::{Api, ApiError, Recipe, Revision},
    clock::today,
    erased::{derive, memo, spawn},
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        field::{FieldErrors, FieldMessage, FormFailure, TextField, focus_first_invalid},
        icon::Icon,
        listing::Listing,
        page::PageHeader,
        query::{Await, Query},
        state::Skeleton,
        toast::Toasts,
    },
};

#[derive(Debug, Clone, PartialEq, Eq)]
struct FormStart {
    recipes: Vec<Recipe>,
    /// The revision to start from, if one was asked for.
    like: Option<Revision>,
    /// Earlier revisions, as far as they have been read.
    earlier: Listing<Revision>,
}

impl FormStart {
    /// The recipe that is chosen at first: that of the revision to start from, else that of the newest.
    fn recipe(&self) -> Option<&Recipe> {
        let wanted = self.like.as_ref().or(self.earlier.items.first()).map(|revision| &revision.recipe);
        self.recipes.iter().find(|recipe| Some(&recipe.name) == wanted).or(self.recipes.first())
    }

    fn draft(&self, recipe: &Recipe) -> Draft {
        Draft::of(recipe, self.like.as_ref(), &self.earlier.items)
    }

    /// Where to read on, so that the newest revision of a recipe is found however long ago it was made; none when what
    /// has been read will do.
    fn older(&self, recipe: &Word<RecipeName>) -> Option<String> {
        let models = self.like.iter().chain(&self.earlier.items);
        let has_model = models.map(|revision| &revision.recipe).any(|of| of == recipe);
        self.earlier.next_cursor.clone().filter(|_| !has_model)
    }
}

#[component]
pub(crate) fn NewRevisionPage() -> impl IntoView {
    let api = Api::current();
    let from = use_query_map().with_untracked(|query| query.get("from")?.parse::<u32>().ok());
    let query = Query::new(move || form_start(api, from));
    view! {
        <PageHeader title="New revision" above=(page::REVISIONS, "Revisions")
            lede=|| view! { <p class="lede">"It never changes, and is launched only when you say so."</p> } />
        <Await query loading=|| view! { <Skeleton lines=8 label="Loading the recipes…" /> }
            children=|start| view! { <RevisionForm start=start.get_untracked() /> } />
    }
}

async fn form_start(api: Api, from: Option<u32>) -> Result<FormStart, ApiError> {
    let recipes = api.recipes().await?.recipes;
    let earlier = revision_page(api, None).await?;
    let like = match from {
        Some(number) => Some(api.revision(number).await?),
        None => None,
    };
    let mut start = FormStart { recipes, like, earlier };
    if let Some(first) = start.recipe().map(|recipe| recipe.name.clone()) {
        while let Some(cursor) = start.older(&first) {
            start.earlier.append(revision_page(api, Some(cursor)).await?);
        }
    }
    Ok(start)
}

#[derive(Clone, Copy)]
struct Form {
    draft: RwSignal<Draft>,
    errors: RwSignal<FieldErrors>,
    failure: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Form {
    async fn save(self, api: Api) -> Option<Revision> {
        self.failure.set(None);
        let input = match self.draft.with_untracked(Draft::checked) {
            Ok(input) => input,
            Err(errors) => {
                self.refuse(errors);
                return None;
            }
        };
        self.busy.set(true);
        let made = api.create_revision(&input).await;
        self.busy.try_set(false);
        match made {
            Ok(revision) => Some(revision),
            Err(error) if error.field_errors().is_empty() => {
                let id = error.request_id().map(|id| format!(" Request {id}")).unwrap_or_default();
                self.failure.try_set(Some(format!("{}{id}", error.message())));
                None
            }
            Err(error) => {
                self.refuse(FieldErrors::from(error.field_errors()));
                None
            }
        }
    }

    fn refuse(self, errors: FieldErrors) {
        let Some(draft) = self.draft.try_get_untracked() else { return };
        let variables: Vec<_> = draft.variables.keys().map(|name| variable_path(name)).collect();
        let shown =
            ["recipe", "image", "instance_type", "fallback_instance_types", APPROVAL, "note"].into_iter();
        let shown: Vec<_> = shown.chain(variables.iter().map(String::as_str)).collect();
        let other_errors = errors.not_among(&shown);
        if !other_errors.is_empty() {
            self.failure.try_set(Some(other_errors.join(" ")));
        }
        self.errors.try_set(errors);
        focus_first_invalid();
    }
}

#[component]
fn RevisionForm(start: FormStart) -> impl IntoView {
    let Some(first) = start.recipe() else {
        return view! { <p>"This Rollcall offers no recipes."</p> }.into_any();
    };
    let form = Form {
        draft: RwSignal::new(start.draft(first)),
        errors: RwSignal::new(FieldErrors::default()),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let (api, panel, toasts) = (Api::current(), Panel::current(), Toasts::current());
    let navigate = use_navigate();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        let navigate = navigate.clone();
        spawn(async move {
            if let Some(revision) = form.save(api).await {
                toasts.done(format!("Revision {} was created.", revision.number));
                let to = page::revision(revision.number);
                panel.put_revision(revision);
                navigate(&to, Default::default());
            }
        });
    };
    let (for_choice, for_fields) = (start.recipes.clone(), start.recipes.clone());
    let start = StoredValue::new(start);
    let choose = Callback::new(move |recipe: Recipe| {
        form.busy.set(true);
        spawn(async move {
            while let Some(cursor) = start.try_with_value(|start| start.older(&recipe.name)).flatten() {
                match revision_page(api, Some(cursor)).await {
                    Ok(page) => drop(start.try_update_value(|start| start.earlier.append(page))),
                    Err(error) => {
                        toasts.refused("What this recipe was last used with could not be loaded.", &error);
                        break;
                    }
                }
            }
            let Some(draft) = start.try_with_value(|start| start.draft(&recipe)) else { return };
            form.errors.try_set(FieldErrors::default());
            form.draft.try_update(|shown| *shown = Draft { note: std::mem::take(&mut shown.note), ..draft });
            form.busy.try_set(false);
        });
    });
    let chosen = memo(move || form.draft.with(|draft| draft.recipe.clone()));
    let fields = move || {
        let chosen = chosen.get();
        let recipe = for_fields.iter().find(|recipe| recipe.name == chosen).cloned();
        recipe.map(|recipe| view! { <RecipeFields recipe form /> })
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <FormFailure failure=form.failure />
            <RecipeChoice recipes=for_choice form choose />
            {fields}
            <TextField label="Note" path="note" errors=form.errors
                help="Why this revision is made, for whoever reads the history."
                value=derive(move || form.draft.with(|draft| draft.note.clone()))
                on_input=move |text| form.draft.update(|draft| draft.note = text) />
            <div class="form-actions">
                <ActionButton look=Look::Primary icon=Icon::Check busy=form.busy submits=true>
                    "Create revision"
                </ActionButton>
                <ActionLink href=page::REVISIONS look=Look::Quiet>"Cancel"</ActionLink>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn RecipeChoice(recipes: Vec<Recipe>, form: Form, choose: Callback<Recipe>) -> impl IntoView {
    let today = today();
    let message = derive(move || form.errors.with(|errors| errors.of("recipe").map(str::to_owned)));
    let choice = move |recipe: Recipe| {
        let name = recipe.name.label(RecipeName::as_str).to_owned();
        let ends = end_of_life(recipe.end_of_life, today);
        let is_over = recipe.end_of_life.is_some_and(|ends| ends <= today);
        let (title, description) = (recipe.title.clone(), recipe.description.clone());
        let title_id = format!("recipe-{name}");
        let of = recipe.name.clone();
        let text_id = format!("{title_id}-text");
        view! {
            <label class="recipe">
                <input
                    type="radio"
                    name="recipe"
                    value=name.clone()
                    aria-labelledby=title_id.clone()
                    aria-describedby=text_id.clone()
                    prop:checked=move || form.draft.with(|draft| draft.recipe == of)
                    on:change=move |_| choose.run(recipe.clone())
                />
                <span class="recipe-text">
                    <span class="recipe-title" id=title_id>{title}</span>
                    {ends.map(|text| view! {
                        <span class=if is_over { "pill pill-warning" } else { "pill" }>{text}</span>
                    })}
                    <span class="recipe-description" id=text_id>{description}</span>
                    <code>{name}</code>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="recipes" aria-describedby="recipe-error">
            <legend>"Recipe"</legend>
            <div class="recipe-grid">{recipes.into_iter().map(choice).collect_view()}</div>
            <FieldMessage id="recipe-error".to_owned() message />
        </fieldset>
    }
}

#[component]
fn RecipeFields(recipe: Recipe, form: Form) -> impl IntoView {
    let variable = move |variable: RecipeVariable| {
        let RecipeVariable { name, label, description, .. } = variable;
        let path = variable_path(&name);
        let read = name.clone();
        let value =
            derive(move || form.draft.with(|draft| draft.variables.get(&read).cloned().unwrap_or_default()));
        let write = move |text| {
            form.draft.update(|draft| {
                draft.variables.insert(name.clone(), text);
            });
        };
        view! {
            <TextField label path value on_input=write errors=form.errors help=description
                required=true code=true />
        }
    };
    let has_variables = !recipe.variables.is_empty();
    view! {
        {has_variables.then(|| view! {
            <fieldset class="field-group">
                <legend>"Variables"</legend>
                {recipe.variables.into_iter().map(variable).collect_view()}
            </fieldset>
        })}
        <div class="field-pair">
            <TextField label="Image" path="image" errors=form.errors code=true
                placeholder=recipe.default_image
                help="An image id, or the path of a public SSM parameter that names one."
                value=derive(move || form.draft.with(|draft| draft.image.clone()))
                on_input=move |text| form.draft.update(|draft| draft.image = text) />
            <TextField label="Instance type" path="instance_type" errors=form.errors code=true
                placeholder=recipe.default_instance_type
                value=derive(move || form.draft.with(|draft| draft.instance_type.clone()))
                on_input=move |text| form.draft.update(|draft| draft.instance_type = text) />
        </div>
        <TextField label="Fallback instance types" path="fallback_instance_types" errors=form.errors code=true
            help="Tried in this order, separated by commas, when no zone has capacity for the first."
            value=derive(move || form.draft.with(|draft| draft.fallback_instance_types.clone()))
            on_input=move |text| form.draft.update(|draft| draft.fallback_instance_types = text) />
        <HealthChecks health=recipe.health />
        <TextField label="Wait for approval, in hours" path=APPROVAL errors=form.errors
            help="Before the address moves, a person looks at the new host: it waits that long, 1 to 96. Left \
                  empty, a relaunch goes on by itself."
            value=derive(move || form.draft.with(|draft| draft.approval_hours.clone()))
            on_input=move |text| form.draft.update(|draft| draft.approval_hours = text) />
    }
}

/// What a new host is asked, and must or should answer.
#[component]
fn HealthChecks(health: Vec<HealthCheck>) -> impl IntoView {
    (!health.is_empty()).then(|| {
        view! {
            <section class="health" aria-labelledby="health">
                <h2 id="health">"What a new host is asked"</h2>
                <ul>
                    {health.into_iter().map(|HealthCheck { path, status, text, required }| view! {
                        <li>
                            <code>{path}</code>
                            <span>
                                {format!("answers with {status}")}
                                {text.map(|text| view! { " and " <code>{text}</code> })}
                            </span>
                            <span class="pill">{if required { "required" } else { "wanted" }}</span>
                        </li>
                    }).collect_view()}
                </ul>
            </section>
        }
    })
}

#[cfg(test)]
mod tests {
    use rollcall_api::audit::Actor;

    use super::*;

    fn recipe(name: RecipeName) -> Recipe {
        Recipe {
            name: Word::Known(name),
            title: String::new(),
            description: String::new(),
            variables: vec![],
            default_image: String::new(),
            default_instance_type: String::new(),
            health: vec![],
            end_of_life: None,
        }
    }

    fn revision(number: u32, recipe: RecipeName) -> Revision {
        Revision {
            number,
            recipe: Word::Known(recipe),
            variables: Default::default(),
            image: String::new(),
            instance_type: format!("type-{number}"),
            fallback_instance_types: vec![],
            user_data: String::new(),
            user_data_sha256: String::new(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            created_by: Word::Known(Actor::DirectInvocation),
            approval_hours: None,
            note: None,
        }
    }

    fn page(items: Vec<Revision>, next_cursor: Option<&str>) -> Listing<Revision> {
        Listing { items, next_cursor: next_cursor.map(str::to_owned), unreadable: Vec::new() }
    }

    #[test]
    fn the_newest_of_a_recipe_is_looked_for_beyond_the_first_page() {
        let (often, once) = (recipe(RecipeName::Al2023Flask), recipe(RecipeName::Al2Flask));
        let mut start = FormStart {
            recipes: vec![once.clone(), often.clone()],
            like: None,
            earlier: page(vec![revision(30, RecipeName::Al2023Flask)], Some("after 30")),
        };
        assert_eq!(start.recipe(), Some(&often));
        assert_eq!(start.older(&often.name), None);
        assert_eq!(start.older(&once.name).as_deref(), Some("after 30"));
        start.earlier.append(page(vec![revision(2, RecipeName::Al2Flask)], Some("after 2")));
        assert_eq!(start.older(&once.name), None);
        assert_eq!(start.draft(&once).instance_type, "type-2");
    }

    #[test]
    fn a_recipe_that_was_never_used_is_looked_for_to_the_end_and_no_further() {
        let never = recipe(RecipeName::Al2Flask);
        let start = FormStart {
            recipes: vec![never.clone()],
            like: None,
            earlier: page(vec![revision(1, RecipeName::Al2023Flask)], None),
        };
        assert_eq!(start.recipe(), Some(&never));
        assert_eq!(start.older(&never.name), None);
    }

    #[test]
    fn a_revision_to_start_from_is_enough() {
        let like = Some(revision(1, RecipeName::Al2Flask));
        let start = FormStart { recipes: vec![], like, earlier: page(vec![], Some("after 9")) };
        assert_eq!(start.older(&Word::Known(RecipeName::Al2Flask)), None);
    }
}
