"""Sends each call of CloudFormation's to the emulator whose stack it is about.

The local cloud's stacks are in two emulators, and a tool knows one address for CloudFormation.
"""

import logging
import socket
from urllib.parse import parse_qs, urlencode
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
        for name in ("Host", "Content-Length"):
            headers.popall(name, None)
        address = f"{self._addresses[emulator]}{request.rel_url.raw_path_qs}"
        async with self._client.request(request.method, address, headers=headers, data=body) as answer:
            return web.Response(status=answer.status, headers=passed_on(answer.headers), body=await answer.read())

    async def _of_both(self, request: web.Request, body: bytes, name: str) -> web.Response:
        """One list, on one page, out of all pages of both emulators."""
        pages = [page for emulator in self._addresses for page in await self._pages(emulator, request, body)]
        for page in pages:
            if page.status != 200:
                return page
        documents = [ElementTree.fromstring(bytes(page.body or b"")) for page in pages]
        whole = next((it for it in documents if _find(it, name) is not None), documents[0])
        stacks = _find(whole, name)
        if stacks is not None:
            namespace = stacks.tag.rpartition("}")[0]
            for document in documents:
                if document is not whole:
                    stacks.extend(_same_names(_find(document, name), namespace))
        for parent in list(whole.iter()):
            for token in [it for it in parent if _name(it) == "NextToken"]:
                parent.remove(token)
        return web.Response(content_type="text/xml", body=ElementTree.tostring(whole))

    async def _pages(self, emulator: str, request: web.Request, body: bytes) -> list[web.Response]:
        """Every page that an emulator has of a list."""
        pages = [await self._of(emulator, request, body)]
        while token := _next_token(pages[-1]):
            pages.append(await self._of(emulator, request, body + f"&{urlencode({'NextToken': token})}".encode()))
        return pages


def _next_token(page: web.Response) -> str | None:
    if page.status != 200:
        return None
    token = _find(ElementTree.fromstring(bytes(page.body or b"")), "NextToken")
    return None if token is None else token.text


def _find(root: ElementTree.Element, name: str) -> ElementTree.Element | None:
    """The first element of this name, in whatever namespace."""
    return next((it for it in root.iter() if _name(it) == name), None)


def _name(element: ElementTree.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _same_names(stacks: ElementTree.Element | None, namespace: str) -> list[ElementTree.Element]:
    """The elements of a list, all in another namespace."""
    members = list(stacks if stacks is not None else ())
    for member in members:
        for it in member.iter():
            it.tag = f"{namespace}}}{_name(it)}" if namespace else _name(it)
    return members
