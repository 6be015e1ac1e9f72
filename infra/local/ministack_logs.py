"""The log of a function, as it is at AWS: each line as soon as it is written, and found by a pattern.

ministack reads what is written when a call has been answered: a line that comes a moment later waits for the next call
of the same instance, which may never be. And it takes every line for what a pattern of JSON asks for, of which it gives
the first 10,000: what is asked for is none of them once a function has logged that much.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import contextvars
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from ministack.core.lambda_runtime import ProvidedWorker
from ministack.services import cloudwatch_logs, lambda_svc


def install() -> None:
    """Makes ministack do so. To be called once, before the server starts."""
    spawn, pump, emit = ProvidedWorker._spawn, ProvidedWorker._pump_output, lambda_svc._emit_lambda_logs

    def spawn_here(worker: ProvidedWorker, *rest: Any, **more: Any) -> None:
        # The account and the region of whoever called it, which ministack keeps the logs by.
        worker.called_by = contextvars.copy_context()
        spawn(worker, *rest, **more)

    def pump_and_log(worker: ProvidedWorker, output: Any, *rest: Any) -> None:
        write = worker.called_by.copy().run
        log = write(_new_stream, worker.config)
        pump(worker, _Told(output, lambda line: write(_write, log, line)), *rest)

    def emit_the_rest(function: dict[str, Any], request: str, text: str, *rest: Any, **more: Any) -> None:
        there = (function.get("config") or function).get("Runtime", "").startswith("provided")
        emit(function, request, "" if there else text, *rest, **more)

    compile_pattern = cloudwatch_logs._compile_filter_pattern
    cloudwatch_logs._compile_filter_pattern = lambda pattern: _fields(pattern) or compile_pattern(pattern)
    ProvidedWorker._spawn, ProvidedWorker._pump_output = spawn_here, pump_and_log
    lambda_svc._emit_lambda_logs = emit_the_rest


# What a part of a pattern says of a field: that it is this text, or that it is there.
_FIELD = re.compile(r'\$\.(?P<name>\w+)\s*=\s*(?:"(?P<text>[^"]*)"|\*)')


def _fields(pattern: str) -> Callable[[str], bool] | None:
    """Whether a line has all the fields that a pattern names; none for patterns of another form."""
    inner = re.fullmatch(r"\s*\{(.*)\}\s*", pattern or "")
    parts = [_FIELD.fullmatch(part.strip()) for part in inner[1].split("&&")] if inner else [None]
    wanted = [(part["name"], part["text"]) for part in parts if part]
    if len(wanted) < len(parts):
        return None

    def fits(line: str) -> bool:
        try:
            told = json.loads(line)
        except ValueError:
            # Lambda's own lines are no JSON.
            return False
        return isinstance(told, dict) and all(name in told and text in (None, told[name]) for name, text in wanted)

    return fits


class _Told:
    """The output of an instance, each line of which is told before it is read."""

    def __init__(self, output: Any, tell: Callable[[bytes], None]) -> None:
        self._output, self._tell = output, tell

    def readline(self) -> bytes:
        if line := self._output.readline():
            self._tell(line)
        return line

    def close(self) -> None:
        self._output.close()


def _new_stream(function: dict[str, Any]) -> dict[str, str]:
    """A stream for an instance, in the function's log group."""
    group = (function.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function['FunctionName']}"
    log = {"logGroupName": group, "logStreamName": f"[$LATEST]{uuid4().hex}"}
    # It is there already where a template makes it.
    cloudwatch_logs._create_log_group({"logGroupName": group})
    cloudwatch_logs._create_log_stream(log)
    return log


def _write(log: dict[str, str], line: bytes) -> None:
    message = line.decode(errors="replace").rstrip("\r\n")
    cloudwatch_logs._put_log_events(log | {"logEvents": [{"message": message}]})
