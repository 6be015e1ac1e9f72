"""How long the local cloud's emulators of AWS took to answer the function, which on AWS takes another time."""

from collections.abc import Iterable

from infra.local.cloud import LocalCloud

FUNCTION_ROLE = "rollcall-function"

# When something began and ended, as `time.time()` would tell.
Span = tuple[float, float]


def emulated(cloud: LocalCloud, spans: Iterable[Span]) -> float:
    """For how many seconds of these spans at least one call of the function's waited for an answer."""
    calls = [(it.began, it.ended) for it in cloud.gate.taken(FUNCTION_ROLE)]
    return sum(taken_within(calls, span) for span in spans)


def taken_within(calls: Iterable[Span], span: Span) -> float:
    """For how long, within a span, at least one of the calls was under way."""
    taken, at = 0.0, span[0]
    for began, ended in sorted(calls):
        until = min(ended, span[1])
        if until > max(began, at):
            taken += until - max(began, at)
            at = until
    return taken
