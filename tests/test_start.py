"""The function's start, which each first request waits for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lambda_service import EMPLOYEES, RuntimeApi, Table, get, started

FUNCTION = [str(Path(__file__).parent.parent / "target/debug/bootstrap")]


@pytest.fixture
def runtime() -> Iterator[RuntimeApi]:
    with RuntimeApi() as running:
        yield running


def test_a_function_is_ready_while_it_still_opens_its_connection_to_the_table(runtime: RuntimeApi) -> None:
    with Table(held=True) as table, started(FUNCTION, runtime, table):
        runtime.next()
        assert not table.is_given_up(within=0.5)


def test_a_table_that_does_not_answer_keeps_nobody_waiting_who_needs_it_not(runtime: RuntimeApi) -> None:
    with Table(held=True) as table, started(FUNCTION, runtime, table):
        _, answer = runtime.invoke(get("/api/info"))
        assert (answer["statusCode"], json.loads(answer["body"])["runs_on"]) == (200, "lambda")


def test_the_first_request_may_come_before_the_connection_is_open(runtime: RuntimeApi) -> None:
    with Table() as table, started(FUNCTION, runtime, table):
        _, answer = runtime.invoke(get("/api/employees"))
        assert len(json.loads(answer["body"])["employees"]) == len(EMPLOYEES)
