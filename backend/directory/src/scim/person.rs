//! A person as a resource.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rollcall_api::{
    employee_address::to_segment,
    field::{EMAIL, FIELDS, MANAGER},
};
use rollcall_scim::{
    Refusal, Resource, mapping,
    user::{ACTIVE, EXTERNAL_ID, ID, META, SCHEMAS, SCHEMAS_OF_USERS, USER_NAME},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    provided::{said, told},
    record::{self, Record},
};

/// How much of a hash makes a version, in bytes: nobody means two by one.
const VERSION: usize = 12;

/// Someone whom a provider sees.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Person {
    pub(super) record: Record,
    /// Whether they are in the directory; who is not is kept and can come back.
    pub(super) active: bool,
}

/// By what a provider knows someone. Whom no provider has named yet has their e-mail address for it, so that one that comes
/// to a directory that is there finds its people in it; and who has none, their id.
pub(super) fn user_name(record: &Record) -> &str {
    let named = [record::USER_NAME, EMAIL].into_iter().map(|name| record.text(name));
    named.filter(|text| !text.is_empty()).chain([record.id.as_str()]).next().unwrap_or_default()
}

impl Person {
    /// All that a provider may write of them: what it said, and what the fields hold where that is something else.
    ///
    /// # Errors
    /// None is known.
    pub(super) fn content(&self, base: &str) -> Result<Resource, Refusal> {
        let record = &self.record;
        let mut resource = told(record);
        resource.remove(META);
        resource.insert(USER_NAME.to_owned(), user_name(record).into());
        mapping::show(&mut resource, &record.values(FIELDS))?;
        let manager = to_segment(record.text(MANAGER));
        if !record.text(MANAGER).is_empty() {
            let location = location(base, &manager);
            mapping::set_manager(&mut resource, Some((&manager, Some(&location))));
        }
        match record.text(record::EXTERNAL_ID) {
            "" => drop(resource.remove(EXTERNAL_ID)),
            id => drop(resource.insert(EXTERNAL_ID.to_owned(), id.into())),
        }
        // Whoever took it away is not told it again until it is set, whether someone is there or not: what is removed is unassigned
        // (RFC 7644, section 3.5.2.2).
        if resource.get(ACTIVE) == Some(&Value::Null) {
            resource.remove(ACTIVE);
        } else {
            resource.insert(ACTIVE.to_owned(), self.active.into());
        }
        Ok(resource)
    }

    /// The resource that is answered.
    ///
    /// # Errors
    /// As [`Person::content`].
    pub(super) fn resource(&self, base: &str) -> Result<Resource, Refusal> {
        let mut resource = self.content(base)?;
        let id = to_segment(self.record.id.as_str());
        let mut meta = json!({
            "resourceType": "User",
            "location": location(base, &id),
            "version": version(&resource, self.active),
        });
        let created = said(&self.record).get(META).and_then(|meta| meta.get("created")).cloned();
        if let (Some(created), Some(meta)) = (created, meta.as_object_mut()) {
            meta.insert("created".to_owned(), created);
        }
        let schemas = SCHEMAS_OF_USERS.iter().enumerate();
        let schemas = schemas.filter(|(number, schema)| *number == 0 || resource.contains_key(schema.id));
        let schemas: Vec<&str> = schemas.map(|(_, schema)| schema.id).collect();
        resource.insert(SCHEMAS.to_owned(), json!(schemas));
        resource.insert(ID.to_owned(), id.into());
        resource.insert(META.to_owned(), meta);
        Ok(resource)
    }

    /// Which version of them this is, as an entity tag.
    ///
    /// # Errors
    /// As [`Person::content`].
    pub(super) fn version(&self, base: &str) -> Result<String, Refusal> {
        Ok(version(&self.content(base)?, self.active))
    }
}

/// Where a resource is.
pub(super) fn location(base: &str, id: &str) -> String {
    format!("{base}/Users/{id}")
}

/// By what is told of someone, whoever wrote it: of two versions that are the same nobody can tell one from the other.
fn version(content: &Resource, active: bool) -> String {
    let told = format!("{active}{}", Value::Object(content.clone()));
    let hash = Sha256::digest(told);
    let hash = BASE64_URL_SAFE_NO_PAD.encode(hash.get(..VERSION).unwrap_or_default());
    format!("W/\"{hash}\"")
}
