//! The operations of the host: recipes, revisions, relaunches, schedules and conformance.
//!
//! EC2 is the truth about the host; the operations table holds what was asked for and what came of it. Each part is given
//! what it needs and nothing else. Decisions are pure functions ([`host::serving`], [`relaunch::decide`],
//! [`recipe::render`]); each AWS service is called in one thin place. A file that holds a route says so in its first line.

mod audit_log;
pub mod boot_report;
pub mod conformance;

mod difference;
pub mod ec2;
pub mod host;
pub mod ids;
pub mod image;
pub mod invocation;
pub mod plan;
pub mod probe;
pub mod recipe;
pub mod relaunch;
mod remark;
pub mod revision;
pub mod schedule;
pub mod settings;
mod waker;

use aws_config::SdkConfig;
use rollcall_audit::{AuditLog, Sealer};
use rollcall_aws::records::Records;
use rollcall_web::{Routes, access::Access, host_orders::HostOrders};

use boot_report::BootReports;
use conformance::{ConformanceCheck, ConformanceSettings};
use ec2::Ec2;
use host::{Hosts, stress::StressTests};
use image::Images;
use plan::Plans;
use probe::Prober;
use recipe::{Reporting, VariableDefaults};
use relaunch::{AwsCloud, Drivers, Relaunches, Store, Sweeper, preflight::PreflightChecks};
use revision::Revisions;
use schedule::Schedules;
pub use settings::OperationsSettings;
pub use waker::Waker;

/// The parts of the operations, put together. A clone shares their connections.
#[derive(Debug, Clone)]
pub struct Operations {
    /// Who did what.
    pub audit: AuditLog,
    /// Seals that; none where no bucket is set up for it.
    pub sealer: Option<Sealer>,
    /// The account held against the templates.
    pub conformance: ConformanceCheck,
    /// Drives the relaunch in progress.
    pub drivers: Drivers,
    pub hosts: Hosts,
    /// What a relaunch would do.
    pub plans: Plans,
    /// Begins, stops and tells relaunches.
    pub relaunches: Relaunches,
    pub revisions: Revisions,
    /// Recurring relaunches.
    pub schedules: Schedules,
    /// Looks after instances while no relaunch is in progress.
    pub sweeper: Sweeper,
    pub waker: Waker,
    stress_tests: StressTests,
    variable_defaults: VariableDefaults,
}

impl Operations {
    /// Operations on the resources that `settings` names. Calls nothing yet.
    ///
    /// # Errors
    /// When no HTTP client can be set up to ask hosts with, for want of a valid proxy.
    pub fn new(config: &SdkConfig, settings: OperationsSettings) -> Result<Self, reqwest::Error> {
        let OperationsSettings {
            max_relaunches_per_hour,
            instance_types,
            operations_table,
            audit_bucket,
            host,
            variable_defaults,
            function_name,
            reports,
            timeouts,
            scheduling,
        } = settings;
        let records = Records::new(config, operations_table);
        let audit = AuditLog::new(records.clone());
        let sealer = audit_bucket.map(|bucket| Sealer::new(config, audit.clone(), bucket));
        let of_conformance = ConformanceSettings {
            prefix: host.host_tag.clone(),
            account: scheduling.account.clone(),
            photos_bucket: variable_defaults.photos_bucket.clone(),
            employees_table: variable_defaults.employees_table.clone(),
        };
        let patient = Ec2::new(&rollcall_aws::config::patient(config), host.clone());
        let ec2 = Ec2::new(config, host);
        let reporting = Reporting { place: reports.clone(), within: timeouts.report };
        let revisions = Revisions::new(records.clone(), Images::new(config), reporting, instance_types);
        let prober = Prober::new()?;
        let waker = Waker::new(config, function_name);
        let hosts = Hosts::new(ec2.clone(), revisions.clone(), prober.clone(), records.clone());
        let orders = variable_defaults.search_index_table.clone();
        let orders = orders.map(|table| HostOrders::new(config, table));
        let stress_tests = StressTests::new(hosts.clone(), prober.clone(), orders, audit.clone());
        let conformance =
            ConformanceCheck::new(config, of_conformance, ec2.clone(), revisions.clone(), records.clone());
        let preflight = PreflightChecks::new(ec2.clone(), conformance.clone());
        let store = Store::new(records.clone(), audit.clone());
        let schedules =
            Schedules::new(config, scheduling, records, revisions.clone(), store.clone(), audit.clone());
        let cloud = AwsCloud {
            ec2: patient.clone(),
            boot_reports: BootReports::new(config, reports),
            prober,
            preflight: preflight.clone(),
            waker: waker.clone(),
        };
        Ok(Self {
            sealer,
            conformance,
            drivers: Drivers::new(store.clone(), cloud, timeouts),
            plans: Plans::new(revisions.clone(), hosts.clone(), preflight, store.clone(), timeouts),
            relaunches: Relaunches::new(
                store.clone(),
                revisions.clone(),
                hosts.clone(),
                waker.clone(),
                max_relaunches_per_hour,
            ),
            schedules,
            sweeper: Sweeper::new(store, patient, hosts.clone()),
            audit,
            hosts,
            revisions,
            waker,
            stress_tests,
            variable_defaults,
        })
    }
}

/// The routes under `/api/operations` and `/api/host`, for operators only.
pub fn routes(operations: &Operations, access: &Access) -> Routes {
    let access = || access.clone();
    let Operations {
        audit, conformance, hosts, plans, relaunches, revisions, schedules, stress_tests, ..
    } = operations;
    Routes::default()
        .without_query([
            conformance::show::route(conformance.clone(), access()),
            host::show::route(hosts.clone(), access()),
            host::stress::begin_route(stress_tests.clone(), access()),
            host::stress::show_route(stress_tests.clone(), access()),
            host::stress::stop_route(stress_tests.clone(), access()),
            recipe::list::route(operations.variable_defaults.clone(), access()),
            relaunch::approve::route(relaunches.clone(), access()),
            relaunch::begin::route(relaunches.clone(), access()),
            relaunch::boot_log::route(relaunches.clone(), access()),
            relaunch::cancel::route(relaunches.clone(), access()),
            relaunch::show::route(relaunches.clone(), access()),
            revision::create::route(revisions.clone(), access()),
            revision::show::route(revisions.clone(), access()),
            schedule::change::route(schedules.clone(), access()),
            schedule::create::route(schedules.clone(), access()),
            schedule::delete::route(schedules.clone(), access()),
            schedule::list::route(schedules.clone(), access()),
            schedule::show::route(schedules.clone(), access()),
            schedule::take_up::route(schedules.clone(), access()),
        ])
        .only_asking([plan::make::route(plans.clone(), access())])
        .with_query([
            audit_log::route(audit.clone(), access()),
            relaunch::list::route(relaunches.clone(), access()),
            relaunch::terminate::route(relaunches.clone(), access()),
            revision::list::route(revisions.clone(), access()),
        ])
}
