"""A call of EC2's Query API, as far as faults depend on it."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

# What is about the request and not about what it asks for.
_ENVELOPE = re.compile(r"Action|Version|DryRun|ClientToken|AWSAccessKeyId|Timestamp|Expires|Signature.*|X-Amz-.*")

# The parameters that name instances, of whichever action.
_INSTANCE = re.compile(r"(?:InstanceId|ResourceId)(?:\.\d+)?")


@dataclass(frozen=True)
class Call:
    """An action and its parameters, by their names on the wire, such as `InstanceId.1`."""

    action: str
    parameters: dict[str, str]

    @property
    def is_dry_run(self) -> bool:
        return self.parameters.get("DryRun", "").lower() == "true"

    @property
    def is_launch(self) -> bool:
        return self.action == "RunInstances" and not self.is_dry_run

    @property
    def client_token(self) -> str | None:
        """The token by which a repeated call is known; an empty one is none."""
        return self.parameters.get("ClientToken") or None

    @property
    def substance(self) -> dict[str, str]:
        """The parameters that have to be the same under the same client token."""
        return {name: value for name, value in self.parameters.items() if not _ENVELOPE.fullmatch(name)}

    @property
    def instances(self) -> list[str]:
        """The instances it names as what it is about; those in filters are not."""
        return [value for name, value in self.parameters.items() if _INSTANCE.fullmatch(name)]

    def filter(self, name: str) -> list[str] | None:
        """The values of a filter, or nothing when it has no such filter."""
        for parameter, value in self.parameters.items():
            prefix, _, rest = parameter.rpartition(".")
            if rest == "Name" and prefix.startswith("Filter.") and value == name:
                return [it for key, it in self.parameters.items() if key.startswith(f"{prefix}.Value.")]
        return None

    def has(self, name: str, value: str) -> bool:
        """Whether a parameter has this value, or any element of a list: `InstanceId` is also `InstanceId.2`."""
        return any(
            found == value and (parameter == name or re.fullmatch(rf"{re.escape(name)}\.\d+", parameter))
            for parameter, found in self.parameters.items()
        )


def read(query: str, body: bytes) -> Call | None:
    """Reads a request; nothing when it is none of the Query API."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True) + parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict"
        )
    except (UnicodeDecodeError, ValueError):
        return None
    parameters = dict(pairs)
    action = parameters.pop("Action", "")
    return Call(action, parameters) if action else None
