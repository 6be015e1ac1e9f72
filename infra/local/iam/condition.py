"""The conditions of a policy statement.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

# A key of the request has one value or several; keys are compared without regard to case.
Value = str | tuple[str, ...]

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")

# ${*}, ${?} and ${$} stand for the characters themselves.
_LITERALS = frozenset("*?$")

_SETS = ("forallvalues", "foranyvalue")


class Context(Mapping[str, Value]):
    """The keys of a request. Immutable, so that equal requests are one."""

    def __init__(self, *parts: Mapping[str, Value]) -> None:
        self._values = {name.lower(): value for part in parts for name, value in part.items()}

    def __getitem__(self, key: str) -> Value:
        return self._values[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Context) and self._values == other._values

    def __repr__(self) -> str:
        return f"Context({self._values})"

    def single(self, key: str) -> str | None:
        """The one value of a key; none when it has none or several."""
        value = self.get(key)
        if isinstance(value, tuple):
            return value[0] if len(value) == 1 else None
        return value


# A value of the request, one of the policy, the whole request, and whether variables stand for something.
_Comparison = Callable[[str, str, Context, bool], bool]


def pattern(text: str, context: Context, *, variables: bool, wildcards: bool = True) -> re.Pattern[str] | None:
    """What a policy's text stands for in a request; none when a variable of it has no value there.

    What a variable stands for is itself, even where it has an asterisk.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if not variables or "${" not in text:
        return _glob(text, wildcards)
    pieces, end = [], 0
    for found in _VARIABLE.finditer(text):
        pieces.append(_expression(text[end : found.start()], wildcards))
        name, default = found.groups()
        value = name if name in _LITERALS else context.single(name)
        if value is None:
            value = default
        if value is None:
            return None
        pieces.append(re.escape(value))
        end = found.end()
    pieces.append(_expression(text[end:], wildcards))
    return re.compile("".join(pieces), re.DOTALL)


@lru_cache(maxsize=4096)
def _glob(text: str, wildcards: bool) -> re.Pattern[str]:
    return re.compile(_expression(text, wildcards), re.DOTALL)


def _expression(text: str, wildcards: bool) -> str:
    if not wildcards:
        return re.escape(text)
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in text)


def matches_arn(wanted: str, arn: str, context: Context, *, variables: bool) -> bool:
    """Whether an ARN is of a kind: each of its six parts by itself, so that no wildcard reaches over a colon.

    In the last part, which may have colons itself, it does. Missing parts of the wanted one are wildcards.
    """
    if wanted == "*":
        return True
    # A variable's own colon is no separator.
    parts = re.split(r":(?![^{]*\})", wanted, maxsplit=5)
    given = arn.split(":", 5)
    if len(given) < 6:
        return False
    parts += ["*"] * (6 - len(parts))
    patterns = (pattern(part, context, variables=variables) for part in parts)
    return all(it is not None and it.fullmatch(part) for it, part in zip(patterns, given, strict=True))


def _text(*, wildcards: bool, ignore_case: bool = False) -> _Comparison:
    def compare(value: str, wanted: str, context: Context, variables: bool) -> bool:
        if ignore_case:
            value, wanted = value.lower(), wanted.lower()
        found = pattern(wanted, context, variables=variables, wildcards=wildcards)
        return found is not None and found.fullmatch(value) is not None

    return compare


def _arn(value: str, wanted: str, context: Context, variables: bool) -> bool:
    return matches_arn(wanted, value, context, variables=variables)


def _ordered(read: Callable[[str], Any], holds: Callable[[Any, Any], bool]) -> _Comparison:
    def compare(value: str, wanted: str, context: Context, variables: bool) -> bool:
        try:
            return holds(read(value), read(wanted))
        except (ValueError, InvalidOperation):
            return False

    return compare


def _bool(value: str, wanted: str, context: Context, variables: bool) -> bool:
    return value.lower() == wanted.lower()


def _address(value: str, wanted: str, context: Context, variables: bool) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _moment(text: str) -> datetime:
    if re.fullmatch(r"\d+(\.\d+)?", text) and len(text) > 4:
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda a, b: a == b,
    "lessthan": lambda a, b: a < b,
    "lessthanequals": lambda a, b: a <= b,
    "greaterthan": lambda a, b: a > b,
    "greaterthanequals": lambda a, b: a >= b,
}

_OPERATORS: dict[str, _Comparison] = {
    "stringequals": _text(wildcards=False),
    "stringequalsignorecase": _text(wildcards=False, ignore_case=True),
    "stringlike": _text(wildcards=True),
    "arnequals": _arn,
    "arnlike": _arn,
    "binaryequals": _text(wildcards=False),
    "bool": _bool,
    "ipaddress": _address,
    **{f"numeric{name}": _ordered(Decimal, holds) for name, holds in _ORDERS.items()},
    **{f"date{name}": _ordered(_moment, holds) for name, holds in _ORDERS.items()},
}

# Each negated operator and the one whose opposite it is.
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}


def is_operator(operator: str) -> bool:
    """Whether a policy may use it."""
    _, base, _ = _parts(operator)
    return base in _OPERATORS or base in _NEGATED or base == "null"


def holds(operator: str, key: str, wanted: Iterable[str], context: Context, *, variables: bool = True) -> bool:
    """Whether one condition of a policy holds of a request."""
    over, base, if_exists = _parts(operator)
    wanted = tuple(wanted)
    value = context.get(key)
    if base == "null":
        is_absent = value is None or value == ()
        return any((it.lower() == "true") == is_absent for it in wanted)
    is_negated = base in _NEGATED
    if value is None or value == ():
        # A set without members; for one value, what isn't there is equal to nothing.
        return over == "forallvalues" or if_exists or (is_negated and not over)
    compare = _OPERATORS[_NEGATED.get(base, base)]
    values = value if isinstance(value, tuple) else (value,)
    found = [any(compare(it, each, context, variables) for each in wanted) != is_negated for it in values]
    # Several values without a set operator are no use AWS documents: read so that less is allowed.
    return any(found) if over == "foranyvalue" else all(found)


def _parts(operator: str) -> tuple[str, str, bool]:
    """The set operator, the operator itself, and whether it has `IfExists`."""
    over, colon, base = operator.lower().rpartition(":")
    if colon and over not in _SETS:
        raise ValueError(f"there is no condition operator {operator}")
    without = base.removesuffix("ifexists")
    return over, without, without != base
