"""The API answers as its document says, whatever it is asked: what the document lets one ask, and what it does not.

`make bench-openapi` asks a hundred times as much.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.cloud import LocalCloud
from infra.local.faults.proxy import FaultProxy
from tests.openapi.prepare import prepare
from tests.openapi.run import ASKED_BY, Deployment, run
from tests.support.api import Api
from tests.support.document import DOCUMENT, OPERATIONS
from tests.support.problems import problem

# How many requests it makes up for an operation in each phase that makes any up.
EXAMPLES = 3
# What asks for each limit of each parameter takes minutes: `make bench-openapi` does.
PHASES = "examples,fuzzing,stateful"


@pytest.fixture(scope="module")
def deployment(cloud: LocalCloud, api: Callable[..., Api]) -> Deployment:
    return prepare(cloud, api)


@pytest.mark.parametrize("who", ASKED_BY)
def test_the_api_answers_as_its_document_says(
    deployment: Deployment, faults: FaultProxy, tmp_path: Path, who: str
) -> None:
    # Whoever may launch a host is let launch none.
    faults.add("no-capacity")
    assert run(deployment, who, EXAMPLES, tmp_path, PHASES) == ""


# What takes a form. One takes as many ids as a table has rows.
FORMS = [
    operation
    for operation in OPERATIONS
    if "application/json" in operation.told.get("requestBody", {}).get("content", {})
    and not operation.path.startswith("/scim")
    and operation.path != "/api/employees/export"
]


def test_the_document_is_sent_again_only_where_it_is_another_one(api: Callable[..., Api]) -> None:
    served = api().get("/api/openapi.json")
    assert served.json() == DOCUMENT
    known = api().get("/api/openapi.json", headers={"If-None-Match": served.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    other = api().get("/api/openapi.json", headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


def test_the_page_needs_nothing_but_its_own_style(api: Callable[..., Api]) -> None:
    page = api().get("/api/reference")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text and "style=" not in page.text and "http://" not in page.text
    assert all(f'id="{operation.told["operationId"]}"' in page.text for operation in OPERATIONS)
    assert api().get("/api/reference.css").headers["content-type"].startswith("text/css")


def test_a_form_of_another_kind_is_refused_everywhere(api: Callable[..., Api]) -> None:
    assert len(FORMS) > 10
    for form in FORMS:
        sent = {"data": b"x", "headers": {"content-type": "text/x-nothing"}}
        problem(api("operator").request(form.method, form.address, **sent), 415)


# What must be said besides, or be there, before there is anything to be shown.
ASKS_MORE = ("/api/chart/me", "/api/duplicates", "/api/employees/export", "/api/host/stress")
SHOWN = [it for it in OPERATIONS if "406" in it.told["responses"] and "{" not in it.path and it.path not in ASKS_MORE]


def test_whoever_takes_nothing_of_the_kind_is_told_so_everywhere(api: Callable[..., Api]) -> None:
    assert len(SHOWN) > 10
    for shown in SHOWN:
        asked = {"headers": {"accept": "image/x-nothing"}}
        problem(api("operator").request(shown.method, shown.address, **asked), 406)


def test_a_form_that_is_too_large_is_refused_everywhere(api: Callable[..., Api]) -> None:
    for form in FORMS:
        problem(api("operator").request(form.method, form.address, json={"a": "x" * 70_000}), 413)
