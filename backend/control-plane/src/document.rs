//! The API's document, as it was made of the routes when they were tested.

/// All that the function answers, in OpenAPI 3.1.
pub(crate) const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs, path::Path};

    use aws_config::{BehaviorVersion, SdkConfig};
    use rollcall_api::session::Reading;
    use rollcall_aws::records::Records;
    use rollcall_directory::{Directory, DirectorySettings};
    use rollcall_operations::{Operations, OperationsSettings};
    use rollcall_web::access::{Access, AccessSettings, OPERATOR_SIGN_IN, Rules};
    use serde_json::Value;

    use super::*;
    use crate::function::routes;

    fn setting(name: &'static str) -> Option<String> {
        let text = match name {
            "HOST_LAUNCH_TEMPLATE_ID" => "lt-0123456789abcdef0",
            "HOST_SUBNET_IDS" => "subnet-0123456789abcdef0",
            "HOST_ADDRESS_ALLOCATION_ID" => "eipalloc-0123456789abcdef0",
            "RELAUNCH_TIMEOUTS" => "",
            "MAX_RELAUNCHES_PER_HOUR" => "12",
            "INSTANCE_TYPES" => "t3.micro",
            "FUNCTION_ARN" => "arn:aws:lambda:us-east-1:123456789012:function:rollcall",
            _ => "rollcall",
        };
        Some(text.to_owned())
    }

    /// What the function's routes say of themselves. Nothing of AWS's is called for it.
    fn told() -> Value {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12()).build();
        let settings = OperationsSettings::from_lookup(setting).expect("settings");
        let operations = Operations::new(&config, settings).expect("operations");
        let settings = DirectorySettings {
            employees_table: "Employees".to_owned(),
            photos_bucket: "photos".to_owned(),
            people_table: None,
            audit_table: None,
            search: None,
        };
        let directory = Directory::from_settings(&config, settings);
        let settings = AccessSettings {
            reading: Reading::Open,
            operator_sign_in: OPERATOR_SIGN_IN,
            limits: Rules::usual(),
            oidc: None,
        };
        let access = Access::new(settings, None);
        let records = Records::new(&config, "operations".to_owned());
        serde_json::to_value(routes(&directory, &operations, &access, records).document()).expect("JSON")
    }

    #[test]
    fn the_document_is_what_the_routes_say_of_themselves() {
        let told = format!("{}\n", serde_json::to_string_pretty(&told()).expect("JSON"));
        if env::var_os("UPDATE_DOCS").is_some() {
            let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
            fs::write(place, told).expect("written");
        } else {
            assert!(told == DOCUMENT, "run this test with UPDATE_DOCS=1 and look at the difference");
        }
    }

    /// Every reference in it.
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(entries) => {
                found.extend(entries.get("$ref").and_then(Value::as_str));
                entries.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn whatever_the_document_refers_to_is_there() {
        let told = told();
        let mut found = BTreeSet::new();
        references(&told, &mut found);
        assert!(found.len() > 50, "{found:?}");
        for reference in found {
            let place = reference.trim_start_matches('#');
            assert!(told.pointer(place).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_operation_says_what_it_does_and_has_a_name_of_its_own() {
        let told = told();
        let mut names = BTreeSet::new();
        for (path, methods) in told["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                assert_ne!(operation["summary"], "", "{method} {path}");
                let answers = operation["responses"].as_object().expect("responses");
                let is_answer = |status: &String| status.starts_with(['2', '3']);
                assert!(answers.keys().any(is_answer), "{method} {path} answers nothing");
                let name = operation["operationId"].as_str().expect("a name");
                assert!(names.insert(name.to_owned()), "{name} is the name of two");
            }
        }
    }
}
