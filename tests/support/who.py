"""Who may use which route: said once for each, and what comes of it for whoever asks.

Where reading is open everyone is a reader, whatever they bring along.
"""

from dataclasses import dataclass
from enum import Enum

from tests.support.routes import Route


class Who(Enum):
    """Whom a route is for."""

    ANYONE = "anyone"
    READER = "whoever may read the directory"
    SIGNED_IN = "whoever is signed in"
    EDITOR = "the group Editors"
    OPERATOR = "the group EC2Admins"
    FRESH_OPERATOR = "the group EC2Admins, signed in a moment ago"
    PROVIDER = "an identity provider"


_DECLARED = {
    Who.ANYONE: """
        GET /api/badges
        GET /api/info
        GET /api/session
        GET /auth/callback
        GET /auth/sign-in
        POST /auth/sign-out
    """,
    Who.READER: """
        GET /api/chart/lost
        GET /api/chart/top
        GET /api/employees
        GET /api/employees/export
        GET /api/employees/{id}
        GET /api/employees/{id}/chain
        GET /api/employees/{id}/reports
        GET /api/employees/{id}/vcard
        GET /photos/{key}
        POST /api/employees/export
    """,
    # Their own sessions. An operator lists and ends those of others as well.
    Who.SIGNED_IN: """
        DELETE /api/sessions/{place}
        GET /api/chart/me
        GET /api/sessions
    """,
    Who.EDITOR: """
        DELETE /api/employees/{id}
        DELETE /api/employees/{id}/photo
        GET /api/duplicates
        GET /api/employees/{id}/history
        GET /api/former-employees
        POST /api/employees
        POST /api/employees/import
        POST /api/employees/{id}/merge
        POST /api/employees/{id}/restore
        POST /api/former-employees/{id}/erase
        PUT /api/duplicates/different
        PUT /api/employees/{id}
        PUT /api/employees/{id}/photo
    """,
    Who.OPERATOR: """
        DELETE /api/operations/schedules/{name}
        DELETE /api/scim-tokens/{id}
        GET /api/operations/audit
        GET /api/operations/conformance
        GET /api/operations/host
        GET /api/operations/recipes
        GET /api/operations/relaunches
        GET /api/operations/relaunches/{id}
        GET /api/operations/relaunches/{id}/boot-log
        GET /api/operations/revisions
        GET /api/operations/revisions/{number}
        GET /api/operations/schedules
        GET /api/operations/schedules/{name}
        GET /api/scim-tokens
        GET /api/search-index
        POST /api/operations/plans
        POST /api/operations/relaunches/{id}/approval
        POST /api/operations/relaunches/{id}/cancel
        POST /api/operations/revisions
        POST /api/operations/schedules
        POST /api/operations/schedules/{name}/take-up
        PUT /api/operations/schedules/{name}
    """,
    Who.FRESH_OPERATOR: """
        DELETE /api/operations/host
        POST /api/operations/relaunches
        POST /api/scim-tokens
    """,
}


def declared() -> dict[str, Who]:
    """Whom each route is for, but for those of SCIM: all of them are for providers."""
    return {line.strip(): who for who, lines in _DECLARED.items() for line in lines.strip().splitlines()}


def who_may_use(route: Route) -> Who:
    """Whom a route is for."""
    return Who.PROVIDER if route.is_scim else declared()[str(route)]


@dataclass(frozen=True)
class Caller:
    """What is known of whoever asks, as far as it decides."""

    # None of somebody who is nobody, or whose proof does not count.
    groups: frozenset[str] | None = None
    is_fresh: bool = True
    # By a cookie, in a request that another site makes, or somebody nobody knows of.
    is_foreign: bool = False
    is_provider: bool = False


class Outcome(Enum):
    """What comes of a request."""

    IN = "let in"
    NOBODY = "401"
    AGAIN = "401, sign in again"
    FORBIDDEN = "403"


def outcome(route: Route, caller: Caller, *, reading_is_open: bool) -> Outcome:
    """What is to come of a request at a route."""
    who = who_may_use(route)
    if who is Who.PROVIDER:
        return Outcome.IN if caller.is_provider else Outcome.NOBODY
    if caller.is_foreign and route.changes and not (who is Who.READER and reading_is_open):
        return Outcome.FORBIDDEN
    if who is Who.ANYONE or (who is Who.READER and reading_is_open):
        return Outcome.IN
    if caller.groups is None:
        return Outcome.NOBODY
    needed = {Who.EDITOR: "Editors", Who.OPERATOR: "EC2Admins", Who.FRESH_OPERATOR: "EC2Admins"}.get(who)
    if needed is not None and needed not in caller.groups:
        return Outcome.FORBIDDEN
    if who is Who.FRESH_OPERATOR and not caller.is_fresh:
        return Outcome.AGAIN
    return Outcome.IN
