"""Parameters behind the `?` of an address: none is ignored, so that no answer is taken for another one."""

from collections.abc import Callable

import pytest
import requests

from tests.support.api import Api
from tests.support.directory import Directory
from tests.support.document import OPERATIONS
from tests.support.problems import faulty_fields, problem
from tests.support.scim import Provider

# An issuer may add parameters of its own (https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2).
FREE = "GET /auth/callback"


def ask(api: Api, method: str, address: str) -> requests.Response:
    """Asks with a body that no route accepts, where it has one."""
    return api.request(method, address, **({} if method in ("GET", "DELETE") else {"json": {"no-such-field": 1}}))


# Every route whose parameters are Rollcall's to say: a photo has none that counts, and SCIM is a standard's.
OWN = [it for it in OPERATIONS if it.path.startswith(("/api/", "/auth/"))]


def test_no_route_ignores_a_parameter_that_it_does_not_know(api: Callable[..., Api]) -> None:
    assert len(OWN) > 45
    for route in OWN:
        answer = ask(api("operator"), route.method, f"{route.address}?unknown=1")
        if str(route) != FREE:
            assert faulty_fields(answer) == ["unknown"], route
            assert "takes" in problem(answer, 422)["errors"][0]["detail"], route


def test_a_parameter_that_can_not_be_decoded_is_refused_by_every_route(api: Callable[..., Api]) -> None:
    for route in OWN:
        if str(route) != FREE:
            answer = ask(api("operator"), route.method, f"{route.address}?limit=%25%FF")
            assert faulty_fields(answer) == ["limit"], route


@pytest.mark.parametrize(
    ("method", "path", "parameter"),
    [
        ("GET", "/api/employees", "q=a"),
        ("GET", "/api/employees/export", "format=csv"),
        ("POST", "/api/employees/import", "dry_run=true"),
        ("GET", "/api/duplicates", "same=email"),
        ("GET", "/api/chart/top", "limit=1"),
        ("GET", "/api/sessions", "limit=1"),
        ("GET", "/api/operations/audit", "limit=1"),
        ("DELETE", "/api/operations/host", "reason=a"),
        ("GET", "/auth/sign-in", "return_to=/"),
    ],
)
def test_a_parameter_that_is_meant_once_is_refused_when_it_is_there_twice(
    api: Callable[..., Api], method: str, path: str, parameter: str
) -> None:
    answer = ask(api("operator"), method, f"{path}?{parameter}&{parameter}")
    assert faulty_fields(answer) == [parameter.partition("=")[0]]


def test_what_is_refused_for_a_parameter_changes_nothing(directory: Directory) -> None:
    someone = directory.add()
    address = f"/api/employees/{someone['id']}"
    assert faulty_fields(directory.api.delete(f"{address}?dry_run=true")) == ["dry_run"]
    assert directory.get(someone["id"]) == someone


def test_scim_ignores_a_parameter_that_it_does_not_know(provider: Provider) -> None:
    assert provider.get("/Users?count=1&unknown=1").status_code == 200
