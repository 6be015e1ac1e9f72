"""The command line of the faults: `make fault DO=…`, which talks to the proxy of the running cloud."""

import argparse
import json
import urllib.error
import urllib.request
from typing import Any

from infra.local.failure import Failure
from infra.local.faults.plan import CHOICES, EVERY_KIND_TAKES, KINDS, Fault

# Where the proxy answers; named here as well, because its own module takes half a second to import.
_CONTROL = "/_faults"

# The proxy answers at once, whatever it holds.
_WITHIN = 5

_HELP = {
    "action": "only calls of this action, such as RunInstances",
    "match": "only calls with this parameter, such as SubnetId=subnet-1; may be repeated",
    "times": "how often; without it, until it is cleared",
    "dry_run": "yes: dry runs only; no: none",
    "at": "before the call is carried out, or after",
    "seconds": "how long",
    "code": "EC2's error code, such as UnauthorizedOperation",
    "message": "the error's message",
    "instance": "the instance's id; without it, the newest",
    "shows": "what the checks show",
    "says": "what the answer says",
    "instead_of": "what it would say",
}
_TYPES: dict[str, Any] = {"times": int, "seconds": float}


def add_subparsers(parser: argparse.ArgumentParser) -> None:
    """Adds a subcommand for each kind of fault, and those that tell and clear."""
    subparsers = parser.add_subparsers(dest="what", metavar="WHAT")
    subparsers.add_parser("list", help="which faults are on and which calls are held (when nothing is said)")
    subparsers.add_parser("clear", help="switch all faults off and let held calls go on")
    subparsers.add_parser("release", help="let held calls go on")
    for name, kind in KINDS.items():
        subparser = subparsers.add_parser(name, help=kind.does, description=f"{kind.does}.")
        for it in dict.fromkeys((*kind.needs, *kind.takes, *EVERY_KIND_TAKES)):
            _add_option(subparser, it, required=it in kind.needs)


def run(arguments: argparse.Namespace, proxy: str) -> None:
    """Does what the arguments say at the proxy with this address, and prints what came of it."""
    address = f"{proxy}{_CONTROL}"
    match arguments.what:
        case None | "list":
            print(_told(_ask("GET", address)))
        case "clear":
            _ask("DELETE", address)
            print("no fault is on")
        case "release":
            _ask("DELETE", f"{address}/held")
        case name:
            wanted = {it: value for it, value in vars(arguments).items() if it in _HELP and value is not None}
            print(f"on: {_line(_ask('POST', address, {'fault': name, **wanted}))}")


def _add_option(parser: argparse.ArgumentParser, name: str, *, required: bool) -> None:
    option = f"--{name.replace('_', '-')}"
    match name:
        case "match":
            parser.add_argument(option, help=_HELP[name], metavar="NAME=VALUE", action=_Pairs)
        case "dry_run":
            parser.add_argument(option, help=_HELP[name], action=_YesNo, choices=("yes", "no"))
        case _:
            parser.add_argument(
                option,
                help=_HELP[name],
                type=_TYPES.get(name, str),
                choices=CHOICES.get(name),
                metavar=None if name in CHOICES else name.upper(),
                required=required,
            )


class _Pairs(argparse.Action):
    """Collects `NAME=VALUE`."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any) -> None:
        name, equals, value = values.partition("=")
        if not name or not equals:
            parser.error(f"--match takes NAME=VALUE, not {values!r}")
        setattr(namespace, self.dest, (getattr(namespace, self.dest) or {}) | {name: value})


class _YesNo(argparse.Action):
    """Makes a truth value of `yes` or `no`."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any) -> None:
        setattr(namespace, self.dest, values == "yes")


def _ask(method: str, address: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=_WITHIN) as reply:
            return json.loads(reply.read() or "null")
    except urllib.error.HTTPError as error:
        raise Failure(json.loads(error.read())["refused"]) from None
    except (OSError, TimeoutError) as error:
        raise Failure(f"the proxy in front of EC2 does not answer ({error}): start `make run` anew") from None


def _told(state: Any) -> str:
    lines = [f"on: {_line(fault)}" for fault in state["faults"]] or ["no fault is on"]
    lines += [f"held: {call['action']} (call {call['number']})" for call in state["held"]]
    return "\n".join(lines)


def _line(fault: dict[str, Any]) -> str:
    return str(Fault(**fault))
