"""The function as its other callers meet it: direct invocations, schedules and events."""

import json
from typing import Any

import psutil


class Function:
    """The function of the local cloud."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def call(self, event: Any) -> Any:
        """Invokes it and gives what it answers."""
        answer, error = self._invoke(event)
        assert error is None, answer
        return answer

    def fail(self, event: Any) -> str:
        """Invokes it with something that must fail, and gives the error's text."""
        answer, error = self._invoke(event)
        assert error is not None, f"a quiet success: {answer}"
        return answer["errorMessage"]

    def send(self, event: Any) -> None:
        """Has it invoked later, as schedules and rules do."""
        sent = self._client.invoke(FunctionName=self._name, InvocationType="Event", Payload=json.dumps(event))
        assert sent["StatusCode"] == 202

    @staticmethod
    def kill() -> None:
        """Ends every running copy at once, as losing the machine would."""
        for process in psutil.Process().children(recursive=True):
            if process.name() == "bootstrap":
                process.kill()

    def _invoke(self, event: Any) -> tuple[Any, str | None]:
        reply = self._client.invoke(FunctionName=self._name, Payload=json.dumps(event))
        return json.loads(reply["Payload"].read()), reply.get("FunctionError")
