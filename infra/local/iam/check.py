"""What there is to decide of a request: one or several checks, all of which have to pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.local.iam.condition import Context, Value


@dataclass(frozen=True)
class Check:
    """An action on a resource, with the keys that the service adds to those of the caller."""

    action: str
    resource: str
    context: Context = field(default_factory=Context)


@dataclass(frozen=True)
class Principal:
    """Who asks: a role's session, a user, or a service of AWS's on someone's behalf."""

    arn: str
    # What the caller itself adds to every request, such as aws:userid.
    context: Context = field(default_factory=Context)
    # Of a role: the session's own ARN. Of a service: nothing.
    session_arn: str = ""

    @property
    def is_service(self) -> bool:
        return not self.arn.startswith("arn:")


def tagged(tags: Mapping[str, str], key: str) -> dict[str, Value]:
    """Tags as keys of a request: `aws:ResourceTag`, `aws:RequestTag`."""
    return {f"{key}/{name}": value for name, value in tags.items()}
