"""For each route a request that it accepts, so that what it needs is really asked."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from infra.local.samples import SAMPLES
from tests.support.directory import Directory, employee
from tests.support.document import Operation, nobody_in
from tests.support.images import encoded, landscape
from tests.support.scim import patch, user

# Whoever is asked about where a route changes nothing.
SOMEONE = SAMPLES[0]

# What everyone new is called.
NAME = "Grace"

Body = Mapping[str, Any] | bytes | None


# Has something done beforehand, as who may do everything, by method, address and body.
Prepare = Callable[[str, str, Mapping[str, Any]], requests.Response]


@dataclass(frozen=True)
class Asked:
    """A request, but for who sends it."""

    method: str
    address: str
    body: Body = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> str | bytes | None:
        """The body as it is sent."""
        return json.dumps(self.body) if isinstance(self.body, Mapping) else self.body

    @property
    def all_headers(self) -> dict[str, str]:
        """Its headers, with what the body is."""
        return ({"content-type": "application/json"} if isinstance(self.body, Mapping) else {}) | self.headers


class Doing:
    """Makes the requests; each that changes something is about somebody or something new."""

    def __init__(self, directory: Directory, revision: Mapping[str, Any], prepare: Prepare) -> None:
        self._directory, self._revision, self._prepare = directory, revision, prepare
        self._photo = encoded(landscape((40, 40)), "PNG")
        self._bodies: dict[str, Callable[[], Body]] = {
            "POST /api/employees": employee,
            "POST /api/employees/export": lambda: {"format": "csv", "ids": [SOMEONE.id]},
            "POST /api/employees/import": lambda: b"Full name,Job title,Location\nGrace,Admiral,Arlington\n",
            "POST /api/employees/{id}/merge": lambda: {"other": self._new()},
            "POST /api/former-employees/{id}/erase": lambda: {"confirm": NAME},
            "POST /api/operations/plans": lambda: {"revision": 1},
            "POST /api/operations/relaunches": lambda: {"revision": 1_000_000},
            "POST /api/operations/revisions": lambda: self._revision,
            "POST /api/operations/schedules": lambda: {"name": f"s-{uuid.uuid4()}", "expression": "rate(7 days)"},
            "POST /api/scim-tokens": lambda: {"name": "A provider under faults"},
            "POST /auth/sign-out": dict,
            "POST /scim/v2/.search": dict,
            "POST /scim/v2/Users": user,
            "POST /scim/v2/Users/.search": dict,
            "PATCH /scim/v2/Users/{id}": lambda: patch({"op": "replace", "path": "title", "value": "Countess"}),
            "PUT /api/duplicates/different": lambda: {"ids": [self._new(), self._new()], "different": True},
            "PUT /api/employees/{id}": employee,
            "PUT /api/employees/{id}/photo": lambda: self._photo,
            "PUT /api/operations/schedules/{name}": lambda: {"expression": "rate(7 days)"},
            "PUT /scim/v2/Users/{id}": user,
        }

    def request(self, route: Operation) -> Asked:
        """One for a route."""
        address = route.path
        if route.path.endswith("/restore") or "former" in route.path:
            address = address.replace("{id}", self._new_former())
        if "/employees/{id}" in address or "/Users/{id}" in address:
            address = address.replace("{id}", self._new() if route.changes else SOMEONE.id)
        if address.startswith("/api/operations/schedules/{name}") and route.changes:
            address = address.replace("{name}", self._new_schedule())
        if address == "/api/scim-tokens/{id}":
            address = address.replace("{id}", self._new_token())
        if address == "/photos/{key}":
            address = f"/photos/{SOMEONE.object_key.rpartition('/')[2]}"
        if address == "/api/operations/revisions/{number}":
            address = "/api/operations/revisions/1"
        if str(route) in ("GET /api/employees/export", "GET /api/employees"):
            address += "?format=csv" if address.endswith("export") else "?q=ada"
        headers = {
            "POST /api/employees/import": {"content-type": "text/csv"},
            "PUT /api/employees/{id}/photo": {"content-type": "image/png"},
        }.get(str(route), {"content-type": "application/scim+json"} if route.is_scim else {})
        body = self._bodies.get(str(route), lambda: None)()
        return Asked(route.method, nobody_in(address), body, headers)

    def _new(self) -> str:
        key = f"employee_pic/{uuid.uuid4().hex[:16]}.png"
        return self._directory.write({"full_name": NAME, "job_title": "Admiral", "location": "", "object_key": key})

    def _new_former(self) -> str:
        gone = self._new()
        answer = self._prepare("DELETE", f"/api/employees/{gone}", {})
        assert answer.status_code == 204, answer.text
        return gone

    def _new_schedule(self) -> str:
        name = f"s-{uuid.uuid4()}"
        body = {"name": name, "expression": "rate(7 days)"}
        answer = self._prepare("POST", "/api/operations/schedules", body)
        assert answer.status_code == 201, answer.text
        return name

    def _new_token(self) -> str:
        answer = self._prepare("POST", "/api/scim-tokens", {"name": "For a while"})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]
