//! Pages that not everyone may see.

use leptos::prelude::*;

use super::{
    access::{Access, Permission},
    signed_in::SignedIn,
};
use crate::{
    erased::{live, memo},
    paths::page,
    ui::{
        button::{ActionButton, ActionLink},
        icon::Icon,
        page::PageHeader,
        query::Await,
        state::{Notice, SignInNotice},
    },
};

/// Lets in who may, and tells everyone else what is missing. Whoever was let in stays when the session ends, so that
/// nothing typed is lost: the API takes no more from them, and the page says so.
#[component]
pub(crate) fn Guard(
    permission: Permission,
    /// The title while nobody is let in.
    title: &'static str,
    /// What stands in while it isn't known who this is.
    #[prop(into)]
    loading: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let signed_in = SignedIn::current();
    let was_let_in = StoredValue::new(false);
    let access = memo(move || match signed_in.may(permission) {
        Access::SignedOut if was_let_in.get_value() && signed_in.is_interrupted() => Access::Granted,
        access => {
            was_let_in.set_value(access == Access::Granted);
            access
        }
    });
    let title = move || view! { <PageHeader title=title /> };
    live(move || match access.get() {
        Access::Granted => children().into_any(),
        Access::Unknown => view! {
            {title()}
            <Await query=signed_in.session() loading=loading.clone() children=|_| () />
        }
        .into_any(),
        Access::SignedOut => {
            let text = format!("You have to be signed in to {}.", permission.purpose());
            view! { {title()} <SignInNotice text /> }.into_any()
        }
        Access::Missing(group) => {
            let who = signed_in.user().map(|user| user.name).unwrap_or_default();
            let text = format!(
                "You are signed in as {who}. Only members of the group {group} may {}. \
                 Ask an administrator to add you to it.",
                permission.purpose()
            );
            view! {
                {title()}
                <Notice icon=Icon::Lock title="Not allowed" text>
                    <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink>
                    <ActionButton icon=Icon::SignOut on_press=move || signed_in.sign_out()>
                        "Sign out to switch accounts"
                    </ActionButton>
                </Notice>
            }
            .into_any()
        }
    })
}
