//! Every address the front end uses: its own pages and the API's routes.
//!
//! Nothing else in the front end puts an address together, so what is encoded is encoded once.

use form_urlencoded::Serializer;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rollcall_api::employee_address;

/// What may stand in a path segment as it is: RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The address with these parameters behind it; parameters without a value are left out.
pub(crate) fn with_query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    match (query.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (false, false) => format!("{path}?{query}"),
        (false, true) => format!("{path}&{query}"),
    }
}

/// Parameters that all have a value.
fn some<'a>(parameters: &[(&'a str, &'a str)]) -> Vec<(&'a str, Option<&'a str>)> {
    parameters.iter().map(|&(name, value)| (name, Some(value))).collect()
}

/// A part of the site that is downloaded by itself. What leads from one to another is a page load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// People, and whatever has no other part.
    Directory,
    /// The form about an employee, who reports to whom, people in files, people who left, and sessions: what few use, or
    /// seldom.
    Records,
    Operations,
}

impl Part {
    /// The part that an address of this site belongs to. Whoever serves the site goes by the same rule: `SiteRoutes` in
    /// `infra/service.yaml`, and `backend/host/src/site.rs`.
    pub(crate) fn of(address: &str) -> Self {
        let is_inside = |prefix: &&str| match address.strip_prefix(*prefix) {
            Some(rest) => rest.is_empty() || rest.starts_with(['/', '?', '#']),
            None => false,
        };
        if is_inside(&page::OPERATIONS) {
            Self::Operations
        } else if [page::CHART, page::IMPORT, page::DUPLICATES, page::FORMER, page::SEVERAL, page::SESSIONS]
            .iter()
            .any(is_inside)
            || is_form(address)
        {
            Self::Records
        } else {
            Self::Directory
        }
    }
}

/// Whether an address is one of the form about an employee.
fn is_form(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let inside = path.strip_prefix("/employees/").map(|inside| inside.strip_suffix('/').unwrap_or(inside));
    inside.is_some_and(|inside| {
        let changed = inside.strip_suffix("/edit");
        inside == "new" || changed.is_some_and(|id| !id.is_empty() && !id.contains('/'))
    })
}

/// A page of the directory, with what its address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DirectoryPage {
    /// Everyone.
    List,
    /// One employee, by id.
    Employee(String),
    /// What came of signing in.
    SignedIn,
}

/// A page about records, with what its address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecordsPage {
    NewEmployee,
    /// The form for an employee, by id.
    EditEmployee(String),
    /// Who reports to whom.
    Chart,
    /// Taking people in from a file.
    Import,
    /// Who may be there twice.
    Duplicates,
    /// Who left.
    Former,
    /// Those who are selected, for something that is done with all of them.
    Several,
    /// Who is signed in where.
    Sessions,
}

/// A page of the operations panel, with what its address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OperationsPage {
    Host,
    Revisions,
    NewRevision,
    /// One revision, by number.
    Revision(u32),
    Relaunches,
    /// One relaunch, by id.
    Relaunch(String),
    /// What launching a revision would do.
    Plan,
    Schedules,
    NewSchedule,
    /// The form for a schedule, by name.
    EditSchedule(String),
    Audit,
    /// The account held against what is declared.
    Conformance,
    /// How the search index is.
    Search,
    /// The tokens of identity providers.
    Provisioning,
}

impl DirectoryPage {
    /// The page at a path of this site; none where the directory has nothing.
    pub(crate) fn at(path: &str) -> Option<Self> {
        match segments(path).as_slice() {
            [] => Some(Self::List),
            ["employees", employee] if *employee != "new" => Some(Self::Employee(employee_id(employee)?)),
            ["signed-in"] => Some(Self::SignedIn),
            _ => None,
        }
    }
}

impl RecordsPage {
    /// The page at a path of this site; none where this part has nothing.
    pub(crate) fn at(path: &str) -> Option<Self> {
        match segments(path).as_slice() {
            ["employees", "new"] => Some(Self::NewEmployee),
            ["employees", employee, "edit"] => Some(Self::EditEmployee(employee_id(employee)?)),
            ["chart"] => Some(Self::Chart),
            ["import"] => Some(Self::Import),
            ["duplicates"] => Some(Self::Duplicates),
            ["former"] => Some(Self::Former),
            ["several"] => Some(Self::Several),
            ["sessions"] => Some(Self::Sessions),
            _ => None,
        }
    }
}

impl OperationsPage {
    /// The page at a path of this site; none where the panel has nothing.
    pub(crate) fn at(path: &str) -> Option<Self> {
        let segments = segments(path);
        let ["operations", inside @ ..] = segments.as_slice() else { return None };
        match inside {
            [] => Some(Self::Host),
            ["revisions"] => Some(Self::Revisions),
            ["revisions", "new"] => Some(Self::NewRevision),
            ["revisions", number] => number.parse().ok().map(Self::Revision),
            ["relaunches"] => Some(Self::Relaunches),
            ["relaunches", id] => Some(Self::Relaunch(decoded(id)?)),
            ["plan"] => Some(Self::Plan),
            ["schedules"] => Some(Self::Schedules),
            ["schedules", "new"] => Some(Self::NewSchedule),
            ["schedules", name, "edit"] => Some(Self::EditSchedule(decoded(name)?)),
            ["audit"] => Some(Self::Audit),
            ["conformance"] => Some(Self::Conformance),
            ["search"] => Some(Self::Search),
            ["provisioning"] => Some(Self::Provisioning),
            _ => None,
        }
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn employee_id(segment: &str) -> Option<String> {
    employee_address::from_segment(&decoded(segment)?)
}

fn decoded(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(Into::into)
}

/// The addresses of those pages.
pub(crate) mod page {
    use rollcall_api::{duplicate::Same, employee_address::to_segment};

    use super::{segment, some, with_query};

    pub(crate) const DIRECTORY: &str = "/";
    pub(crate) const NEW_EMPLOYEE: &str = "/employees/new";
    /// Who reports to whom.
    pub(crate) const CHART: &str = "/chart";
    /// People from a file.
    pub(crate) const IMPORT: &str = "/import";
    /// Who may be there twice.
    pub(crate) const DUPLICATES: &str = "/duplicates";
    /// Who left.
    pub(crate) const FORMER: &str = "/former";
    /// Those who are selected.
    pub(super) const SEVERAL: &str = "/several";
    /// The operations panel: the host.
    pub(crate) const OPERATIONS: &str = "/operations";
    pub(crate) const REVISIONS: &str = "/operations/revisions";
    pub(crate) const NEW_REVISION: &str = "/operations/revisions/new";
    pub(crate) const RELAUNCHES: &str = "/operations/relaunches";
    /// What launching the newest revision would do.
    const PLAN: &str = "/operations/plan";
    pub(crate) const SCHEDULES: &str = "/operations/schedules";
    pub(crate) const NEW_SCHEDULE: &str = "/operations/schedules/new";
    pub(crate) const AUDIT: &str = "/operations/audit";
    /// The account held against what is declared.
    pub(crate) const CONFORMANCE: &str = "/operations/conformance";
    /// How the search index is.
    pub(crate) const SEARCH: &str = "/operations/search";
    /// The tokens of identity providers.
    pub(crate) const PROVISIONING: &str = "/operations/provisioning";
    /// What came of signing in.
    pub(crate) const SIGNED_IN: &str = "/signed-in";
    /// One's sessions, and for operators everyone's.
    pub(crate) const SESSIONS: &str = "/sessions";
    /// Where the server sends on to the page to sign in at.
    const SIGN_IN: &str = "/auth/sign-in";

    /// Signing in, to come back to this address.
    pub(crate) fn sign_in(return_to: &str) -> String {
        with_query(SIGN_IN, &[("return_to", Some(return_to))])
    }

    /// Signing in once more, though one is signed in, to come back to this address.
    pub(crate) fn sign_in_again(return_to: &str) -> String {
        with_query(SIGN_IN, &[("return_to", Some(return_to)), ("again", Some("true"))])
    }

    /// Everyone's sessions.
    pub(crate) fn sessions_of_everyone() -> String {
        with_query(SESSIONS, &[("everyone", Some("true"))])
    }

    /// The directory, showing who is looked for with these parameters.
    pub(crate) fn directory(parameters: &[(&str, &str)]) -> String {
        with_query(DIRECTORY, &some(parameters))
    }

    /// Those who share this.
    pub(crate) fn duplicates(same: Same) -> String {
        with_query(DUPLICATES, &[("same", Some(same.into()))])
    }

    pub(crate) fn employee(id: &str) -> String {
        format!("/employees/{}", to_segment(id))
    }

    pub(crate) fn edit_employee(id: &str) -> String {
        format!("/employees/{}/edit", to_segment(id))
    }

    pub(crate) fn revision(number: u32) -> String {
        format!("{REVISIONS}/{number}")
    }

    /// Those who are selected, for this to be done with them: `change`, `export` or `delete`.
    pub(crate) fn several(what: &str) -> String {
        with_query(SEVERAL, &[("do", Some(what))])
    }

    /// The chart, opened at someone.
    pub(crate) fn chart_at(id: &str) -> String {
        with_query(CHART, &[("at", Some(id))])
    }

    /// The form for a new revision that starts with what revision `number` holds.
    pub(crate) fn new_revision_from(number: u32) -> String {
        with_query(NEW_REVISION, &[("from", Some(&number.to_string()))])
    }

    pub(crate) fn relaunch(id: &str) -> String {
        format!("{RELAUNCHES}/{}", segment(id))
    }

    /// One relaunch, showing the lines of its logs that hold `find`.
    pub(crate) fn relaunch_finding(id: &str, find: &str) -> String {
        with_query(&relaunch(id), &[("find", Some(find).filter(|text| !text.is_empty()))])
    }

    /// What launching this revision would do.
    pub(crate) fn plan(revision: u32) -> String {
        with_query(PLAN, &[("revision", Some(&revision.to_string()))])
    }

    pub(crate) fn edit_schedule(name: &str) -> String {
        format!("{SCHEDULES}/{}/edit", segment(name))
    }
}

/// The API's routes.
pub(crate) mod api {
    use rollcall_api::{duplicate::Same, employee_address::to_segment};

    use super::{segment, some, with_query};

    /// Who is signed in.
    pub(crate) const SESSION: &str = "/api/session";
    const SESSIONS: &str = "/api/sessions";
    pub(crate) const SIGN_OUT: &str = "/auth/sign-out";
    /// Which Rollcall answers.
    pub(crate) const INFO: &str = "/api/info";
    pub(crate) const EMPLOYEES: &str = "/api/employees";
    const FORMER: &str = "/api/former-employees";
    pub(crate) const HOST: &str = "/api/operations/host";
    pub(crate) const STRESS: &str = "/api/host/stress";
    pub(crate) const RECIPES: &str = "/api/operations/recipes";
    pub(crate) const REVISIONS: &str = "/api/operations/revisions";
    pub(crate) const RELAUNCHES: &str = "/api/operations/relaunches";
    pub(crate) const PLANS: &str = "/api/operations/plans";
    pub(crate) const SCHEDULES: &str = "/api/operations/schedules";
    const AUDIT: &str = "/api/operations/audit";
    /// The account held against what is declared.
    pub(crate) const CONFORMANCE: &str = "/api/operations/conformance";
    pub(crate) const SEARCH_INDEX: &str = "/api/search-index";

    /// One page of the sessions that count: one's own, or everyone's.
    pub(crate) fn sessions(everyone: bool, cursor: Option<&str>) -> String {
        with_query(SESSIONS, &[("everyone", everyone.then_some("true")), ("cursor", cursor)])
    }

    /// One session.
    pub(crate) fn session(id: &str) -> String {
        format!("{SESSIONS}/{}", segment(id))
    }

    /// One page of the employees who are looked for with these parameters.
    pub(crate) fn employees(parameters: &[(&str, &str)], limit: u32, cursor: Option<&str>) -> String {
        let path = with_query(EMPLOYEES, &some(parameters));
        // Counted once, on the first page.
        let facets = cursor.is_none().then_some("true");
        with_query(&path, &[("facets", facets), ("limit", Some(&limit.to_string())), ("cursor", cursor)])
    }

    /// The tokens of identity providers.
    pub(crate) const SCIM_TOKENS: &str = "/api/scim-tokens";

    /// One page of those tokens.
    pub(crate) fn scim_tokens(cursor: Option<&str>) -> String {
        with_query(SCIM_TOKENS, &[("cursor", cursor)])
    }

    /// One of them.
    pub(crate) fn scim_token(id: &str) -> String {
        format!("{SCIM_TOKENS}/{}", segment(id))
    }

    /// Who one is in the chart.
    pub(crate) const ME: &str = "/api/chart/me";

    /// Where people are asked for as a file.
    pub(crate) const EXPORT: &str = "/api/employees/export";

    /// The first page of a file of those who are looked for.
    pub(crate) fn export(parameters: &[(&str, &str)]) -> String {
        with_query(&format!("{EXPORT}?format=csv"), &some(parameters))
    }

    pub(crate) fn employee(id: &str) -> String {
        format!("{EMPLOYEES}/{}", to_segment(id))
    }

    /// An employee for an address book.
    pub(crate) fn vcard(id: &str) -> String {
        format!("{EMPLOYEES}/{}/vcard", to_segment(id))
    }

    /// Those above an employee.
    pub(crate) fn chain(id: &str) -> String {
        format!("{EMPLOYEES}/{}/chain", to_segment(id))
    }

    /// One page of those who report to an employee; without one, of those at the top.
    pub(crate) fn reports(of: Option<&str>, cursor: Option<&str>) -> String {
        let path = of.map_or_else(|| TOP.to_owned(), |id| format!("{EMPLOYEES}/{}/reports", to_segment(id)));
        with_query(&path, &[("limit", Some("100")), ("cursor", cursor)])
    }

    /// Those whose manager is not there.
    pub(crate) const LOST: &str = "/api/chart/lost?limit=200";
    const TOP: &str = "/api/chart/top";

    /// Where a piece of a file is taken in; without `writes`, only told what would come of it.
    pub(crate) fn import(writes: bool, columns: &str) -> String {
        let dry_run = (!writes).then_some("true");
        let columns = Some(columns).filter(|columns| !columns.is_empty());
        with_query(&format!("{EMPLOYEES}/import"), &[("dry_run", dry_run), ("columns", columns)])
    }

    /// One page of those who left.
    pub(crate) fn former(cursor: Option<&str>) -> String {
        with_query(FORMER, &[("cursor", cursor)])
    }

    /// One page of those who share something.
    pub(crate) fn duplicates(same: Same, cursor: Option<&str>) -> String {
        with_query("/api/duplicates", &[("same", Some(same.into())), ("cursor", cursor)])
    }

    /// Where people are told apart.
    pub(crate) const DIFFERENT: &str = "/api/duplicates/different";

    /// Into whom someone is merged.
    pub(crate) fn merge(id: &str) -> String {
        format!("{EMPLOYEES}/{}/merge", to_segment(id))
    }

    /// Someone who left, to be brought back.
    pub(crate) fn restore(id: &str) -> String {
        format!("{EMPLOYEES}/{}/restore", to_segment(id))
    }

    /// Someone who left, to be erased for good.
    pub(crate) fn erase(id: &str) -> String {
        format!("{FORMER}/{}/erase", to_segment(id))
    }

    pub(crate) fn photo(id: &str) -> String {
        format!("{EMPLOYEES}/{}/photo", to_segment(id))
    }

    /// The host, to be terminated for this reason, if one is given.
    pub(crate) fn terminate_host(reason: Option<&str>) -> String {
        with_query(HOST, &[("reason", reason)])
    }

    /// One page of revisions.
    pub(crate) fn revisions(cursor: Option<&str>) -> String {
        with_query(REVISIONS, &[("cursor", cursor)])
    }

    pub(crate) fn revision(number: u32) -> String {
        format!("{REVISIONS}/{number}")
    }

    /// One page of relaunches.
    pub(crate) fn relaunches(cursor: Option<&str>) -> String {
        with_query(RELAUNCHES, &[("cursor", cursor)])
    }

    pub(crate) fn relaunch(id: &str) -> String {
        format!("{RELAUNCHES}/{}", segment(id))
    }

    pub(crate) fn cancel_relaunch(id: &str) -> String {
        format!("{}/cancel", relaunch(id))
    }

    /// Where a relaunch is let go on that waits for a person to look at its new host.
    pub(crate) fn approve_relaunch(id: &str) -> String {
        format!("{}/approval", relaunch(id))
    }

    /// What is kept of the start of a relaunch's new host.
    pub(crate) fn boot_log(id: &str) -> String {
        format!("{}/boot-log", relaunch(id))
    }

    pub(crate) fn schedule(name: &str) -> String {
        format!("{SCHEDULES}/{}", segment(name))
    }

    /// Where a schedule is taken up again that a rollback holds.
    pub(crate) fn take_up_schedule(name: &str) -> String {
        format!("{}/take-up", schedule(name))
    }

    /// One page of the audit log: of those entries that the query of a page asks for.
    pub(crate) fn audit(query: &str, limit: u32, cursor: Option<&str>) -> String {
        with_query(&filtered(query), &[("limit", Some(&limit.to_string())), ("cursor", cursor)])
    }

    /// The newest of these entries as a file.
    pub(crate) fn audit_file(query: &str) -> String {
        with_query(&filtered(query), &[("format", Some("csv"))])
    }

    fn filtered(query: &str) -> String {
        let query = query.trim_start_matches('?');
        if query.is_empty() { AUDIT.to_owned() } else { format!("{AUDIT}?{query}") }
    }

    /// One page of what was done to an employee.
    pub(crate) fn history(id: &str, cursor: Option<&str>) -> String {
        with_query(&format!("{}/history", employee(id)), &[("cursor", cursor)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that a table may hold, since others write to it too.
    const IDS: [&str; 12] = [
        "",
        ".",
        "..",
        "../session?x=1#y",
        "a/b",
        "a\\b",
        "emp7?old",
        "jane.doe@example.com",
        "tab\t",
        "50%25",
        "new",
        "山田",
    ];

    #[test]
    fn whatever_an_employee_s_id_is_its_page_and_its_routes_are_one_segment_each() {
        for id in IDS {
            assert_eq!(
                DirectoryPage::at(&page::employee(id)),
                Some(DirectoryPage::Employee(id.to_owned())),
                "{id}"
            );
            let form = page::edit_employee(id);
            assert_eq!(RecordsPage::at(&form), Some(RecordsPage::EditEmployee(id.to_owned())), "{id}");
            assert_eq!((Part::of(&form), DirectoryPage::at(&form)), (Part::Records, None), "{id}");
            let route = api::employee(id);
            let segment = route.strip_prefix("/api/employees/").expect("the API's route");
            assert!(segment.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_~".contains(&it)), "{route}");
            assert_eq!(api::photo(id), format!("{route}/photo"));
        }
    }

    #[test]
    fn an_address_that_someone_typed_leads_to_the_employee_too() {
        for address in ["/employees/jane.doe@example.com", "/employees/jane.doe%40example.com"] {
            assert_eq!(
                DirectoryPage::at(address),
                Some(DirectoryPage::Employee("jane.doe@example.com".to_owned()))
            );
        }
        assert_eq!(DirectoryPage::at("/employees/a%2Fb"), Some(DirectoryPage::Employee("a/b".to_owned())));
    }

    #[test]
    fn a_uuid_is_written_as_it_is() {
        assert_eq!(page::employee("3f2c-9a"), "/employees/3f2c-9a");
    }

    #[test]
    fn every_address_leads_to_its_page_in_its_part_and_nowhere_in_the_other() {
        let id = "a/b c".to_owned();
        for (address, expected) in [
            (page::DIRECTORY.to_owned(), DirectoryPage::List),
            (page::employee(&id), DirectoryPage::Employee(id.clone())),
            (page::employee("new"), DirectoryPage::Employee("new".to_owned())),
            (page::SIGNED_IN.to_owned(), DirectoryPage::SignedIn),
        ] {
            assert_eq!(Part::of(&address), Part::Directory, "{address}");
            assert_eq!(DirectoryPage::at(&address), Some(expected), "{address}");
            assert_eq!(OperationsPage::at(&address), None, "{address}");
        }
        for (address, expected) in [
            (page::OPERATIONS.to_owned(), OperationsPage::Host),
            (page::REVISIONS.to_owned(), OperationsPage::Revisions),
            (page::NEW_REVISION.to_owned(), OperationsPage::NewRevision),
            (page::revision(7), OperationsPage::Revision(7)),
            (page::RELAUNCHES.to_owned(), OperationsPage::Relaunches),
            (page::relaunch(&id), OperationsPage::Relaunch(id.clone())),
            (page::SCHEDULES.to_owned(), OperationsPage::Schedules),
            (page::NEW_SCHEDULE.to_owned(), OperationsPage::NewSchedule),
            (page::edit_schedule(&id), OperationsPage::EditSchedule(id.clone())),
            (page::edit_schedule("new"), OperationsPage::EditSchedule("new".to_owned())),
            (page::AUDIT.to_owned(), OperationsPage::Audit),
            (page::CONFORMANCE.to_owned(), OperationsPage::Conformance),
            (page::SEARCH.to_owned(), OperationsPage::Search),
            (page::PROVISIONING.to_owned(), OperationsPage::Provisioning),
        ] {
            assert_eq!(Part::of(&address), Part::Operations, "{address}");
            assert_eq!(OperationsPage::at(&address), Some(expected), "{address}");
            assert_eq!(DirectoryPage::at(&address), None, "{address}");
        }
    }

    #[test]
    fn a_reason_is_sent_as_it_was_written() {
        assert_eq!(api::terminate_host(None), "/api/operations/host");
        assert_eq!(
            api::terminate_host(Some("50% & more\nÅ")),
            "/api/operations/host?reason=50%25+%26+more%0A%C3%85"
        );
    }

    #[test]
    fn other_addresses_lead_nowhere() {
        for path in [
            "/nowhere",
            "/employees",
            "/operations/revisions/seven",
            "/employees/1/edit/2",
            "/employees/%ff",
            "/employees/~!",
        ] {
            assert_eq!(DirectoryPage::at(path), None, "{path}");
            assert_eq!(OperationsPage::at(path), None, "{path}");
        }
        assert_eq!(OperationsPage::at("/operations/"), OperationsPage::at("/operations"));
    }

    #[test]
    fn what_few_use_is_a_part_of_its_own() {
        assert_eq!(RecordsPage::at(page::CHART), Some(RecordsPage::Chart));
        assert_eq!(RecordsPage::at("/import/"), Some(RecordsPage::Import));
        assert_eq!(RecordsPage::at(page::NEW_EMPLOYEE), Some(RecordsPage::NewEmployee));
        assert_eq!(RecordsPage::at("/charts"), None);
        for address in [
            "/chart",
            "/chart?of=7",
            "/import",
            "/former/",
            "/several?do=change",
            "/sessions?everyone=true",
            "/employees/new/",
            "/employees/7/edit?x=/",
        ] {
            assert_eq!(Part::of(address), Part::Records, "{address}");
            let path = address.split('?').next().unwrap_or_default();
            assert_eq!(DirectoryPage::at(path), None, "{address}");
        }
    }

    #[test]
    fn an_address_belongs_to_the_part_whose_name_it_begins_with() {
        for address in ["/operations/", "/operations?x=1", "/operations#x", "/operations/nowhere"] {
            assert_eq!(Part::of(address), Part::Operations, "{address}");
        }
        for address in [
            "/operations.html",
            "/operationsroom",
            "/employees/operations",
            "/?q=/operations",
            "/employees/edit",
            "/employees/7/edited",
            "/employees/a/b/edit",
        ] {
            assert_eq!(Part::of(address), Part::Directory, "{address}");
        }
    }

    #[test]
    fn a_plan_is_asked_for_by_revision() {
        let address = page::plan(7);
        assert_eq!(address, "/operations/plan?revision=7");
        let path = address.split('?').next().unwrap_or_default();
        assert_eq!(OperationsPage::at(path), Some(OperationsPage::Plan));
    }

    #[test]
    fn an_empty_filter_leaves_the_address_clean() {
        assert_eq!(page::directory(&[]), "/");
        assert_eq!(page::directory(&[("q", "new york & co")]), "/?q=new+york+%26+co");
    }

    #[test]
    fn parameters_join_a_query_that_is_already_there() {
        assert_eq!(with_query("/login?tenant=1", &[("state", Some("a b"))]), "/login?tenant=1&state=a+b");
    }

    #[test]
    fn the_first_page_has_no_cursor() {
        assert_eq!(api::employees(&[], 50, None), "/api/employees?facets=true&limit=50");
        let behind = api::employees(&[("q", "a b")], 50, Some("a=b"));
        assert_eq!(behind, "/api/employees?q=a+b&limit=50&cursor=a%3Db");
    }
}
