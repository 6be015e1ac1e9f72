//! The stress test of the host: `GET`, `POST` and `DELETE /api/host/stress`.
//!
//! Operators ask here, where they sign in; the host, which serves plain HTTP, is given a signed order in their stead.

use axum::extract::State;
use http::{Method, StatusCode};
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    info::{Info, RunsOn},
    revision::RecipeName,
    stress::NewStressTest,
};
use rollcall_audit::{AuditLog, Caller, Entry};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    host_orders::{HostOrders, Order, STRESS_PATH},
    json::Json,
    problem::ApiError,
};

use super::Hosts;
use crate::{ids::InstanceId, probe::Prober};

pub(crate) fn show_route(tests: StressTests, access: Access) -> Route {
    Route::get(STRESS_PATH, show)
        .says(|it| {
            it.does("The stress test of the host")
                .answers::<Info>(StatusCode::OK, "What goes on now.")
                .refuses(StatusCode::CONFLICT)
        })
        .with_state(Guarded::new(tests, access))
}

pub(crate) fn begin_route(tests: StressTests, access: Access) -> Route {
    Route::post(STRESS_PATH, begin)
        .says(|it| {
            it.does("Keep the host's processors busy")
                .answers::<Info>(StatusCode::OK, "It goes on, in place of one that did.")
                .refuses(StatusCode::UNPROCESSABLE_ENTITY)
        })
        .with_state(Guarded::new(tests, access))
}

pub(crate) fn stop_route(tests: StressTests, access: Access) -> Route {
    Route::delete(STRESS_PATH, stop)
        .says(|it| {
            it.does("Stop the stress test")
                .answers::<Info>(StatusCode::OK, "Nothing goes on.")
                .refuses(StatusCode::CONFLICT)
        })
        .with_state(Guarded::new(tests, access))
}

async fn show(_: Operator, State(tests): State<Guarded<StressTests>>) -> Result<Json<Info>, ApiError> {
    Ok(Json(tests.show().await?))
}

async fn begin(
    operator: Operator,
    State(tests): State<Guarded<StressTests>>,
    Json(NewStressTest { minutes }): Json<NewStressTest>,
) -> Result<Json<Info>, ApiError> {
    let order = Order::Stress { minutes }.checked()?;
    Ok(Json(tests.order(order, operator.caller(), Timestamp::now()).await?))
}

async fn stop(operator: Operator, State(tests): State<Guarded<StressTests>>) -> Result<Json<Info>, ApiError> {
    Ok(Json(tests.order(Order::Rest, operator.caller(), Timestamp::now()).await?))
}

/// The stress tests of whatever host serves. A clone shares its connections.
#[derive(Debug, Clone)]
pub(crate) struct StressTests {
    hosts: Hosts,
    prober: Prober,
    /// None where no table is set up in which a host could find the key.
    orders: Option<HostOrders>,
    audit: AuditLog,
}

/// The host, and where it is asked.
struct Target {
    host: InstanceId,
    address: String,
}

impl StressTests {
    pub(crate) const fn new(
        hosts: Hosts,
        prober: Prober,
        orders: Option<HostOrders>,
        audit: AuditLog,
    ) -> Self {
        Self { hosts, prober, orders, audit }
    }

    async fn show(&self) -> Result<Info, Error> {
        let Target { host, address } = self.target().await?;
        let got = self.prober.call(Method::GET, &address, "/api/info", None).await;
        answer_of(&host, got)
    }

    /// Has the host do something, and puts on record who wanted it.
    async fn order(&self, order: Order, caller: Caller, now: Timestamp) -> Result<Info, Error> {
        let orders = self.orders.as_ref().ok_or_else(|| {
            Error::conflict("No search index is set up (SEARCH_INDEX_TABLE), in whose table a host finds by what it knows orders.")
        })?;
        let Target { host, address } = self.target().await?;
        let token = orders.sign(order, host.as_str(), now).await?;
        let method = match order {
            Order::Stress { .. } => Method::POST,
            Order::Rest => Method::DELETE,
        };
        let got = self.prober.call(method, &address, STRESS_PATH, Some(&token)).await;
        // A host that did not answer may have obeyed.
        let outcome = match &got {
            Ok((200, _)) => Some(outcome(order)),
            Err(reason) => Some(format!("{}; the host did not confirm it: {reason}", outcome(order))),
            Ok(_) => None,
        };
        if let Some(outcome) = outcome {
            let entry = Entry::new(now, caller, AuditAction::StressHost, host.as_str(), outcome);
            self.audit.add(entry).await;
        }
        answer_of(&host, got)
    }

    async fn target(&self) -> Result<Target, Error> {
        let sight = self.hosts.sight().await?;
        let host =
            sight.to_ask().ok_or_else(|| Error::conflict("No host serves, so that none can be tested."))?;
        let unknown =
            || Error::conflict("It is not known which app the host has, so that it can't be tested.");
        let address = host.public_ip.clone().ok_or_else(unknown)?;
        let revision =
            self.hosts.revisions.get(host.revision.ok_or_else(unknown)?).await?.ok_or_else(unknown)?;
        if revision.recipe != RecipeName::Al2023Rollcall {
            return Err(Error::conflict(
                "The host runs the original app, which has buttons of its own for this. Hosts of the recipe \
                 al2023-rollcall are tested from here.",
            ));
        }
        Ok(Target { host: host.id.clone(), address })
    }
}

/// What the host tells of itself, where that is what was answered.
fn answer_of(host: &InstanceId, got: Result<(u16, Vec<u8>), String>) -> Result<Info, Error> {
    let odd = |what: &str| Error::away(format!("The host {host} does not answer as it should: {what}."));
    match got {
        Ok((200, text)) => {
            let info: Info = rollcall_json::from_slice(&text)
                .map_err(|error| odd("it does not tell where it runs").caused_by(error))?;
            let RunsOn::Host { instance_id: Some(id), .. } = &info.runs_on else {
                return Err(odd("it names no instance"));
            };
            // Another host may have got the address in between.
            if id == host.as_str() { Ok(info) } else { Err(odd(&format!("{id} answered in its stead"))) }
        }
        Ok((401, _)) => Err(Error::conflict(format!(
            "The host {host} does not know by what it is given orders: its revision names another table of the search index than this \
             deployment's, or its clock is wrong."
        ))),
        Ok((404 | 405, _)) => Err(Error::conflict(format!(
            "The host {host} takes no orders: it runs a Rollcall from before there were stress tests, or did not learn its own id when \
             it started. Relaunch it."
        ))),
        Ok((status, text)) => {
            Err(odd(&format!("status {status}")).caused_by(String::from_utf8_lossy(&text).into_owned()))
        }
        Err(reason) => Err(Error::away(format!("The host {host} does not answer: {reason}."))),
    }
}

/// What is on record of an order.
fn outcome(order: Order) -> String {
    match order {
        Order::Stress { minutes } => format!("kept busy for {minutes} min"),
        Order::Rest => "stopped".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rollcall_error::Kind;

    use super::*;

    fn host() -> InstanceId {
        InstanceId::try_from("i-0123456789abcdef0".to_owned()).expect("an id")
    }

    fn kind_of(got: Result<(u16, &str), &str>) -> Option<Kind> {
        let got = got.map(|(status, text)| (status, text.as_bytes().to_vec())).map_err(str::to_owned);
        answer_of(&host(), got).err().map(|error| error.kind())
    }

    #[test]
    fn only_what_the_host_tells_of_itself_is_taken_for_an_answer() {
        let info = |id: &str| {
            format!(r#"{{"version":"1","runs_on":"host","instance_id":{id},"availability_zone":null}}"#)
        };
        assert_eq!(kind_of(Ok((200, &info("\"i-0123456789abcdef0\"")))), None);
        for other in [
            info("\"i-0fedcba9876543210\""),
            info("null"),
            r#"{"version":"1","runs_on":"lambda"}"#.to_owned(),
        ] {
            assert_eq!(kind_of(Ok((200, &other))), Some(Kind::Away), "{other}");
        }
        assert_eq!(kind_of(Ok((200, "<html>"))), Some(Kind::Away));
        assert_eq!(kind_of(Ok((404, "{}"))), Some(Kind::Conflict), "an older host");
        assert_eq!(kind_of(Ok((401, "{}"))), Some(Kind::Conflict), "another key");
        assert_eq!(kind_of(Ok((500, "{}"))), Some(Kind::Away));
        assert_eq!(kind_of(Err("connection refused")), Some(Kind::Away));
    }
}
