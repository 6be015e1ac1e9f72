//! Looks at the account: each part by itself, so that one that fails leaves the others.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::PointInTimeRecoveryStatus;
use rollcall_aws::{AwsError, Meaning, dynamodb, pages, records::Records, s3, waits::Counting};
use rollcall_error::source_chain;
use sha2::{Digest, Sha256};

use super::{
    account::{Account, Deployment, LaunchEnvironment, Observed},
    resources::{Bucket, EmployeesTable, ServingHost},
};
use crate::{
    ec2::{Ec2, Instance, Which},
    host::{recorded::RecordedHost, serving},
    ids::hex,
    revision::Revisions,
};

/// Which resources beside the host's own are held against the templates.
#[derive(Debug, Clone)]
pub struct ConformanceSettings {
    /// The prefix of the deployment's names.
    pub prefix: String,
    pub account: String,
    /// The bucket of the photos; none where the function is not told its name.
    pub photos_bucket: Option<String>,
    /// The table of the employees; none where the function is not told its name.
    pub employees_table: Option<String>,
}

/// Looks at the account. A clone shares its connections.
#[derive(Debug, Clone)]
pub(super) struct Observer {
    settings: ConformanceSettings,
    ec2: Ec2,
    revisions: Revisions,
    records: Records,
    s3: aws_sdk_s3::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    iam: aws_sdk_iam::Client,
}

impl Observer {
    pub(super) fn new(
        config: &SdkConfig,
        settings: ConformanceSettings,
        ec2: Ec2,
        revisions: Revisions,
        records: Records,
    ) -> Self {
        let iam = aws_sdk_iam::config::Builder::from(config);
        Self {
            settings,
            ec2,
            revisions,
            records,
            s3: s3::client(config),
            dynamodb: dynamodb::client(config),
            iam: aws_sdk_iam::Client::from_conf(iam.interceptor(Counting).build()),
        }
    }

    pub(super) fn deployment(&self) -> Deployment<'_> {
        Deployment {
            prefix: &self.settings.prefix,
            account: &self.settings.account,
            subnets: &self.ec2.resources().subnets,
        }
    }

    async fn bucket(&self, name: &str) -> Result<Bucket, AwsError> {
        let (blocks_public_access, encryption, policy) =
            tokio::try_join!(self.blocks_public_access(name), self.encryption(name), self.policy(name))?;
        Ok(Bucket { name: name.to_owned(), blocks_public_access, encryption, policy })
    }

    async fn blocks_public_access(&self, bucket: &str) -> Result<bool, AwsError> {
        let reply = self.s3.get_public_access_block().bucket(bucket).send().await;
        let reply = unless_missing(reply.map_err(|error| AwsError::read("GetPublicAccessBlock", error)))?;
        let block = reply.and_then(|reply| reply.public_access_block_configuration);
        Ok(block.is_some_and(|block| {
            [
                block.block_public_acls,
                block.block_public_policy,
                block.ignore_public_acls,
                block.restrict_public_buckets,
            ]
            .iter()
            .all(|blocked| *blocked == Some(true))
        }))
    }

    async fn encryption(&self, bucket: &str) -> Result<Option<String>, AwsError> {
        let reply = self.s3.get_bucket_encryption().bucket(bucket).send().await;
        let reply = unless_missing(reply.map_err(|error| AwsError::read("GetBucketEncryption", error)))?;
        let rules = reply.and_then(|reply| reply.server_side_encryption_configuration).map(|it| it.rules);
        let first = rules.unwrap_or_default().into_iter().next();
        let applied = first.and_then(|rule| rule.apply_server_side_encryption_by_default);
        Ok(applied.map(|applied| applied.sse_algorithm.as_str().to_owned()))
    }

    async fn policy(&self, bucket: &str) -> Result<Option<serde_json::Value>, AwsError> {
        let reply = self.s3.get_bucket_policy().bucket(bucket).send().await;
        let reply = unless_missing(reply.map_err(|error| AwsError::read("GetBucketPolicy", error)))?;
        let text = reply.and_then(|reply| reply.policy);
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| AwsError::incomplete("GetBucketPolicy", "holds a policy that is no JSON"))
    }

    async fn table(&self, name: &str) -> Result<EmployeesTable, AwsError> {
        let table = async {
            let reply = self.dynamodb.describe_table().table_name(name).send().await;
            reply.map_err(|error| AwsError::read("DescribeTable", error))
        };
        let backups = async {
            let reply = self.dynamodb.describe_continuous_backups().table_name(name).send().await;
            reply.map_err(|error| AwsError::read("DescribeContinuousBackups", error))
        };
        let (table, backups) = tokio::try_join!(table, backups)?;
        let table = table.table.ok_or_else(|| AwsError::incomplete("DescribeTable", "tells of no table"))?;
        let recovery = backups
            .continuous_backups_description
            .and_then(|backups| backups.point_in_time_recovery_description)
            .and_then(|recovery| recovery.point_in_time_recovery_status);
        let key = table.key_schema.unwrap_or_default();
        let indexes = table.global_secondary_indexes.unwrap_or_default().into_iter();
        let local = table.local_secondary_indexes.unwrap_or_default().into_iter();
        Ok(EmployeesTable {
            key: key
                .into_iter()
                .map(|it| format!("{} ({})", it.attribute_name, it.key_type.as_str()))
                .collect(),
            indexes: indexes
                .map(|index| index.index_name)
                .chain(local.map(|index| index.index_name))
                .map(|name| name.unwrap_or_else(|| "one without a name".to_owned()))
                .collect(),
            recoverable: recovery == Some(PointInTimeRecoveryStatus::Enabled),
        })
    }

    async fn mfa_devices(&self, user: &str) -> Result<usize, AwsError> {
        let items = self.iam.list_mfa_devices().user_name(user).into_paginator().items().send();
        Ok(pages::all("ListMFADevices", items).await?.len())
    }
}

/// S3 answers that a setting is not there with an error of its own kind.
fn unless_missing<T>(reply: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(error) if error.meaning == Meaning::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// None where it is known that there is no such thing: looking again would find no more.
fn unless_gone<T>(reply: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match reply {
        Err(error) if error.meaning == Meaning::Gone => Ok(None),
        reply => unless_missing(reply),
    }
}

/// Text in place of the error, for the fact that can't be told.
fn or_reason<T>(result: Result<T, AwsError>) -> Observed<T> {
    result.map_err(|error| {
        tracing::warn!(error = source_chain(&error), "a part of the account could not be looked at");
        error.to_string()
    })
}

impl Observer {
    pub(super) async fn account(&self) -> Account {
        let admin = self.deployment().ec2_admin();
        let hosts = async {
            let hosts = async {
                tokio::try_join!(self.ec2.instances(&Which::NotTerminated), self.ec2.address_holder())
            };
            let (hosts, recorded) = tokio::join!(hosts, RecordedHost::read(&self.records));
            let hosts = or_reason(hosts);
            let host = match (&hosts, recorded) {
                (Ok((instances, holder)), Ok(recorded)) => {
                    self.host(serving(instances, holder.as_ref(), recorded.as_ref())).await
                }
                (Err(why), _) => Err(why.clone()),
                (_, Err(error)) => Err(error.to_string()),
            };
            (hosts, host)
        };
        let (environment, (hosts, host), mfa_devices) =
            tokio::join!(self.environment(), hosts, self.mfa_devices(&admin));
        let hosts = hosts.map(|(instances, _)| instances);
        Account { environment, hosts, host, mfa_devices: or_reason(unless_gone(mfa_devices)) }
    }

    pub(super) async fn environment(&self) -> LaunchEnvironment {
        let bucket = async {
            match &self.settings.photos_bucket {
                Some(name) => or_reason(unless_gone(self.bucket(name).await)),
                None => Err("the function is not told the bucket's name".to_owned()),
            }
        };
        let table = async {
            match &self.settings.employees_table {
                Some(name) => or_reason(unless_gone(self.table(name).await)),
                None => Err("the function is not told the table's name".to_owned()),
            }
        };
        let subnets = &self.ec2.resources().subnets;
        let (network, template, address, bucket, table) =
            tokio::join!(self.ec2.network(subnets), self.ec2.template(), self.ec2.address(), bucket, table);
        LaunchEnvironment {
            network: or_reason(network),
            template: or_reason(template),
            address: or_reason(address).map(|address| address.is_some()),
            bucket,
            table,
        }
    }

    async fn host(&self, host: Option<&Instance>) -> Observed<Option<ServingHost>> {
        let Some(host) = host else { return Ok(None) };
        let user_data = or_reason(self.ec2.user_data(&host.id).await)?;
        let revision = match host.revision {
            Some(number) => self.revisions.get(number).await.map_err(|error| error.to_string())?,
            None => None,
        };
        Ok(Some(ServingHost {
            id: host.id.to_string(),
            subnet: host.subnet.clone(),
            profile: host.profile.clone(),
            tokens_required: host.tokens_required,
            groups: host.groups.clone(),
            user_data_sha256: hex(&Sha256::digest(&user_data)),
            revision_sha256: revision.map(|revision| revision.user_data_sha256),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(meaning: Meaning) -> Result<(), AwsError> {
        let mut error = AwsError::incomplete("DescribeTable", "broke off");
        error.meaning = meaning;
        Err(error)
    }

    #[test]
    fn what_is_known_to_be_gone_is_no_mystery() {
        for meaning in [Meaning::Gone, Meaning::NotFound] {
            assert!(matches!(unless_gone(failed(meaning)), Ok(None)), "{meaning:?}");
        }
        assert!(unless_gone(failed(Meaning::Throttled)).is_err());
        assert!(unless_missing(failed(Meaning::Gone)).is_err(), "a setting is not missing, its bucket is");
    }
}
