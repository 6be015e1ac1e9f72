//! Puts the host's parts together and runs them until it is told to stop.

use std::{error::Error, time::Duration};

use aws_config::SdkConfig;
use axum::{Router, middleware::from_fn};
use jiff::Timestamp;
use rollcall_api::info::RunsOn;
use rollcall_audit::AuditLog;
use rollcall_directory::{Directory, DirectorySettings, Whereabouts};
use rollcall_web::{
    access::{Access, AccessSettings},
    host_orders::{HostOrders, OrdersHere},
    session,
    sessions::Sessions,
    sign_in,
};
use tokio::signal::unix::{SignalKind, signal};
use tower_http::{compression::CompressionLayer, timeout::RequestBodyTimeoutLayer};

use crate::{
    headers, instance, listen,
    settings::HostSettings,
    site::Site,
    stress::{self, StressTests},
    unread,
};

/// How long one request may take in all: a photo of 4 MB arrives within it at 1 Mbit/s.
const REQUEST: Duration = Duration::from_secs(60);

/// How long a body may stand still.
const BODY_PAUSE: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or SIGINT, then finishes what has begun.
///
/// # Errors
/// Settings that are missing or not usable, and an address that cannot be had.
pub(crate) async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let settings = HostSettings::from_env()?;
    let access_settings = AccessSettings::from_env()?;
    let directory_settings = DirectorySettings::from_env()?;
    let site = Site::open(settings.site_dir)?;
    let (config, runs_on) = tokio::join!(rollcall_aws::config(), instance::runs_on());
    let access = Access::new(access_settings, Sessions::from_env(&config)?);
    let tests = StressTests::new(Timestamp::now());
    let orders = orders(&config, &directory_settings, &runs_on);
    let whereabouts = {
        let tests = tests.clone();
        Whereabouts::under(runs_on, move || tests.until(Timestamp::now()))
    };
    let audit = directory_settings.audit_table.clone().map(|table| AuditLog::in_table(&config, table));
    let directory = Directory::from_settings(&config, directory_settings);
    let directory = match &audit {
        Some(log) => directory.with_audit(log.clone()),
        None => directory,
    };

    let routes = rollcall_directory::routes(&directory, &access, whereabouts.clone());
    let routes = match orders {
        Some(orders) => routes.without_query(stress::routes(tests, whereabouts, orders)),
        None => routes,
    };
    let routes =
        routes.merge(sign_in::routes(&access, audit.as_ref())).merge(session::routes(access.clone()));
    let router = router(routes.into_router(&access), site);
    let router = match audit {
        Some(log) => rollcall_web::audited(router, log),
        None => router,
    };
    let listener = listen::listen(settings.listen)
        .map_err(|error| format!("LISTEN={}: cannot listen there: {error}", settings.listen))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    listen::serve(listener, router, stop_signal()?).await;
    tracing::info!("stopped");
    Ok(())
}

/// The orders that this host takes; none where nobody could give one.
fn orders(config: &SdkConfig, settings: &DirectorySettings, runs_on: &RunsOn) -> Option<OrdersHere> {
    let (Some(search), RunsOn::Host { instance_id: Some(host), .. }) = (&settings.search, runs_on) else {
        return None;
    };
    let orders = HostOrders::new(config, search.index_table.clone());
    Some(OrdersHere { orders, host: host.clone() })
}

fn router(routes: Router, site: Site) -> Router {
    let routes = routes
        .fallback_service(site.service())
        .layer(CompressionLayer::new())
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE));
    rollcall_web::app_with(routes, REQUEST, headers::add).layer(from_fn(unread::answered))
}

fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
