//! The only place that calls DynamoDB.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client, operation::update_item::builders::UpdateItemFluentBuilder, types::ReturnValue,
};
use rollcall_api::employee::EmployeeDetails;
use rollcall_web::problem::ApiError;

use crate::{
    cursor::Cursor,
    employee_id::EmployeeId,
    photo::key::PhotoKey,
    record::{
        BADGES, FULL_NAME, ID, Item, JOB_TITLE, LOCATION, OBJECT_KEY, Record, StoredPhoto, badges_attribute,
        new_item, string,
    },
    storage_error::storage_error,
};

/// The table of employees.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

/// One page of the table.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    pub(crate) next: Option<Cursor>,
}

/// What became of a change of the photo that held on to the photo seen before.
#[derive(Debug)]
pub(crate) enum PhotoChange {
    /// Done; the employee as it is now.
    Done(Record),
    /// The photo, or the whole employee, is another than the one seen before; nothing changed.
    Overtaken,
}

impl Table {
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: Client::new(config), name }
    }

    /// Reads a key nobody has.
    pub(crate) async fn touch(&self) {
        let read = self.client.get_item().table_name(&self.name).key(ID, string("-")).send().await;
        if let Err(error) = read {
            tracing::warn!(
                error = rollcall_error::source_chain(&error),
                "the table of employees cannot be read yet"
            );
        }
    }

    /// Up to `limit` employees after `cursor`, as they are now: who just added someone looks for them here.
    pub(crate) async fn page(&self, limit: i32, cursor: Option<Cursor>) -> Result<Page, ApiError> {
        let start = cursor.map(|Cursor(id)| key(&id));
        let page = self
            .client
            .scan()
            .table_name(&self.name)
            .consistent_read(true)
            .limit(limit)
            .set_exclusive_start_key(start)
            .projection_expression("#id, #full_name, #location, #job_title, #badges, #object_key")
            .set_expression_attribute_names(Some(names(&[
                ID, FULL_NAME, LOCATION, JOB_TITLE, BADGES, OBJECT_KEY,
            ])))
            .send()
            .await
            .map_err(storage_error)?;
        let last = page.last_evaluated_key().and_then(|item| item.get(ID)?.as_s().ok());
        Ok(Page {
            records: page.items().iter().filter_map(Record::from_item).collect(),
            next: last.and_then(|id| EmployeeId::try_from(id.clone()).ok()).map(Cursor),
        })
    }

    pub(crate) async fn get(&self, id: &EmployeeId) -> Result<Option<Record>, ApiError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(storage_error)?;
        Ok(found.item().and_then(Record::from_item))
    }

    /// Adds an employee under a new id. Without a condition, so that a repeated attempt does no harm.
    pub(crate) async fn add(&self, id: &EmployeeId, details: &EmployeeDetails) -> Result<Item, ApiError> {
        let item = new_item(id, details);
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.clone()))
            .send()
            .await
            .map_err(storage_error)?;
        Ok(item)
    }

    /// Replaces the details and keeps every other attribute; none when there is no such employee.
    pub(crate) async fn change(
        &self,
        id: &EmployeeId,
        details: &EmployeeDetails,
    ) -> Result<Option<Record>, ApiError> {
        let set = "SET #full_name = :full_name, #location = :location, #job_title = :job_title";
        let badges = badges_attribute(details);
        let expression = match badges {
            Some(_) => format!("{set}, #badges = :badges"),
            None => format!("{set} REMOVE #badges"),
        };
        let request = self
            .update(id)
            .update_expression(expression)
            .condition_expression("attribute_exists(#id)")
            .set_expression_attribute_names(Some(names(&[ID, FULL_NAME, LOCATION, JOB_TITLE, BADGES])))
            .expression_attribute_values(":full_name", string(details.full_name()))
            .expression_attribute_values(":location", string(details.location()))
            .expression_attribute_values(":job_title", string(details.job_title()));
        let request = match badges {
            Some(badges) => request.expression_attribute_values(":badges", badges),
            None => request,
        };
        updated(request).await
    }

    /// Removes an employee and tells which it was; none when it was gone already.
    pub(crate) async fn remove(&self, id: &EmployeeId) -> Result<Option<Record>, ApiError> {
        let removed = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(storage_error)?;
        Ok(removed.attributes().and_then(Record::from_item))
    }

    /// Names `new` as the photo, provided that the photo is still the one `seen`.
    pub(crate) async fn set_photo(
        &self,
        id: &EmployeeId,
        seen: Option<&StoredPhoto>,
        new: &PhotoKey,
    ) -> Result<PhotoChange, ApiError> {
        let request = self
            .update(id)
            .update_expression("SET #object_key = :new")
            .set_expression_attribute_names(Some(names(&[ID, OBJECT_KEY])))
            .expression_attribute_values(":new", string(&new.object_key()));
        let request = match seen {
            Some(seen) => request
                .condition_expression("attribute_exists(#id) AND #object_key = :seen")
                .expression_attribute_values(":seen", string(&seen.attribute)),
            None => {
                request.condition_expression("attribute_exists(#id) AND attribute_not_exists(#object_key)")
            }
        };
        photo_change(request).await
    }

    /// Names no photo any more, provided that the photo is still the one `seen`.
    pub(crate) async fn remove_photo(
        &self,
        id: &EmployeeId,
        seen: &StoredPhoto,
    ) -> Result<PhotoChange, ApiError> {
        let request = self
            .update(id)
            .update_expression("REMOVE #object_key")
            .condition_expression("attribute_exists(#id) AND #object_key = :seen")
            .set_expression_attribute_names(Some(names(&[ID, OBJECT_KEY])))
            .expression_attribute_values(":seen", string(&seen.attribute));
        photo_change(request).await
    }

    fn update(&self, id: &EmployeeId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .return_values(ReturnValue::AllNew)
    }
}

/// Performs a conditional update; none when its condition does not hold.
async fn updated(request: UpdateItemFluentBuilder) -> Result<Option<Record>, ApiError> {
    match request.send().await {
        Ok(output) => Ok(output.attributes().and_then(Record::from_item)),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(storage_error(error)),
    }
}

async fn photo_change(request: UpdateItemFluentBuilder) -> Result<PhotoChange, ApiError> {
    Ok(updated(request).await?.map_or(PhotoChange::Overtaken, PhotoChange::Done))
}

fn key(id: &EmployeeId) -> Item {
    HashMap::from([(ID.to_owned(), string(id.as_str()))])
}

/// Each attribute under its own name with `#`: some, such as `location`, are DynamoDB's reserved words.
fn names(attributes: &[&str]) -> HashMap<String, String> {
    attributes.iter().map(|&name| (format!("#{name}"), name.to_owned())).collect()
}
