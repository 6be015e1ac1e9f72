"""Policies, and whether they allow something within one account.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from infra.local.iam import condition
from infra.local.iam.check import Check, Principal
from infra.local.iam.condition import Context

_ELEMENTS = {
    *("Sid", "Effect", "Principal", "Condition"),
    *("Action", "NotAction", "Resource", "NotResource"),
}


@dataclass(frozen=True)
class Statement:
    """One statement of a policy. Of `actions` and `not_actions` one is empty, and likewise of resources."""

    sid: str
    allows: bool
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    # Operator, key, values.
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    # Kind and name, as in ("AWS", "arn:…"); only in policies of resources.
    principals: tuple[tuple[str, str], ...] = ()
    # Before version 2012-10-17 a variable is text.
    variables: bool = True

    @classmethod
    def of(cls, document: Mapping[str, Any], *, variables: bool = True) -> Self:
        """Reads a statement. Raises `ValueError` when there is something in it that is not understood."""
        if unknown := document.keys() - _ELEMENTS:
            raise ValueError(f"not understood in a policy statement: {', '.join(sorted(unknown))}")
        if document["Effect"] not in ("Allow", "Deny"):
            raise ValueError(f"no effect: {document['Effect']!r}")
        conditions = tuple(
            (operator, key, _texts(values))
            for operator, keys in document.get("Condition", {}).items()
            for key, values in keys.items()
        )
        for operator, _, _ in conditions:
            if not condition.is_operator(operator):
                raise ValueError(f"there is no condition operator {operator}")
        return cls(
            sid=document.get("Sid", ""),
            allows=document["Effect"] == "Allow",
            actions=_texts(document.get("Action")),
            not_actions=_texts(document.get("NotAction")),
            resources=_texts(document.get("Resource")),
            not_resources=_texts(document.get("NotResource")),
            conditions=conditions,
            principals=_principals(document.get("Principal")),
            variables=variables,
        )

    def applies(self, check: Check, context: Context) -> bool:
        """Whether it speaks of this, leaving aside by whom; `context` has all keys of the request."""
        return (
            self._is_of_action(check.action)
            and self._is_of_resource(check.resource, context)
            and all(
                condition.holds(operator, key, wanted, context, variables=self.variables)
                for operator, key, wanted in self.conditions
            )
        )

    def names(self, principal: Principal) -> bool:
        """Whether it is about this principal by name, rather than by its account."""
        for kind, name in self.principals:
            if kind == "*" or (kind == "AWS" and name == "*"):
                return True
            if kind == "Service" and principal.is_service and name == principal.arn:
                return True
            if kind == "AWS" and not principal.is_service and name in (principal.arn, principal.session_arn):
                return True
        return False

    def is_about(self, principal: Principal) -> bool:
        """Whether it is about this principal, be it as one of its account. Enough to deny, and not to allow."""
        account = principal.arn.split(":")[4] if not principal.is_service else None
        roots = {account, f"arn:aws:iam::{account}:root"}
        return self.names(principal) or any(kind == "AWS" and name in roots for kind, name in self.principals)

    def _is_of_action(self, action: str) -> bool:
        def named(names: tuple[str, ...]) -> bool:
            return any(_glob(name.lower(), action.lower()) for name in names)

        return named(self.actions) if self.actions else not named(self.not_actions)

    def _is_of_resource(self, resource: str, context: Context) -> bool:
        def named(names: tuple[str, ...]) -> bool:
            # An action that knows no resources is asked for "*", which only "*" allows.
            return any(
                name == "*" or condition.matches_arn(name, resource, context, variables=self.variables)
                for name in names
            )

        if self.resources:
            return named(self.resources)
        # A trust policy has no resource: it is about the role it belongs to.
        return not named(self.not_resources)


@dataclass(frozen=True)
class Policy:
    """A policy document."""

    name: str
    statements: tuple[Statement, ...]

    @classmethod
    def of(cls, name: str, document: Mapping[str, Any]) -> Self:
        """Reads a policy. Raises `ValueError` when there is something in it that is not understood."""
        statements = document["Statement"]
        variables = document.get("Version") == "2012-10-17"
        statements = [statements] if isinstance(statements, Mapping) else statements
        return cls(name, tuple(Statement.of(it, variables=variables) for it in statements))


@dataclass(frozen=True)
class Decision:
    """Whether something is allowed, and by which statement that is so."""

    allowed: bool
    statement: Statement | None = None
    # The policy that the statement is of.
    policy: str = ""

    @property
    def why(self) -> str:
        """In a few words."""
        if self.statement is None:
            return "nothing allows it"
        return f"{self.policy}.{self.statement.sid}" if self.statement.sid else self.policy


def decide(
    check: Check, principal: Principal, policies: Iterable[Policy], resource_policy: Policy | None = None
) -> Decision:
    """Decides a check within one account: a denial anywhere wins; else an allowance of caller or resource is enough."""
    context = Context(principal.context, check.context)
    own = [(policy.name, statement) for policy in policies for statement in policy.statements]
    of_resource = (
        [(resource_policy.name, it) for it in resource_policy.statements if it.is_about(principal)]
        if resource_policy
        else []
    )
    applying = [(name, it) for name, it in own + of_resource if it.applies(check, context)]
    for name, statement in applying:
        if not statement.allows:
            return Decision(False, statement, name)
    for name, statement in applying:
        if not statement.principals or statement.names(principal):
            return Decision(True, statement, name)
    return Decision(False)


@dataclass(frozen=True)
class Part:
    """What can be taken out of a policy: a statement, or one of its actions or resources."""

    policy: str
    sid: str
    action: str | None = None
    resource: str | None = None

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.policy}.{self.sid}", self.action, self.resource)))


def parts(policies: Iterable[Policy]) -> list[Part]:
    """Everything that policies allow, piece by piece."""
    found = []
    for policy in policies:
        for it in (statement for statement in policy.statements if statement.allows):
            found.append(Part(policy.name, it.sid))
            if len(it.actions) > 1:
                found += [Part(policy.name, it.sid, action=action) for action in it.actions]
            if len(it.resources) > 1:
                found += [Part(policy.name, it.sid, resource=resource) for resource in it.resources]
    return found


def without(policies: Iterable[Policy], part: Part) -> list[Policy]:
    """The policies without one of their parts."""

    def rest(statement: Statement) -> Statement | None:
        if statement.sid != part.sid:
            return statement
        if part.action is None and part.resource is None:
            return None
        return replace(
            statement,
            actions=tuple(it for it in statement.actions if it != part.action),
            resources=tuple(it for it in statement.resources if it != part.resource),
        )

    return [
        replace(policy, statements=tuple(it for it in map(rest, policy.statements) if it is not None))
        if policy.name == part.policy
        else policy
        for policy in policies
    ]


def _glob(wanted: str, value: str) -> bool:
    found = condition.pattern(wanted, Context(), variables=False)
    return found is not None and found.fullmatch(value) is not None


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    values = value if isinstance(value, list | tuple) else [value]
    # A template's boolean stays one.
    return tuple(str(it).lower() if isinstance(it, bool) else str(it) for it in values)


def _principals(value: Any) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if value == "*":
        return (("*", "*"),)
    return tuple((kind, name) for kind, names in value.items() for name in _texts(names))
