"""The instance metadata service, version 2 only, as one instance sees it."""

import asyncio
import json
import secrets
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from infra.local.endpoints import ACCOUNT_ID
from infra.local.hosts.ec2 import Ec2, Instance
from infra.local.iam.tokens import session_token

_TTL_HEADER = "X-aws-ec2-metadata-token-ttl-seconds"
_TOKEN_HEADER = "X-aws-ec2-metadata-token"
_LONGEST_TTL = 21_600

# How long the role's credentials are said to last; the emulators take them for ever.
_CREDENTIALS_LAST = timedelta(hours=6)


class Metadata:
    """Answers for one instance, with what EC2 says at that moment."""

    def __init__(self, ec2: Ec2, instance: str, user_data: bytes) -> None:
        self._ec2 = ec2
        self._instance = instance
        self._user_data = user_data
        self._tokens: dict[str, float] = {}
        self._role: str | None = None

    async def serve(self, listener: socket.socket) -> web.AppRunner:
        """Begins to answer; the answer's `cleanup` ends it."""
        application = web.Application()
        application.router.add_put("/latest/api/token", self._token)
        application.router.add_get("/{path:.*}", self._get)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        return runner

    async def _token(self, request: web.Request) -> web.Response:
        ttl = request.headers.get(_TTL_HEADER, "")
        if not (ttl.isdecimal() and 1 <= int(ttl) <= _LONGEST_TTL):
            return web.Response(status=400)
        # A proxy on the instance adds this header; the token is not for those who come through one.
        if "X-Forwarded-For" in request.headers:
            return web.Response(status=403)
        token = secrets.token_urlsafe(40)
        self._tokens[token] = time.monotonic() + int(ttl)
        return web.Response(text=token, headers={_TTL_HEADER: ttl})

    async def _get(self, request: web.Request) -> web.Response:
        if self._tokens.get(request.headers.get(_TOKEN_HEADER, ""), 0) < time.monotonic():
            return web.Response(status=401)
        tree = await asyncio.to_thread(self._tree)
        found = _look_up(tree, [part for part in request.path.split("/") if part])
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found, content_type="text/plain")

    def _tree(self) -> dict[str, Any]:
        instance = self._ec2.alive(("instance-id", self._instance)).get(self._instance, {})
        data = self._meta_data(instance) if instance else {}
        latest = {"meta-data": data, "user-data": self._user_data or None}
        if instance:
            latest["dynamic"] = {"instance-identity": {"document": _json(self._identity(instance))}}
        return {"latest": latest}

    def _meta_data(self, instance: Instance) -> dict[str, Any]:
        # An instance keeps its role; asking each time would double the time an answer takes.
        role = self._role = self._role or self._ec2.role(instance)
        return {
            "ami-id": instance["ImageId"],
            "iam": {"security-credentials": {role: _json(_credentials(role, self._instance))}} if role else None,
            "instance-id": instance["InstanceId"],
            "instance-type": instance["InstanceType"],
            "local-hostname": instance.get("PrivateDnsName"),
            "local-ipv4": instance["PrivateIpAddress"],
            "placement": {
                "availability-zone": instance["Placement"]["AvailabilityZone"],
                "region": self._ec2.region,
            },
            "public-hostname": instance.get("PublicDnsName") or None,
            "public-ipv4": instance.get("PublicIpAddress"),
            # Only where the launch asks for it, as on EC2.
            "tags": {"instance": {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}}
            if instance.get("MetadataOptions", {}).get("InstanceMetadataTags") == "enabled"
            else None,
        }

    def _identity(self, instance: Instance) -> dict[str, Any]:
        return {
            "accountId": ACCOUNT_ID,
            "architecture": instance.get("Architecture"),
            "availabilityZone": instance["Placement"]["AvailabilityZone"],
            "imageId": instance["ImageId"],
            "instanceId": instance["InstanceId"],
            "instanceType": instance["InstanceType"],
            "privateIp": instance["PrivateIpAddress"],
            "region": self._ec2.region,
            "version": "2017-09-30",
        }


def _credentials(role: str, instance: str) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "Code": "Success",
        "LastUpdated": _timestamp(now),
        "Type": "AWS-HMAC",
        # The emulators take the access key for the account.
        "AccessKeyId": ACCOUNT_ID,
        "SecretAccessKey": "local",
        "Token": session_token(role, instance),
        "Expiration": _timestamp(now + _CREDENTIALS_LAST),
    }


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2)


def _look_up(tree: dict[str, Any], path: list[str]) -> bytes | None:
    """What stands at a path; of a folder, the names in it. None when there is nothing."""
    found: Any = tree
    for index, part in enumerate(path):
        if not isinstance(found, dict):
            return None
        # The key of a tag may have a slash in it.
        rest = "/".join(path[index:])
        if rest in found:
            found = found[rest]
            break
        found = found.get(part)
    if isinstance(found, dict):
        names = (f"{name}/" if isinstance(it, dict) else name for name, it in found.items() if it is not None)
        found = "\n".join(sorted(names))
    return found.encode() if isinstance(found, str) else found
