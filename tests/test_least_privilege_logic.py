"""IAM's logic: on the examples of AWS's documentation, and on policies made up at random.

Each example names its page below https://docs.aws.amazon.com/IAM/latest/UserGuide/.
"""

import random
from typing import Any

import pytest
from ministack.core import iam_evaluator as another

from infra.local.iam.check import Check, Principal
from infra.local.iam.condition import Context, Value, holds, matches_arn
from infra.local.iam.policy import Policy, decide, parts, without

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/carlos"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
TOPIC = f"arn:aws:sns:us-east-2:{ACCOUNT}"
TRAILS = "arn:aws:cloudtrail:*:111122223333:trail/*"


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Policy:
    def whole(statement: dict[str, Any]) -> dict[str, Any]:
        return {"Effect": "Allow"} | ({} if "NotResource" in statement else {"Resource": "*"}) | statement

    return Policy.of("p", {"Version": version, "Statement": [whole(it) for it in statements]})


def may(
    policy: Policy,
    action: str,
    resource: str = "*",
    context: dict[str, Value] | None = None,
    resource_policy: Policy | None = None,
    principal: str = USER,
) -> bool:
    asked = Check(action, resource, Context(context or {}))
    return decide(asked, Principal(principal, Context({"aws:username": "carlos"})), [policy], resource_policy).allowed


# ---- reference_policies_evaluation-logic_policy-eval-denyallow.html --------------------------------------------------


def test_what_nothing_allows_is_denied_and_a_denial_beats_every_allowance() -> None:
    allow, deny = {"Action": "s3:*"}, {"Effect": "Deny", "Action": "s3:DeleteObject"}
    assert not may(policy(allow), "ec2:RunInstances")
    for statements in ((allow, deny), (deny, allow)):
        assert may(policy(*statements), "s3:GetObject")
        assert not may(policy(*statements), "s3:DeleteObject")


def test_within_an_account_caller_or_resource_may_allow_and_either_may_deny() -> None:
    nothing = policy({"Action": "ec2:*"})
    ours = policy({"Action": "s3:GetObject", "Principal": {"AWS": ROLE}})
    assert may(nothing, "s3:GetObject", resource_policy=ours, principal=ROLE)
    assert not may(nothing, "s3:GetObject", resource_policy=ours, principal=USER)
    denies = policy({"Effect": "Deny", "Action": "s3:*", "Principal": "*"})
    assert not may(policy({"Action": "s3:*"}), "s3:GetObject", resource_policy=denies)


def test_a_resource_that_names_the_account_leaves_it_to_the_callers_policies() -> None:
    # reference_policies_elements_principal.html#principal-accounts
    root = policy({"Action": "s3:GetObject", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}})
    assert not may(policy({"Action": "ec2:*"}), "s3:GetObject", resource_policy=root)
    assert may(policy({"Action": "s3:GetObject"}), "s3:GetObject", resource_policy=root)


def test_a_service_is_not_a_person() -> None:
    trust = policy({"Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}})
    nothing = Policy("none", ())
    assert may(nothing, "sts:AssumeRole", ROLE, resource_policy=trust, principal="ec2.amazonaws.com")
    assert not may(nothing, "sts:AssumeRole", ROLE, resource_policy=trust, principal="lambda.amazonaws.com")
    assert not may(nothing, "sts:AssumeRole", ROLE, resource_policy=trust)


# ---- reference_policies_elements_action.html, …_resource.html, …_notaction.html, …_notresource.html ------------------


def test_actions_are_compared_without_regard_to_case_and_resources_with_it() -> None:
    bucket = policy({"Action": "S3:get*", "Resource": "arn:aws:s3:::Bucket/*"})
    assert may(bucket, "s3:GetObject", "arn:aws:s3:::Bucket/key")
    assert not may(bucket, "s3:GetObject", "arn:aws:s3:::bucket/key")
    assert not may(bucket, "s3:PutObject", "arn:aws:s3:::Bucket/key")


def test_not_action_with_allow_is_all_but_these() -> None:
    all_but = policy({"NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"})
    assert may(all_but, "s3:PutObject", "arn:aws:s3:::amzn-s3-demo-bucket")
    assert not may(all_but, "s3:DeleteBucket", "arn:aws:s3:::amzn-s3-demo-bucket")


def test_not_action_with_deny_leaves_these_to_others() -> None:
    # The page's example: without MFA nothing but IAM.
    deny = {
        "Effect": "Deny",
        "NotAction": "iam:*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
    both = policy({"Action": "*"}, deny)
    for context in ({"aws:MultiFactorAuthPresent": "false"}, {}):
        assert not may(both, "ec2:RunInstances", context=context)
        assert may(both, "iam:EnableMFADevice", context=context)
    assert may(both, "ec2:RunInstances", context={"aws:MultiFactorAuthPresent": "true"})


def test_not_resource_with_deny_spares_these() -> None:
    payroll = ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"]
    both = policy({"Action": "s3:*", "Resource": "*"}, {"Effect": "Deny", "Action": "s3:*", "NotResource": payroll})
    assert may(both, "s3:GetObject", "arn:aws:s3:::HRBucket/Payroll/october")
    assert not may(both, "s3:GetObject", "arn:aws:s3:::HRBucket/Other")


def test_a_statement_that_is_not_understood_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="NotPrincipal"):
        policy({"Action": "s3:*", "NotPrincipal": "*"})
    with pytest.raises(ValueError, match="StringAlmost"):
        policy({"Action": "s3:*", "Condition": {"StringAlmost": {"aws:username": "x"}}})


# ---- reference_policies_elements_condition_operators.html ------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "value", "expected"),
    [
        ("StringEquals", "aws:PrincipalTag/job-category", ["iamuser-admin"], "iamuser-admin", True),
        ("StringEquals", "aws:PrincipalTag/job-category", ["iamuser-admin"], "IAMuser-admin", False),
        ("StringEquals", "aws:PrincipalTag/job-category", ["iamuser-admin"], None, False),
        ("StringEquals", "aws:PrincipalTag/job-category", ["iamuser-*"], "iamuser-admin", False),
        ("StringEqualsIgnoreCase", "aws:username", ["Carlos"], "carlos", True),
        ("StringNotEquals", "aws:PrincipalTag/job-category", ["iamuser-admin"], "other", True),
        ("StringNotEquals", "aws:PrincipalTag/job-category", ["iamuser-admin"], None, True),
        ("StringNotEquals", "aws:PrincipalTag/job-category", ["a", "b"], "b", False),
        ("StringLike", "s3:prefix", ["", "home/", "home/carlos/*"], "home/carlos/x", True),
        ("StringLike", "s3:prefix", ["", "home/", "home/carlos/*"], "home/marta/x", False),
        ("StringLike", "s3:prefix", ["home/carlos/*"], None, False),
        ("StringLikeIfExists", "s3:prefix", ["home/carlos/*"], None, True),
        ("StringLikeIfExists", "ec2:InstanceType", ["t1.*", "t2.*", "m3.*"], "t2.micro", True),
        ("StringLikeIfExists", "ec2:InstanceType", ["t1.*", "t2.*", "m3.*"], "c5.large", False),
        ("StringLikeIfExists", "ec2:InstanceType", ["t1.*", "t2.*", "m3.*"], None, True),
        ("NumericLessThanEquals", "s3:max-keys", ["10"], "10", True),
        ("NumericLessThanEquals", "s3:max-keys", ["10"], "9.5", True),
        ("NumericLessThanEquals", "s3:max-keys", ["10"], "11", False),
        ("NumericLessThanEquals", "s3:max-keys", ["10"], "many", False),
        ("NumericLessThanEquals", "s3:max-keys", ["10"], None, False),
        ("DateGreaterThan", "aws:CurrentTime", ["2020-04-01T00:00:00Z"], "2020-04-02T00:00:00Z", True),
        ("DateLessThan", "aws:CurrentTime", ["2020-06-30T23:59:59Z"], "2020-07-01T00:00:00Z", False),
        ("Bool", "aws:SecureTransport", ["false"], "false", True),
        ("Bool", "aws:SecureTransport", ["false"], "true", False),
        # A request that is signed with an access key has no such key, which is why it takes BoolIfExists.
        ("Bool", "aws:MultiFactorAuthPresent", ["false"], None, False),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", ["false"], None, True),
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24"], "203.0.113.9", True),
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24"], "203.0.114.9", False),
        ("IpAddress", "aws:SourceIp", ["2001:DB8:1234:5678::/64"], "2001:DB8:1234:5678::1", True),
        ("NotIpAddress", "aws:SourceIp", ["192.0.2.0/24", "203.0.113.0/24"], "203.0.113.9", False),
        ("NotIpAddress", "aws:SourceIp", ["192.0.2.0/24"], None, True),
        ("ArnEquals", "aws:SourceArn", [f"{TOPIC}:Test*"], f"{TOPIC}:TestTopic", True),
        ("ArnLike", "aws:SourceArn", [TRAILS], "arn:aws:cloudtrail:eu-west-1:111122223333:trail/a", True),
        ("ArnLike", "aws:SourceArn", [TRAILS], "arn:aws:cloudtrail:eu-west-1:444455556666:trail/a", False),
        # Each of the six parts by itself.
        ("ArnLike", "aws:SourceArn", ["arn:aws:sns:*:topic"], f"{TOPIC}:topic", False),
        ("ArnNotEquals", "aws:SourceArn", [f"{TOPIC}:a"], f"{TOPIC}:b", True),
        ("Null", "aws:TokenIssueTime", ["true"], None, True),
        ("Null", "aws:TokenIssueTime", ["true"], "2020-04-01T00:00:00Z", False),
        ("Null", "aws:TokenIssueTime", ["false"], "2020-04-01T00:00:00Z", True),
    ],
)  # fmt: skip
def test_an_operator_compares_as_documented(
    operator: str, key: str, wanted: list[str], value: str | None, expected: bool
) -> None:
    context = Context({} if value is None else {key.upper(): value})
    assert holds(operator, key, wanted, context) == expected


# ---- reference_policies_condition-single-vs-multi-valued-context-keys.html -------------------------------------------


@pytest.mark.parametrize(
    ("operator", "tags", "expected"),
    [
        ("ForAllValues:StringEquals", ("environment", "cost-center"), True),
        ("ForAllValues:StringEquals", ("environment",), True),
        ("ForAllValues:StringEquals", ("environment", "owner"), False),
        # The trap that the page warns of: true without any.
        ("ForAllValues:StringEquals", None, True),
        ("ForAllValues:StringEquals", (), True),
        ("ForAnyValue:StringEquals", ("environment", "owner"), True),
        ("ForAnyValue:StringEquals", ("owner",), False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAllValues:StringNotEquals", ("owner",), True),
        ("ForAllValues:StringNotEquals", ("owner", "environment"), False),
        ("ForAnyValue:StringNotEquals", ("owner", "environment"), True),
    ],
)
def test_a_set_operator_compares_every_value_or_any(
    operator: str, tags: tuple[str, ...] | None, expected: bool
) -> None:
    context = Context({} if tags is None else {"aws:TagKeys": tags})
    assert holds(operator, "aws:TagKeys", ["environment", "cost-center"], context) == expected


def test_all_conditions_of_a_statement_have_to_hold_and_one_value_of_each() -> None:
    # reference_policies_condition-logic-multiple-context-keys-or-values.html
    condition = {
        "StringEquals": {"aws:PrincipalTag/department": ["finance", "hr", "legal"], "aws:PrincipalTag/role": "audit"},
        "ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::222222222222:user/Ana", "arn:aws:iam::222222222222:user/Mary"]},
    }
    allowed = {
        "aws:PrincipalTag/department": "hr",
        "aws:PrincipalTag/role": "audit",
        "aws:PrincipalArn": "arn:aws:iam::222222222222:user/Mary",
    }
    statement = policy({"Action": "s3:*", "Condition": condition})
    assert may(statement, "s3:GetObject", context=allowed)
    for key in allowed:
        assert not may(statement, "s3:GetObject", context=allowed | {key: "arn:aws:iam::222222222222:user/Nikki"})
        assert not may(statement, "s3:GetObject", context={it: value for it, value in allowed.items() if it != key})


# ---- reference_policies_variables.html -------------------------------------------------------------------------------


def test_a_variable_is_what_the_request_says_and_no_pattern() -> None:
    home = policy({"Action": "s3:*", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}/*"})
    assert may(home, "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/home/carlos/x")
    assert not may(home, "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/home/marta/x")
    everyones = Context({"aws:username": "*"})
    wanted = "arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}/*"
    assert not matches_arn(wanted, "arn:aws:s3:::amzn-s3-demo-bucket/home/marta/x", everyones, variables=True)


def test_a_variable_without_a_value_matches_nothing_unless_it_has_a_default() -> None:
    team = "arn:aws:s3:::amzn-s3-demo-bucket/${aws:PrincipalTag/team}/*"
    key = "arn:aws:s3:::amzn-s3-demo-bucket/company-wide/x"
    assert not may(policy({"Action": "s3:*", "Resource": team}), "s3:GetObject", key)
    default = team.replace("team}", "team, 'company-wide'}")
    assert may(policy({"Action": "s3:*", "Resource": default}), "s3:GetObject", key)


def test_an_asterisk_can_be_meant() -> None:
    literal = policy({"Action": "s3:*", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/${*}"})
    assert may(literal, "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/*")
    assert not may(literal, "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/x")


def test_before_version_2012_10_17_a_variable_is_text() -> None:
    home = policy({"Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}, version="2008-10-17")
    assert not may(home, "s3:GetObject", "arn:aws:s3:::b/carlos/x")
    assert may(home, "s3:GetObject", "arn:aws:s3:::b/${aws:username}/x")


# ---- Policies made up at random. -------------------------------------------------------------------------------------

_ACTIONS = ["s3:GetObject", "s3:PutObject", "ec2:RunInstances", "s3:*", "ec2:R?n*", "*"]
_RESOURCES = ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x", "arn:aws:ec2:us-east-1:123456789012:instance/*"]
_ASKED = ["arn:aws:s3:::b/x", "arn:aws:s3:::b/y", "arn:aws:ec2:us-east-1:123456789012:instance/i-1"]
_TEXTS, _TRUTHS, _NUMBERS = ["a", "A", "b*", "bc"], ["true", "false"], ["1", "2", "2.0", "30"]
_COMPARED = ["Equals", "NotEquals", "EqualsIgnoreCase", "Like", "NotLike"]
_NUMBERED = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
_KEYS = {
    "x:Text": ([f"String{it}{end}" for it in _COMPARED for end in ("", "IfExists")] + ["Null"], _TEXTS),
    "x:Truth": (["Bool", "BoolIfExists", "Null"], _TRUTHS),
    "x:Number": ([f"Numeric{it}{end}" for it in _NUMBERED for end in ("", "IfExists")], _NUMBERS),
    "x:Many": ([f"{it}:String{each}" for it in ("ForAllValues", "ForAnyValue") for each in _COMPARED], _TEXTS),
}


def _statement(chance: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Sid": f"S{chance.randrange(10**9)}",
        "Effect": chance.choice(["Allow", "Allow", "Allow", "Deny"]),
        chance.choice(["Action", "Action", "NotAction"]): chance.sample(_ACTIONS, chance.randint(1, 2)),
        chance.choice(["Resource", "Resource", "NotResource"]): chance.sample(_RESOURCES, chance.randint(1, 2)),
    }
    for key, (operators, values) in _KEYS.items():
        if chance.random() < 0.4:
            operator = chance.choice(operators)
            wanted = chance.sample(values, chance.randint(1, 2)) if operator != "Null" else [chance.choice(_TRUTHS)]
            made.setdefault("Condition", {})[operator] = {key: wanted}
    return made


def _request(chance: random.Random) -> Check:
    context: dict[str, Value] = {}
    for key, (_, values) in _KEYS.items():
        if chance.random() < 0.7:
            many = tuple(chance.sample(values, 2))
            context[key] = many if key == "x:Many" else many[0]
    return Check(chance.choice(_ACTIONS[:3]), chance.choice(_ASKED), Context(context))


def _cases(count: int) -> list[tuple[list[dict[str, Any]], Check]]:
    chance = random.Random(20261124)
    return [([_statement(chance) for _ in range(chance.randint(1, 4))], _request(chance)) for _ in range(count)]


def _decide(statements: list[dict[str, Any]], check: Check) -> bool:
    made = Policy.of("p", {"Version": "2012-10-17", "Statement": statements})
    return decide(check, Principal(USER), [made]).allowed


def test_an_evaluator_of_others_comes_to_the_same_decisions() -> None:
    allowed = 0
    for statements, check in _cases(3000):
        asked = another.EvalContext(USER, "User", ACCOUNT, check.action, check.resource, "us-east-1")
        asked.service_context = {
            key: list(value) if isinstance(value, tuple) else value for key, value in check.context.items()
        }
        theirs = another.evaluate(asked, [another.parse_policy_document({"Statement": statements})])
        ours = _decide(statements, check)
        assert ours == (theirs.decision == "Allow"), (statements, check)
        allowed += ours
    assert 300 < allowed < 2700


def test_an_allowance_more_never_denies_and_a_denial_more_never_allows() -> None:
    chance = random.Random(7)
    for statements, check in _cases(1000):
        before = _decide(statements, check)
        more = _statement(chance)
        after = _decide([*statements, more], check)
        assert after >= before if more["Effect"] == "Allow" else after <= before


def test_policies_with_a_part_taken_out_allow_nothing_more() -> None:
    for statements, check in _cases(300):
        whole = Policy.of("p", {"Version": "2012-10-17", "Statement": statements})
        for part in parts([whole]):
            rest = without([whole], part)
            assert decide(check, Principal(USER), rest).allowed <= _decide(statements, check), part
