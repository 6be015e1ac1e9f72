//! What someone else changed while a form was being filled in, and both versions of what both have changed.

use leptos::prelude::*;
use rollcall_api::{
    badge::Badge,
    employee::Employee,
    field::{FIELDS, Field},
    values::Value,
};

use super::draft::Draft;
use crate::{
    erased::live,
    ui::{
        button::ActionButton,
        icon::{Icon, Picture},
    },
};

/// What someone else changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Meanwhile {
    /// What nobody had touched in the form, and the form now has as well.
    taken_over: Vec<&'static str>,
    /// What both have changed: the form keeps what was typed.
    both: Vec<Both>,
}

/// A field that both have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Both {
    field: &'static Field,
    /// What the other one wrote: of a list its entries, of all else one text, and nothing where they emptied it.
    theirs: Vec<String>,
}

impl Both {
    /// Theirs as people read it.
    fn shown(&self) -> String {
        if self.theirs.is_empty() { "(empty)".to_owned() } else { self.theirs.join(", ") }
    }

    /// Theirs as it is typed into the form: each entry of a list on a line of its own, whatever stands in it.
    fn typed(&self) -> String {
        self.theirs.join("\n")
    }
}

impl Meanwhile {
    /// Brings a form up to what is `now` there, where it began with what was there `before`: what was typed stays.
    pub(super) fn merged(draft: &mut Draft, before: &Employee, now: &Employee) -> Self {
        let mut meanwhile = Self::default();
        for field in FIELDS {
            let [before, now] = [before, now].map(|employee| employee.values.get(field.name).cloned());
            let typed = draft.values.get(field.name).cloned();
            if before == now || typed == now {
                continue;
            }
            let theirs = now.as_ref().map(|now| now.texts().to_vec()).unwrap_or_default();
            if typed == before {
                draft.values.set(field.name, now.unwrap_or(Value::Text(String::new())));
                meanwhile.taken_over.push(field.label);
            } else {
                meanwhile.both.push(Both { field, theirs });
            }
        }
        // A badge is worn or not, so that whoever touched it in the form has what is there now, or undoes it.
        let changed = |badge: &&Badge| before.badges.contains(badge) != now.badges.contains(badge);
        let untouched = |badge: &&Badge| draft.badges.contains(badge) == before.badges.contains(badge);
        let taken: Vec<Badge> = Badge::ALL.iter().filter(changed).filter(untouched).copied().collect();
        if !taken.is_empty() {
            meanwhile.taken_over.push("Badges");
        }
        taken.into_iter().for_each(|badge| draft.toggle(badge));
        draft.begins_with(now);
        meanwhile
    }
}

/// Shows what someone else changed, with a way to take theirs where both have changed something.
#[component]
pub(super) fn MeanwhileNote(meanwhile: RwSignal<Option<Meanwhile>>, draft: RwSignal<Draft>) -> impl IntoView {
    let both = move |both: Both| {
        let (field, shown, typed) = (both.field, both.shown(), both.typed());
        let take = move || {
            draft.update(|draft| draft.type_in(field, typed.clone()));
            meanwhile.update(|meanwhile| {
                meanwhile.iter_mut().for_each(|it| it.both.retain(|other| other.field.name != field.name));
            });
        };
        view! {
            <tr>
                <th scope="row">{field.label}</th>
                <td>
                    <p>{shown}</p>
                    <ActionButton on_press=take>"Take theirs"</ActionButton>
                </td>
                <td>{move || draft.with(|draft| draft.typed(field).replace('\n', ", "))}</td>
            </tr>
        }
    };
    live(move || {
        let Meanwhile { taken_over, both: rows } = meanwhile.get()?;
        Some(view! {
            <section class="meanwhile" aria-labelledby="meanwhile">
                <div class="banner banner-warning">
                    <Picture icon=Icon::Alert />
                    <p id="meanwhile" tabindex="-1">
                        "Someone else has changed this employee meanwhile. Nothing of yours is saved yet, and nothing is \
                         lost: look through it, then save."
                    </p>
                </div>
                {(!taken_over.is_empty()).then(|| view! {
                    <p>"The form now has what they changed where you had not: " {taken_over.join(", ")} "."</p>
                })}
                {(!rows.is_empty()).then(|| view! {
                    <p>"You have both changed these. What you typed is saved, unless you take theirs."</p>
                    <div class="table-frame" tabindex="0" role="region" aria-label="Changed by both">
                        <table class="table">
                            <thead>
                                <tr>
                                    <th scope="col">"Field"</th>
                                    <th scope="col">"Theirs"</th>
                                    <th scope="col">"Yours"</th>
                                </tr>
                            </thead>
                            <tbody>{rows.into_iter().map(both).collect_view()}</tbody>
                        </table>
                    </div>
                })}
            </section>
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn employee(texts: &[(&'static str, &str)], badges: &[Badge]) -> Employee {
        let mut employee = Employee { badges: badges.to_vec(), ..Employee::default() };
        texts.iter().for_each(|(name, text)| employee.values.set_text(name, *text));
        employee
    }

    fn type_in(draft: &mut Draft, name: &str, text: &str) {
        draft.type_in(Field::named(FIELDS, name).expect("a field"), text.to_owned());
    }

    #[test]
    fn what_was_typed_stays_and_what_was_not_touched_follows() {
        let before = employee(&[("full_name", "Ada"), ("job_title", "Analyst"), ("location", "London")], &[]);
        let now =
            employee(&[("full_name", "Ada"), ("job_title", "Engineer"), ("location", "Oslo")], &[Badge::Bug]);
        let mut draft = Draft::from(before.clone());
        type_in(&mut draft, "job_title", "Countess");
        draft.toggle(Badge::Coffee);

        let meanwhile = Meanwhile::merged(&mut draft, &before, &now);

        assert_eq!(meanwhile.taken_over, ["Location", "Badges"]);
        let both: Vec<_> = meanwhile.both.iter().map(|it| (it.field.name, it.shown())).collect();
        assert_eq!(both, [("job_title", "Engineer".to_owned())]);
        assert_eq!((draft.values.text("job_title"), draft.values.text("location")), ("Countess", "Oslo"));
        assert_eq!(draft.badges, [Badge::Coffee, Badge::Bug]);
    }

    #[test]
    fn an_entry_of_a_list_is_taken_whole_whatever_stands_in_it() {
        let theirs = ["King, Ada", "Augusta"].map(str::to_owned).to_vec();
        let before = employee(&[("full_name", "Ada")], &[]);
        let mut now = before.clone();
        now.values.set("other_names", Value::List(theirs.clone()));
        let mut draft = Draft::from(before.clone());
        type_in(&mut draft, "other_names", "Countess");
        let meanwhile = Meanwhile::merged(&mut draft, &before, &now);
        let [both] = meanwhile.both.as_slice() else { panic!("one field was changed by both") };
        assert_eq!(both.shown(), "King, Ada, Augusta");
        type_in(&mut draft, "other_names", &both.typed());
        assert_eq!(draft.values.get("other_names"), Some(&Value::List(theirs)));
    }

    #[test]
    fn what_both_changed_in_the_same_way_is_no_question() {
        let before = employee(&[("job_title", "Analyst"), ("phone", "+4712345678")], &[Badge::Bug]);
        let now = employee(&[("job_title", "Engineer")], &[]);
        let mut draft = Draft::from(before.clone());
        type_in(&mut draft, "job_title", "Engineer");
        draft.toggle(Badge::Bug);
        let meanwhile = Meanwhile::merged(&mut draft, &before, &now);
        assert_eq!(meanwhile, Meanwhile { taken_over: vec!["Phone"], both: Vec::new() });
        assert_eq!((draft.values.text("phone"), draft.badges.len()), ("", 0));
    }
}
