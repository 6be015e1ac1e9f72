"""What ministack knows of, but leaves out when it comes from a template: of CloudFormation, CloudFront, Lambda.

Each function names the behaviour of AWS's that it gives, by its page. The first four are needed by
`tests/test_templates.py`, the others by whatever comes through the site or asks AWS for something.
"""

import json
import os
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_evaluator
from ministack.services import cloudfront, cognito, dynamodb, eventbridge, lambda_svc, s3, scheduler, sns
from ministack.services.cloudformation import provisioners

from infra.local.iam.tokens import session_token

Properties = dict[str, Any]

_HTTP_API_HOST = re.compile(r"(?P<id>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")


def install() -> None:
    """Makes ministack do the rest. To be called once, before the server starts."""
    _after_creation("AWS::DynamoDB::Table", _protect_table)
    _after_creation("AWS::S3::Bucket", _expire_old_versions)
    _after_creation("AWS::S3::Bucket", _lock_objects)
    _after_creation("AWS::SNS::Topic", _encrypt_topic)
    _throttle_stages()
    _serve_http_api_origins()
    _fetch_from_s3_over_tls()
    _give_functions_their_roles()
    _start_rates()
    _list_schedules_in_pages()
    _let_objects_be_older()
    _renew_people_as_they_are_now()


def _after_creation(kind: str, finish: Callable[[str, Properties], None]) -> None:
    """Has `finish(physical id, properties)` called when CloudFormation made a resource of this type."""
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    create = handlers["create"]

    def create_and_finish(logical_id: str, properties: Properties, stack: str) -> Any:
        made = create(logical_id, properties, stack)
        finish(made[0], properties)
        return made

    handlers["create"] = create_and_finish


def _protect_table(name: str, properties: Properties) -> None:
    """Encryption at rest, point-in-time recovery, and the time after which items go.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
    """
    encrypted = _true(properties.get("SSESpecification", {}).get("SSEEnabled"))
    dynamodb._update_table({"TableName": name, "SSESpecification": {"Enabled": encrypted}})
    recovery = properties.get("PointInTimeRecoverySpecification", {})
    enabled = _true(recovery.get("PointInTimeRecoveryEnabled"))
    dynamodb._update_continuous_backups(
        {"TableName": name, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": enabled}}
    )
    if time_to_live := properties.get("TimeToLiveSpecification"):
        time_to_live = {"Enabled": _true(time_to_live["Enabled"]), "AttributeName": time_to_live["AttributeName"]}
        dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": time_to_live})


def _encrypt_topic(arn: str, properties: Properties) -> None:
    """The key with which messages are encrypted.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html
    """
    if key := properties.get("KmsMasterKeyId"):
        sns._set_topic_attributes({"TopicArn": [arn], "AttributeName": ["KmsMasterKeyId"], "AttributeValue": [key]})


def _throttle_stages() -> None:
    """An HTTP API's stage has its route settings, under the names by which its own API tells them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-stage.html
    """
    read = provisioners._apigw_v2_stage_props

    def read_settings(properties: Properties) -> Properties:
        settings = read(properties)
        declared = settings["defaultRouteSettings"]
        return settings | {
            "defaultRouteSettings": {f"{it[0].lower()}{it[1:]}": value for it, value in declared.items()}
        }

    provisioners._apigw_v2_stage_props = read_settings


def _expire_old_versions(name: str, properties: Properties) -> None:
    """When a version goes that is no longer the current one. What else a lifecycle can hold is left out.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    """
    rules = "".join(
        f"<Rule><ID>{rule['Id']}</ID><Filter/><Status>{rule['Status']}</Status><NoncurrentVersionExpiration>"
        f"<NoncurrentDays>{rule['NoncurrentVersionExpiration']['NoncurrentDays']}</NoncurrentDays>"
        "</NoncurrentVersionExpiration></Rule>"
        for rule in properties.get("LifecycleConfiguration", {}).get("Rules", [])
        if "NoncurrentVersionExpiration" in rule
    )
    if rules:
        s3._put_bucket_lifecycle(name, f"<LifecycleConfiguration>{rules}</LifecycleConfiguration>".encode())


def _lock_objects(name: str, properties: Properties) -> None:
    """For how long no version of an object can be deleted.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    """
    if not _true(properties.get("ObjectLockEnabled")):
        return
    retention = properties.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention")
    if retention:
        retention = {"Mode": retention["Mode"], "Days": int(retention["Days"])}
    s3._bucket_object_lock[name] = {"enabled": True, "default_retention": retention}


def _let_objects_be_older() -> None:
    """An object may say itself when it was stored, since no test waits for a day. AWS's never do."""
    build = s3._build_object_record

    def built(body: bytes, headers: dict[str, str], *rest: Any, **more: Any) -> dict[str, Any]:
        stored_at = headers.get("x-amz-meta-stored-at")
        return build(body, headers, *rest, **more) | ({"last_modified": stored_at} if stored_at else {})

    s3._build_object_record = built


def _true(value: Any) -> bool:
    """Whether a template's boolean is true; it may come as a text."""
    return str(value).lower() == "true"


def _serve_http_api_origins() -> None:
    """Lets a distribution reach an HTTP API at the host name that AWS would give it.

    ministack answers 502 for an origin at a host name of AWS's, so that nothing leaves the machine. It serves HTTP
    APIs itself, and offers a way to them inside: `/_aws/execute-api/<id>/<stage>`.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistS3AndCustomOrigins.html
    """
    forward = cloudfront._forward_to_origin

    def forward_inside(origin: dict[str, Any], method: str, uri: str, *rest: Any, **more: Any) -> Any:
        api = _HTTP_API_HOST.fullmatch(origin["domain_name"])
        if api:
            uri = f"/_aws/execute-api/{api['id']}/$default{uri}"
            port = int(os.environ["GATEWAY_PORT"])
            origin = origin | {"domain_name": "127.0.0.1", "http_port": port, "protocol_policy": "http-only"}
        return forward(origin, method, uri, *rest, **more)

    cloudfront._forward_to_origin = forward_inside


def _fetch_from_s3_over_tls() -> None:
    """Counts what a distribution fetches from S3 as sent over TLS, as it is at AWS.

    ministack fetches within its process. The bucket policy that denies all without TLS would deny the site to its own
    distribution.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    serve = cloudfront._serve_s3_origin

    def serve_securely(*arguments: Any, **more: Any) -> Any:
        # Runs in a thread with a context of its own, so that this holds for this fetch only.
        iam_evaluator.pin_request_origin("127.0.0.1", secure_transport=True)
        return serve(*arguments, **more)

    cloudfront._serve_s3_origin = serve_securely


def _give_functions_their_roles() -> None:
    """Says in a function's credentials which role and function they are of; ministack's are the account's alone.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    credentials = lambda_svc.execution_credentials

    def credentials_of_role(config: dict[str, Any]) -> dict[str, str]:
        token = session_token(config["Role"].rpartition("/")[2], config["FunctionName"])
        return {**credentials(config), "AWS_SESSION_TOKEN": token}

    lambda_svc.execution_credentials = credentials_of_role


def _start_rates() -> None:
    """Has a rate run first at its StartDate and, without one, at once; ministack lets a period pass first.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
    """

    def starting(save: Callable[[str, Properties], Any]) -> Callable[[str, Properties], Any]:
        def save_and_start(name: str, schedule: Properties) -> Any:
            start = scheduler._to_epoch(schedule.get("StartDate")) or time.time()
            if start < time.time() - 5 * 60:
                # The limit is on none of AWS's pages; this is what AWS says.
                return scheduler._error(
                    400, "ValidationException", "The StartDate you specify cannot be earlier than 5 minutes ago."
                )
            saved = save(name, schedule)
            period = eventbridge._parse_rate_seconds(schedule.get("ScheduleExpression", ""))
            if saved[0] == 200 and period:
                key = scheduler._schedules._scoped(f"{schedule.get('GroupName', 'default')}/{name}")
                scheduler._schedule_last_fired[key] = start - period
            return saved

        return save_and_start

    scheduler._create_schedule = starting(scheduler._create_schedule)
    scheduler._update_schedule = starting(scheduler._update_schedule)


def _list_schedules_in_pages() -> None:
    """Lists schedules in pages of at most 100; ministack leaves out what is beyond the first page.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html
    """
    list_first = scheduler._list_schedules

    def list_page(query: dict[str, str]) -> Any:
        first, size = int(query.get("NextToken", 0)), int(query.get("MaxResults", 100))
        if not 1 <= size <= 100:
            return scheduler._error(400, "ValidationException", "MaxResults must be 1 to 100.")
        _, _, listed = list_first(query | {"MaxResults": str(first + size + 1)})
        page = json.loads(listed)["Schedules"][first:]
        more = {"NextToken": str(first + size)} if len(page) > size else {}
        return scheduler._json_resp(200, {"Schedules": page[:size]} | more)

    scheduler._list_schedules = list_page


def _renew_people_as_they_are_now() -> None:
    """Renews tokens with the groups that someone is in now, and none of who was disabled or signed out everywhere.

    https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
    """
    make, answer = cognito._fake_token, cognito._oauth2_token

    def user_of(pool: str, name: str) -> dict[str, Any]:
        return (cognito._get_pool_unscoped(pool) or {}).get("_users", {}).get(name) or {}

    def make_with_groups(sub: str, pool: str, *rest: Any, **more: Any) -> str:
        if more.get("trigger_source") == "TokenGeneration_RefreshTokens":
            more["groups"] = user_of(pool, more.get("username", "")).get("_groups", [])
        return make(sub, pool, *rest, **more)

    def answer_who_may(data: Any, query: Any, raw_body: bytes = b"", headers: Any = None) -> Any:
        token = parse_qs(raw_body.decode(errors="replace")).get("refresh_token", [""])[0]
        if grant := cognito._refresh_tokens.get(token):
            user = user_of(grant["pool_id"], grant["username"])
            if not user.get("Enabled", True) or cognito._refresh_token_revoked(token, user):
                return cognito._oauth2_error("invalid_grant", "Invalid refresh token.")
        return answer(data, query, raw_body, headers)

    cognito._fake_token, cognito._oauth2_token = make_with_groups, answer_who_may
