"""Which faults there are, which are on, and which of them a call meets."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from infra.local.failure import Failure
from infra.local.faults.call import Call

Moment = Literal["before", "after"]


@dataclass(frozen=True)
class Kind:
    """A kind of fault: what it does, which fields it takes besides those of every kind, and its defaults."""

    does: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    # The actions it can be about; none are all.
    actions: tuple[str, ...] = ()
    # When it has its effect, unless the fault says: before the call reaches EC2, or after EC2 has carried it out.
    at: Moment = "before"


KINDS = {
    "no-capacity": Kind(
        "RunInstances finds no capacity (InsufficientInstanceCapacity)",
        actions=("RunInstances",),
        defaults={"dry_run": False},
    ),
    "throttled": Kind("calls are refused as too many (RequestLimitExceeded)"),
    "refused": Kind("an action is refused with an error code", needs=("action", "code"), takes=("message",)),
    "unreachable": Kind("the connection is closed, and the call is not carried out"),
    "reply-lost": Kind(
        "the call is carried out, and the connection is closed without an answer",
        defaults={"dry_run": False},
        at="after",
    ),
    "slow": Kind("the call is carried out, and the answer comes seconds later", needs=("seconds",), at="after"),
    "not-found-after-launch": Kind(
        "an instance launched from now on is not found at first",
        needs=("seconds",),
        at="after",
    ),
    "never-running": Kind(
        "instances launched from now on stay pending",
        actions=("DescribeInstances", "DescribeInstanceStatus"),
        at="after",
    ),
    "never-passes-checks": Kind(
        "instances launched from now on do not pass their status checks",
        takes=("shows",),
        defaults={"shows": "initializing"},
        actions=("DescribeInstanceStatus",),
        at="after",
    ),
    "launched-earlier": Kind(
        "instances are said to have been launched seconds earlier than they were",
        needs=("seconds",),
        actions=("DescribeInstances",),
        at="after",
    ),
    "told-otherwise": Kind(
        "the answers of an action say a word where EC2 says another, as if what cannot be changed had been",
        needs=("action", "says", "instead_of"),
        at="after",
    ),
    "terminated-from-outside": Kind(
        "the newest launched instance, or a given one, is terminated around a call",
        needs=("action",),
        takes=("at", "instance"),
        defaults={"times": 1, "dry_run": False},
    ),
    "hold": Kind(
        "the call is held until it is released",
        takes=("at",),
        defaults={"times": 1, "dry_run": False},
    ),
}

# What a fault of any kind can be limited by.
EVERY_KIND_TAKES = ("action", "match", "times", "dry_run")

# The fields that take one of a few words.
CHOICES: Mapping[str, tuple[str, ...]] = {"at": get_args(Moment), "shows": ("initializing", "impaired")}


@dataclass(frozen=True)
class Fault:
    """A fault that is on.

    `match` holds parameters as they are on the wire: a call meets the fault if it has them all. `times` is how often it
    is still to happen; none is without end. `dry_run` limits it to dry runs, or to calls that are none.
    """

    fault: str
    action: str | None = None
    match: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    dry_run: bool | None = None
    at: Moment = "before"
    seconds: float = 0
    code: str = ""
    message: str = ""
    instance: str | None = None
    shows: str = ""
    says: str = ""
    instead_of: str = ""
    id: int = 0
    since: float = 0

    @classmethod
    def of(cls, wanted: Any) -> Self:
        """Reads what someone wants. Raises `Failure`, which says what is accepted, when it cannot be had."""
        if not isinstance(wanted, dict):
            raise Failure('a fault is a JSON object, such as {"fault": "no-capacity", "times": 1}')
        name = wanted.get("fault")
        if not isinstance(name, str) or name not in KINDS:
            raise Failure(f"there is no fault {name!r}: there are {', '.join(KINDS)}")
        kind = KINDS[name]
        takes = (*EVERY_KIND_TAKES, *kind.needs, *kind.takes)
        unknown = [it for it in wanted if it not in ("fault", *takes)]
        if unknown:
            raise Failure(f"{name} does not take {', '.join(unknown)}: it takes {', '.join(dict.fromkeys(takes))}")
        missing = [it for it in kind.needs if wanted.get(it) is None]
        if missing:
            raise Failure(f"{name} needs {', '.join(missing)}")
        given = {it: value for it, value in wanted.items() if value is not None}
        for it, value in given.items():
            _check(name, it, value)
        if kind.actions and given.get("action", kind.actions[0]) not in kind.actions:
            raise Failure(f"{name} is about {' and '.join(kind.actions)} only")
        return cls(**{"at": kind.at} | dict(kind.defaults) | given)

    def meets(self, call: Call) -> bool:
        """Whether it is about this call."""
        actions = (self.action,) if self.action else KINDS[self.fault].actions
        return (
            (not actions or call.action in actions)
            and self.dry_run in (None, call.is_dry_run)
            and all(call.has(name, value) for name, value in self.match.items())
        )

    def wanted(self) -> dict[str, Any]:
        """As it would be asked for, and its id."""
        kind = KINDS[self.fault]
        takes = dict.fromkeys(("id", "fault", *EVERY_KIND_TAKES, *kind.needs, *kind.takes))
        fields = {it: getattr(self, it) for it in takes}
        return {it: value for it, value in fields.items() if value not in (None, "", {})}

    def __str__(self) -> str:
        more = self.wanted()
        more.pop("id")
        more.pop("fault")
        match = [f"{name}={value}" for name, value in more.pop("match", {}).items()]
        dry_run = {None: [], True: ["dry runs only"], False: ["no dry runs"]}[more.pop("dry_run", None)]
        return ", ".join([self.fault, *(f"{name} {value}" for name, value in more.items()), *match, *dry_run])


def _check(name: str, it: str, value: Any) -> None:
    """Raises `Failure` when a field has a value that it cannot have."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    match it:
        case "times":
            fits, accepted = whole and value > 0, "a whole number from 1"
        case "seconds":
            fits, accepted = (whole or isinstance(value, float)) and 0 < value <= 3600, "a number above 0, up to 3600"
        case "dry_run":
            fits, accepted = isinstance(value, bool), "true (dry runs only) or false (none)"
        case "match":
            fits = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
            accepted = 'an object of texts, such as {"InstanceType": "t3.micro"}'
        case "at" | "shows":
            fits, accepted = value in CHOICES[it], " or ".join(CHOICES[it])
        case _:
            fits, accepted = isinstance(value, str) and value != "", "a text"
    if not fits:
        raise Failure(f"{it} of {name} is {accepted}, not {value!r}")


class Plan:
    """The faults that are on, in the order in which they were switched on."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._last = 0

    def add(self, fault: Fault, now: float) -> Fault:
        """Switches a fault on."""
        self._last += 1
        fault = dataclasses.replace(fault, id=self._last, since=now)
        self._faults[fault.id] = fault
        return fault

    def faults(self) -> list[Fault]:
        """Those that are on."""
        return list(self._faults.values())

    def clear(self) -> None:
        """Switches all off."""
        self._faults.clear()

    def remove(self, fault: Fault) -> None:
        """Switches one off, if it is still on."""
        self._faults.pop(fault.id, None)

    def met(self, call: Call, at: Moment, *, without: tuple[str, ...] = ()) -> Iterator[Fault]:
        """The faults that a call meets at a moment, each only if it is still on when its turn comes."""
        for fault in self.faults():
            if fault.id in self._faults and fault.at == at and fault.fault not in without and fault.meets(call):
                yield fault

    def happened(self, fault: Fault) -> None:
        """Counts a fault that had its effect; after the last of its times it is off."""
        left = self._faults.get(fault.id)
        if left is None or left.times is None:
            return
        if left.times > 1:
            self._faults[fault.id] = dataclasses.replace(left, times=left.times - 1)
        else:
            del self._faults[fault.id]
