"""What `make bench-load` counts: a loss, a write done twice and an answer about something else are seen."""

from tests.bench.load_report import Part, Writes, writes
from tests.bench.wrk import Answer, Asked, answer, broken

ALL_THERE = Writes(done=3, lost=0, doubled=0, refused_and_there=0)


def added(name: str, status: int = 201) -> Answer:
    """The answer to an addition."""
    return Answer("write", status, 1.0, True, name)


def part(*answers: Answer, broken: int = 0, counted: Writes = ALL_THERE) -> list[str]:
    """What must not have been of a part with these answers."""
    return list(Part("host", Asked(list(answers), 60, broken), {}, (1, 1), [], counted).faults())


def test_a_write_is_counted_by_what_is_in_the_table() -> None:
    answers = [added("a"), added("b"), added("c"), added("d", 503), added("e", 429)]
    # Of f there was no answer before the end.
    assert writes(answers, ["a", "b", "b", "d", "f"]) == Writes(done=3, lost=1, doubled=1, refused_and_there=1)


def test_what_must_not_be_is_told() -> None:
    assert not part(added("a"), added("b", 429), Answer("badread", 422, 1.0, True, ""))
    assert part(added("a", 503)) == ["host: 1 answers of 5xx"]
    assert part(broken=2) == ["host: 2 connections that broke or were not answered"]
    assert part(counted=Writes(3, 1, 2, 3)) == [
        "host: 1 lost writes",
        "host: 2 doubled writes",
        "host: 3 writes that were refused and are there",
    ]
    assert part(Answer("employee", 200, 1.0, False, "")) == ["host: 1 good answers about something else"]
    assert part(Answer("badchange", 200, 1.0, True, "")) == ["host: 1 good answers to what is malformed"]


def test_what_wrk_tells_is_understood() -> None:
    assert answer("write\t201\t1500\t1\tLoad 1-2") == Answer("write", 201, 1.5, True, "Load 1-2")
    assert answer("search\t200\t20\t0\t") == Answer("search", 200, 0.02, False, "")
    assert broken("  Socket errors: connect 1, read 20, write 0, timeout 3\nRequests/sec: 1") == 24
    assert broken("Requests/sec: 1") == 0
