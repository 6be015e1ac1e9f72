"""The function as its other callers meet it: direct invocations, schedules and events; and what it logs."""

import contextlib
import json
import threading
import time
from typing import Any

import psutil

from infra.local.listing import listed
from tests.support.waiting import wait_until

# What the schedule sends each minute.
TICK = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {}}

# The most that one answer of FilterLogEvents holds:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
MOST_LOG_EVENTS = 10_000


class Function:
    """The function of the local cloud."""

    def __init__(self, client: Any, name: str, gate: str) -> None:
        self._client = client
        self._name = name
        # By what its copies reach AWS, which tells them from those of another cloud.
        self._gate = gate

    def call(self, event: Any) -> Any:
        """Invokes it and gives what it answers."""
        answer, error = self._invoke(event)
        assert error is None, answer
        return answer

    def make_index(self, action: str = "reindex") -> Any:
        """Has the search index made and gives what was answered, as soon as nobody else makes it."""

        def made() -> Any:
            answer = self.call({"action": action})
            return answer if answer["state"] == "serves" else None

        return wait_until(made)

    def fail(self, event: Any) -> str:
        """Invokes it with something that must fail, and gives the error's text."""
        answer, error = self._invoke(event)
        assert error is not None, f"a quiet success: {answer}"
        return answer["errorMessage"]

    def error_type(self, event: Any) -> str:
        """Invokes it with something that must fail, and gives the kind of error."""
        answer, error = self._invoke(event)
        assert error is not None, f"a quiet success: {answer}"
        return answer["errorType"]

    def send(self, event: Any) -> None:
        """Has it invoked later, as schedules and rules do."""
        sent = self._client.invoke(InvocationType="Event", **self._request(event))
        assert sent["StatusCode"] == 202

    def call_in_vain(self, event: Any) -> threading.Thread:
        """Invokes it in a thread of its own, without minding what comes of it."""
        thread = threading.Thread(target=self._client.invoke, kwargs=self._request(event))
        thread.start()
        return thread

    def processes(self) -> list[psutil.Process]:
        """Every running copy."""
        return [it for it in psutil.Process().children(recursive=True) if _is_copy(it, self._gate)]

    def process_at(self, port: int) -> psutil.Process | None:
        """The running copy with a connection from a port of this machine; none when that has ended."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if any(it.laddr and it.laddr.port == port for it in process.net_connections("tcp")):
                    return process
        return None

    @staticmethod
    def kill(processes: list[psutil.Process]) -> None:
        """Ends copies as losing their machines would."""
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def _invoke(self, event: Any) -> tuple[Any, str | None]:
        reply = self._client.invoke(**self._request(event))
        return json.loads(reply["Payload"].read()), reply.get("FunctionError")

    def _request(self, event: Any) -> dict[str, Any]:
        return {"FunctionName": self._name, "Payload": json.dumps(event)}


class FunctionLog:
    """What the function logs from now on, as CloudWatch has it.

    From now on, since the emulator answers the oldest lines and no next page: earlier ones would take their place.
    """

    def __init__(self, client: Any, group: str) -> None:
        self._client, self._group = client, group
        self._since = int(time.time() * 1000)

    def lines(self) -> list[str]:
        """Every line."""
        asked = {"logGroupName": self._group, "startTime": self._since}
        events = list(listed(self._client, "filter_log_events", "events", **asked))
        assert len(events) < MOST_LOG_EVENTS, "there may be more: look at less of the log"
        return [line for event in events for line in event["message"].splitlines()]

    def records(self) -> list[dict[str, Any]]:
        """The lines that are the function's own, which are JSON objects; Lambda adds others."""
        return [json.loads(line) for line in self.lines() if line.startswith("{")]


def _is_copy(process: psutil.Process, gate: str) -> bool:
    """Whether a process is the function, in the cloud with this gate: there may be others beside it."""
    try:
        return process.name() == "bootstrap" and process.environ().get("AWS_ENDPOINT_URL") == gate
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
