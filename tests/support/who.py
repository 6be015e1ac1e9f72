"""Who may use which route, as each says of itself, and what comes of it for whoever asks.

Where reading is open everyone is a reader, whatever they bring along.
"""

from dataclasses import dataclass
from enum import Enum

from tests.support.document import Operation


class Who(Enum):
    """Whom a route is for, as its document has it."""

    EVERYONE = "everyone"
    # Where reading is open, everyone.
    READER = "reader"
    SIGNED_IN = "signed-in"
    EDITOR = "editor"
    OPERATOR = "operator"
    # Signed in a moment ago.
    FRESH_OPERATOR = "fresh-operator"
    PROVIDER = "provider"


def who_may_use(route: Operation) -> Who:
    """Whom a route is for."""
    return Who(route.who)


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


def outcome(route: Operation, caller: Caller, *, reading_is_open: bool) -> Outcome:
    """What is to come of a request at a route."""
    who = who_may_use(route)
    if who is Who.PROVIDER:
        return Outcome.IN if caller.is_provider else Outcome.NOBODY
    if caller.is_foreign and route.changes and not (who is Who.READER and reading_is_open):
        return Outcome.FORBIDDEN
    if who is Who.EVERYONE or (who is Who.READER and reading_is_open):
        return Outcome.IN
    if caller.groups is None:
        return Outcome.NOBODY
    needed = {Who.EDITOR: "Editors", Who.OPERATOR: "EC2Admins", Who.FRESH_OPERATOR: "EC2Admins"}.get(who)
    if needed is not None and needed not in caller.groups:
        return Outcome.FORBIDDEN
    if who is Who.FRESH_OPERATOR and not caller.is_fresh:
        return Outcome.AGAIN
    return Outcome.IN
