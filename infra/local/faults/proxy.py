"""The proxy: in front of the emulated EC2, with the faults that someone switched on."""

import asyncio
import dataclasses
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from infra.local.failure import Failure
from infra.local.faults import answer as answers
from infra.local.faults.answer import Answer
from infra.local.faults.call import Call, read
from infra.local.faults.plan import Fault, Plan
from infra.local.faults.tokens import Launch, Tokens
from infra.local.proxy import Proxy, cut, passed_on

# Where faults are switched; EC2 answers at `/` alone.
CONTROL = "/_faults"

# The calls that are remembered, and how many of them another process is told.
_REMEMBERED, _TOLD = 10_000, 50

# A parameter longer than this, which is user data, is shortened in what is remembered.
_LONGEST_VALUE = 256

# How long, in seconds, it may take until the end of a killed caller shows at this end of the connection.
_END_SHOWS_WITHIN = 0.1

_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """A call that came by.

    `did` are the faults it met and what else became of it, in turn: `forwarded`, `replayed` (the client token was
    known), `caller-gone`. `carried_out` says that EC2 did what was asked, which it does not for a dry run.
    """

    number: int
    action: str
    parameters: dict[str, str]
    dry_run: bool
    did: tuple[str, ...] = ()
    carried_out: bool = False
    status: int | None = None
    instances: tuple[str, ...] = ()
    held: bool = False
    # The port at the caller's end of the connection, by which its process can be told from others.
    port: int = 0


class FaultProxy(Proxy):
    """In front of the EC2 at `emulator`. Its methods may be called from any thread.

    What it asks on its own account it asks at `truth`, where that is another address: of a caller's rights it has none.
    How long ago an instance was launched it tells by `clock`, in seconds.
    """

    def __init__(
        self,
        listener: socket.socket,
        emulator: str,
        truth: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("faults", listener)
        self._clock = clock
        host, port = listener.getsockname()
        self.url = f"http://{host}:{port}"
        self._emulator = emulator
        self._truth = truth or emulator
        self._plan = Plan()
        self._tokens = Tokens()
        # When each instance was launched, oldest first.
        self._launched: dict[str, float] = {}
        self._seen: dict[int, Seen] = {}
        self._number = 0
        self._held: dict[int, asyncio.Event] = {}

    def add(self, fault: str, **limits: Any) -> Fault:
        """Switches a fault on, as in `add("no-capacity", times=1, match={"SubnetId": subnet})`.

        Raises `Failure`, which says what is accepted, when there is no such fault.
        """
        wanted = Fault.of({"fault": fault} | limits)
        return self._in_thread(_soon(lambda: self._plan.add(wanted, self._clock())))

    def faults(self) -> list[Fault]:
        """The faults that are on."""
        return self._in_thread(_soon(self._plan.faults))

    def clear(self) -> None:
        """Switches all faults off and releases what is held. Client tokens stay known, as they do in EC2."""
        self._in_thread(_soon(self._clear))

    def remove(self, fault: Fault) -> None:
        """Switches one fault off; what it holds stays held until it is released."""
        self._in_thread(_soon(lambda: self._plan.remove(fault)))

    def held(self, action: str | None = None) -> list[Seen]:
        """The calls that are held now."""
        return [it for it in self.calls(action) if it.held]

    def release(self) -> None:
        """Lets all held calls go on; one that was not carried out yet ends here if its caller has gone."""
        self._in_thread(_soon(self._release))

    def calls(self, action: str | None = None, *, carried_out: bool | None = None) -> list[Seen]:
        """The calls that came by since `forget_calls`, in turn."""
        seen = self._in_thread(_soon(lambda: list(self._seen.values())))
        return [it for it in seen if action in (None, it.action) and carried_out in (None, it.carried_out)]

    def forget_calls(self) -> None:
        """Starts the list of calls anew; those under way drop out too."""
        self._in_thread(_soon(self._seen.clear))

    async def _close(self) -> None:
        self._clear()
        await super()._close()

    def _clear(self) -> None:
        self._plan.clear()
        self._release()

    def _release(self) -> None:
        for held in self._held.values():
            held.set()

    # ---- What comes in. ----------------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == CONTROL or request.path.startswith(f"{CONTROL}/"):
            return await self._control(request)
        body = await request.read()
        call = read(request.rel_url.raw_query_string, body) if request.path == "/" else None
        try:
            if call is None:
                return _response(await self._forward(request, body))
            number = self._note_arrival(call, request)
            answer = await self._meet(request, body, call, number)
        except (aiohttp.ClientError, TimeoutError) as error:
            # As if there were no EC2, which is what it comes to.
            _log.warning("EC2's emulator does not answer: %s", error)
            return cut(request)
        if answer is None:
            return cut(request)
        self._note(number, status=answer.status)
        return _response(answer)

    async def _meet(self, request: web.Request, body: bytes, call: Call, number: int) -> Answer | None:
        """Answers a call, or not: then its connection is to be closed."""
        for fault in self._plan.met(call, "before", without=("no-capacity",)):
            match fault.fault:
                case "hold":
                    if not await self._hold(request, fault, number):
                        return None
                case "terminated-from-outside":
                    await self._terminate(request, fault, number)
                case "unreachable":
                    self._happened(fault, number)
                    return None
                case "throttled":
                    self._happened(fault, number)
                    return answers.error("RequestLimitExceeded", fault.message)
                case _:
                    self._happened(fault, number)
                    return answers.error(fault.code, fault.message)
        for fault in self._plan.met(call, "after"):
            if fault.fault == "not-found-after-launch":
                for instance in filter(self._is_hidden_by(fault), call.instances):
                    self._happened(fault, number)
                    return answers.instance_not_found(instance)
        answer = await self._carry_out(request, body, call, number)
        for fault in self._plan.met(call, "after"):
            match fault.fault:
                case "hold":
                    await self._hold(request, fault, number)
                case "terminated-from-outside":
                    await self._terminate(request, fault, number)
                case "slow":
                    self._happened(fault, number)
                    await asyncio.sleep(fault.seconds)
                case "reply-lost":
                    self._happened(fault, number)
                    return None
                case _:
                    changed = self._change(fault, call, answer)
                    if changed is not answer:
                        self._happened(fault, number)
                    answer = changed
        return answer

    async def _carry_out(self, request: web.Request, body: bytes, call: Call, number: int) -> Answer:
        token = call.client_token
        if not call.is_launch or token is None:
            return await self._forward_call(request, body, call, number)
        async with self._tokens.lock(token):
            launch = self._tokens.launch(token)
            if launch is not None:
                self._did(number, "replayed")
                return await self._replay(request, call, launch, number)
            answer = await self._forward_call(request, body, call, number)
            if answer.is_success:
                self._tokens.remember(token, call, answers.launched(answer), answer)
            return answer

    async def _forward_call(self, request: web.Request, body: bytes, call: Call, number: int) -> Answer:
        # Only here, behind the client token: a launch that was carried out needs no capacity to be told of again.
        for fault in self._plan.met(call, "before"):
            if fault.fault == "no-capacity":
                self._happened(fault, number)
                return answers.error("InsufficientInstanceCapacity", fault.message)
        answer = await self._forward(request, body)
        self._did(number, "forwarded")
        if answer.is_success and not call.is_dry_run:
            self._note(number, carried_out=True)
            if call.is_launch:
                instances = answers.launched(answer)
                self._launched |= dict.fromkeys(instances, self._clock())
                self._note(number, instances=tuple(instances))
        return answer

    async def _replay(self, request: web.Request, call: Call, launch: Launch, number: int) -> Answer:
        """The launch that this token made, as it stands now."""
        if call.substance != launch.substance:
            return answers.error("IdempotentParameterMismatch")
        self._note(number, instances=tuple(launch.instances))
        named = {f"InstanceId.{index}": it for index, it in enumerate(launch.instances, 1)}
        described = await self._ask(request, "DescribeInstances", named)
        if not described.is_success:
            return launch.answer
        if answers.states(described) == {"terminated"}:
            return answers.error("IdempotentInstanceTerminated")
        return answers.as_run_instances(described) or launch.answer

    # ---- What faults do. ---------------------------------------------------------------------------------------------

    async def _hold(self, request: web.Request, fault: Fault, number: int) -> bool:
        """Holds a call until it is released; whether its caller is still there."""
        self._happened(fault, number)
        held = self._held[number] = asyncio.Event()
        self._note(number, held=True)
        try:
            await held.wait()
        finally:
            del self._held[number]
            self._note(number, held=False)
        await asyncio.sleep(_END_SHOWS_WITHIN)
        is_there = request.transport is not None and not request.transport.is_closing()
        if not is_there:
            self._did(number, "caller-gone")
        return is_there

    async def _terminate(self, request: web.Request, fault: Fault, number: int) -> None:
        instance = fault.instance or next(reversed(self._launched), None)
        if instance is not None:
            self._happened(fault, number)
            await self._ask(request, "TerminateInstances", {"InstanceId.1": instance})

    def _change(self, fault: Fault, call: Call, answer: Answer) -> Answer:
        """What a fault makes of an answer; the answer itself when it changes nothing."""
        if answer.is_success and fault.fault == "told-otherwise":
            return answers.told_otherwise(answer, fault.says, fault.instead_of)
        if not answer.is_success or call.action not in ("DescribeInstances", "DescribeInstanceStatus"):
            return answer
        match fault.fault:
            case "not-found-after-launch":
                return answers.without(answer, self._is_hidden_by(fault))
            case "never-running":
                return answers.pending(answer, self._launched_since(fault.since), wanted=_wants_pending(call))
            case "launched-earlier":
                return answers.launched_earlier(answer, fault.seconds)
            case "never-passes-checks":
                return answers.failing_checks(answer, self._launched_since(fault.since), fault.shows)
        return answer

    def _is_hidden_by(self, fault: Fault) -> Callable[[str], bool]:
        return self._launched_since(max(fault.since, self._clock() - fault.seconds))

    def _launched_since(self, moment: float) -> Callable[[str], bool]:
        return lambda instance: self._launched.get(instance, float("-inf")) > moment

    # ---- What is behind. ---------------------------------------------------------------------------------------------

    async def _ask(self, like: web.Request, action: str, parameters: dict[str, str]) -> Answer:
        """A call of the proxy's own, by the account and in the region of another; the emulator checks no signature."""
        body = urlencode({"Action": action, "Version": "2016-11-15"} | parameters).encode()
        return await self._forward(like, body, own=True)

    async def _forward(self, request: web.Request, body: bytes, *, own: bool = False) -> Answer:
        headers = passed_on(request.headers)
        headers.popall("Content-Length", None)
        if own:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = "/" if own else request.rel_url.raw_path_qs
        async with self._client.request(
            "POST" if own else request.method,
            URL(f"{self._truth if own else self._emulator}{path}", encoded=True),
            headers=headers,
            data=body or None,
            allow_redirects=False,
        ) as reply:
            return Answer(reply.status, await reply.read(), list(passed_on(reply.headers).items()))

    # ---- What is remembered. -----------------------------------------------------------------------------------------

    def _note_arrival(self, call: Call, request: web.Request) -> int:
        self._number += 1
        parameters = {
            name: value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
            for name, value in call.parameters.items()
        }
        peer = request.transport.get_extra_info("peername") if request.transport else None
        _, port = peer or ("", 0)
        self._seen[self._number] = Seen(self._number, call.action, parameters, call.is_dry_run, port=port)
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return self._number

    def _note(self, number: int, **more: Any) -> None:
        if number in self._seen:
            self._seen[number] = dataclasses.replace(self._seen[number], **more)

    def _did(self, number: int, what: str) -> None:
        if number in self._seen:
            self._note(number, did=(*self._seen[number].did, what))

    def _happened(self, fault: Fault, number: int) -> None:
        self._plan.happened(fault)
        self._did(number, fault.fault)

    # ---- How another process switches faults. ------------------------------------------------------------------------

    async def _control(self, request: web.Request) -> web.Response:
        match request.method, request.path.removeprefix(CONTROL):
            case "GET", "":
                return web.json_response(self._state())
            case "POST", "":
                # A page in a browser can send a form to this address, but not this type.
                if request.content_type != "application/json":
                    return _refused("send a fault as application/json", 415)
                try:
                    fault = self._plan.add(Fault.of(await request.json()), self._clock())
                except ValueError as error:
                    return _refused(f"that is no JSON: {error}")
                except Failure as failure:
                    return _refused(str(failure))
                return web.json_response(fault.wanted(), status=201)
            case "DELETE", "":
                self._clear()
            case "DELETE", "/held":
                self._release()
            case _:
                return _refused(
                    f"there are GET {CONTROL} to see, POST {CONTROL} to add a fault, DELETE {CONTROL} to clear all, "
                    f"and DELETE {CONTROL}/held to release what is held",
                    404,
                )
        return web.Response(status=204)

    def _state(self) -> dict[str, Any]:
        calls = [dataclasses.asdict(it) for it in self._seen.values()]
        return {
            "faults": [fault.wanted() for fault in self._plan.faults()],
            "held": [it for it in calls if it["held"]],
            "calls": calls[-_TOLD:],
        }


async def _soon(doing: Callable[[], T]) -> T:
    """Does something in the proxy's thread, where its state is changed."""
    return doing()


def _wants_pending(call: Call) -> bool:
    """Whether EC2 would list a pending instance in answer to a call."""
    if call.action == "DescribeInstanceStatus":
        return call.parameters.get("IncludeAllInstances", "").lower() == "true"
    states = call.filter("instance-state-name")
    return states is None or "pending" in states


def _response(answer: Answer) -> web.Response:
    headers = CIMultiDict((name, value) for name, value in answer.headers if name.lower() != "content-length")
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def _refused(why: str, status: int = 400) -> web.Response:
    return web.json_response({"refused": why}, status=status)
