"""Sends each call of CloudFormation's to the emulator whose stack it is about.

The local cloud's stacks are in two emulators, and a tool knows one address for CloudFormation.
"""

import logging
import socket
from urllib.parse import parse_qs
from xml.etree import ElementTree

import aiohttp
from aiohttp import web

from infra.local.proxy import Proxy, passed_on
from infra.stacks import read_plans

_log = logging.getLogger(__name__)

# What these answer without a stack's name is about all stacks.
_LISTS = {"DescribeStacks": "Stacks", "ListStacks": "StackSummaries"}


class Router(Proxy):
    """A reverse proxy in a thread of its own. What names no stack of Rollcall's is ministack's."""

    def __init__(self, listener: socket.socket, moto: str, ministack: str) -> None:
        super().__init__("cloudformation", listener)
        self._addresses = {"moto": moto, "ministack": ministack}
        self._emulators = {plan.name: plan.emulator for plan in read_plans()}

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        action, stack = fields.get("Action", ""), fields.get("StackName", "")
        try:
            if not stack and action in _LISTS:
                return await self._of_both(request, body, _LISTS[action])
            return await self._of(self.emulator(stack), request, body)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("%s of %s: %s", action, stack or "no stack", error)
            return web.Response(status=502, text="The local cloud does not answer.\n")

    def emulator(self, stack: str) -> str:
        """Which emulator has a stack, by its name or its ARN."""
        # arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>
        name = stack.split("/")[1] if stack.startswith("arn:") else stack
        return self._emulators.get(name.rpartition("-")[2], "ministack")

    async def _of(self, emulator: str, request: web.Request, body: bytes) -> web.Response:
        headers = passed_on(request.headers)
        del headers["Host"]
        address = f"{self._addresses[emulator]}{request.rel_url.raw_path_qs}"
        async with self._client.request(request.method, address, headers=headers, data=body) as answer:
            return web.Response(status=answer.status, headers=passed_on(answer.headers), body=await answer.read())

    async def _of_both(self, request: web.Request, body: bytes, name: str) -> web.Response:
        """One list out of two; the emulators' first pages, which hold more stacks than there are here."""
        first, second = [await self._of(emulator, request, body) for emulator in self._addresses]
        whole = ElementTree.fromstring(bytes(first.body or b""))
        more = ElementTree.fromstring(bytes(second.body or b""))
        stacks = _find(whole, name)
        if stacks is not None:
            stacks.extend(_same_names(_find(more, name), stacks.tag.rpartition("}")[0]))
        return web.Response(status=first.status, content_type="text/xml", body=ElementTree.tostring(whole))


def _find(root: ElementTree.Element, name: str) -> ElementTree.Element | None:
    """The first element of this name, in whatever namespace."""
    return next((it for it in root.iter() if it.tag.rpartition("}")[2] == name), None)


def _same_names(stacks: ElementTree.Element | None, namespace: str) -> list[ElementTree.Element]:
    """The elements of a list, all in another namespace."""
    members = list(stacks if stacks is not None else ())
    for member in members:
        for it in member.iter():
            it.tag = f"{namespace}}}{it.tag.rpartition('}')[2]}" if namespace else it.tag.rpartition("}")[2]
    return members
