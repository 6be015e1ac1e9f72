//! Making someone: `POST /scim/v2/Users` ([RFC 7644, section 3.3](https://www.rfc-editor.org/rfc/rfc7644#section-3.3)).

use aws_sdk_dynamodb::types::TransactWriteItem;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction, employee::EmployeeInput, employee_details::EmployeeDetails, former::How,
};
use rollcall_error::Error;
use rollcall_scim::{
    Mistake, Refusal, Resource, described, mapping,
    user::{ACTIVE, META, USER_NAME},
};
use rollcall_web::{access::Guarded, query::Pairs};
use serde_json::{Value, json};

use super::{
    answer::ScimError,
    changing::{Asked, Changing, with},
    find::Key,
    person::Person,
    query::projection,
    request::{Body, Caller},
    view::shown,
};
use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    outlive::outlive_request,
    overtaken::{MAX_ATTEMPTS, overtaken},
    people::{
        store::{Row, Written},
        trail::{Leaving, Trail},
    },
    record::{Record, new_item},
    unique::Taken,
};

pub(super) async fn create(
    Caller(provider): Caller,
    State(directory): State<Guarded<Directory>>,
    Pairs(pairs): Pairs,
    Body(body): Body,
) -> Result<Response, ScimError> {
    let projection = projection(&pairs)?;
    let wanted = described(&body)?;
    let (deed, base) = (directory.deed(provider.caller())?, provider.base);
    let changing = Changing { directory: (*directory).clone(), base: base.clone(), deed };
    let person = outlive_request(async move { changing.create(&wanted).await }).await?;
    let mut response = shown(&person, &base, &projection)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

impl Changing {
    /// Makes someone. Who is inactive from the beginning is kept as if they had left: a provider may send people whose time is
    /// yet to come.
    ///
    /// # Errors
    /// 409 where the provider's name or id, or the e-mail address, is someone else's; what can't be; and when AWS does not
    /// answer.
    async fn create(&self, wanted: &Resource) -> Result<Person, ScimError> {
        let name = wanted.get(USER_NAME).and_then(Value::as_str).unwrap_or_default();
        if let Some(there) = self.directory.person_by(&Key::UserName(name.to_owned())).await? {
            let is = if there.active { "is in the directory" } else { "was made inactive" };
            let detail = format!("Someone whose userName is {name:?} {is}, with the id {}.", there.record.id);
            return Err(Refusal::new(Mistake::Uniqueness, detail).into());
        }
        let id = EmployeeId::random();
        let values = mapping::values(wanted);
        let input = EmployeeInput { values, ..EmployeeInput::default() };
        let details = EmployeeDetails::parse(&input).map_err(Error::invalid)?;
        let record = Record::from_item(new_item(&id, &details));
        let record = record.ok_or_else(|| Error::broken("a new row has no id"))?;
        let person = Person { record, active: true };
        // Who is not said to be inactive is active, and told as that.
        let mut wanted = wanted.clone();
        wanted.entry(ACTIVE).or_insert_with(|| true.into());
        let wanted = &wanted;
        let mut own = wanted.clone();
        own.insert(META.to_owned(), json!({"created": Timestamp::now().to_string()}));
        // Nobody has a manager before they are there.
        let mut before = wanted.clone();
        mapping::set_manager(&mut before, None);
        let asked = self.compared(&person, &before, wanted, own).await?;
        let Asked { writes, beside, active, .. } = asked;
        let record = with(&person.record, writes);
        if active {
            self.directory.add_record(&self.deed, &record, &beside).await?;
        } else {
            self.keep_inactive(&record, beside).await?;
        }
        Ok(Person { record, active })
    }

    async fn keep_inactive(&self, record: &Record, beside: Vec<TransactWriteItem>) -> Result<(), Error> {
        let leaving = Leaving { how: How::Provider, at: Timestamp::now(), by: self.deed.by() };
        for _ in 0..MAX_ATTEMPTS {
            let mut beside = beside.clone();
            beside.extend(self.deed.arrival(AuditAction::AddEmployee, record)?);
            beside.extend(self.directory.claims_of(record, |_| None).await?.map_err(Taken::refused)?);
            let nobody = Trail::default();
            let trail = (&nobody, nobody.clone().never_there(record.clone(), leaving.clone()));
            if self.directory.people()?.write(&record.id, trail, Row::Keep, beside).await? == Written::Done {
                return Ok(());
            }
        }
        Err(overtaken())
    }
}
