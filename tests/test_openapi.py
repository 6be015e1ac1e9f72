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
