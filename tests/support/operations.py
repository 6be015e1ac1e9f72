"""The operations from both sides: as an operator uses them, and as EC2 has the host."""

import base64
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from boto3.dynamodb.types import TypeDeserializer

from infra.local.listing import listed
from tests.support.function import Function
from tests.support.recipes import with_recipe
from tests.support.waiting import wait_until

STEPS = ["preflight", "launch", "boot", "report", "probe", "switch", "bake", "retire"]

# How long the steps of a relaunch may take: longer than a test needs for the next thing it does. `settle` is the least
# there can be, since it is waited for.
TIMEOUTS = "boot=300,report=300,probe=300,bake=0,undo=300,settle=15"

# No image has this id.
MISSING_IMAGE = "ami-0123456789abcdef0"


def is_driven(record: dict[str, Any]) -> bool:
    """Whether a driver has taken a stored relaunch on."""
    return record["lease"]["epoch"] > 0


def name_of(actor: str | dict[str, dict[str, str]]) -> str:
    """An actor of the API in a word or two; a person is one by the issuer's word."""
    match actor:
        case {"person": {"name": name, "issuer": issuer, "subject": subject}}:
            assert issuer.startswith("http") and subject, actor
            return name
        case {"schedule": {"name": name}}:
            return f"schedule {name}"
        case "direct_invocation" | "rollcall":
            return actor
    raise AssertionError(f"{actor} is no actor")


class Operations:
    """The operations of the local cloud; `api` acts as an operator."""

    def __init__(
        self,
        api: requests.Session,
        aws: Callable[[str], Any],
        outputs: dict[str, dict[str, str]],
    ) -> None:
        self.api = api
        self.ec2 = aws("ec2")
        self._dynamodb = aws("dynamodb")
        self._outputs = outputs
        self._began = datetime.now(UTC)

    def revision_input(self, **changes: Any) -> dict[str, Any]:
        """What a form sends for a valid revision, with some parts its own."""
        variables = {"photos_bucket": self._outputs["storage"]["PhotosBucketName"], "region": "us-east-1"}
        return {"recipe": "al2023-flask", "variables": variables} | changes

    def revise(self, **changes: Any) -> dict[str, Any]:
        """Makes a revision."""
        answer = self.api.post("/api/operations/revisions", json=self.revision_input(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def revise_to(self, recipe: str, **waits: int) -> dict[str, Any]:
        """Makes a revision whose host runs another script, under the wrapper as it is; see `with_recipe`."""
        revision = self.revise()
        self.overwrite_user_data(revision["number"], with_recipe(revision["user_data"], recipe, **waits))
        return revision

    def revise_differently(self, **changes: Any) -> dict[str, Any]:
        """Makes a revision whose host would be another than the one that serves: the photos have another place."""
        variables = self.revision_input()["variables"] | {"photos_bucket": f"photos-{uuid.uuid4()}"}
        return self.revise(variables=variables, **changes)

    def begin(self, revision: int | None = None, *, force: bool = True) -> dict[str, Any]:
        """Asks for a relaunch, to the newest revision unless told otherwise, and whether or not it changes anything."""
        body: dict[str, Any] = {"force": force} | ({} if revision is None else {"revision": revision})
        answer = self.api.post("/api/operations/relaunches", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def relaunch(self, revision: int | None = None) -> dict[str, Any]:
        """Relaunches and waits until it has ended."""
        return self.ended(self.begin(revision)["id"])

    def read(self, relaunch: str) -> dict[str, Any]:
        """A relaunch as it stands."""
        answer = self.api.get(f"/api/operations/relaunches/{relaunch}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, relaunch: str) -> dict[str, Any]:
        """A relaunch, once it has ended."""
        return self.once(relaunch, lambda it: it["outcome"])

    def once(self, relaunch: str, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """A relaunch, once this holds of it; fails at once when it has ended and it doesn't."""

        def look() -> dict[str, Any] | None:
            seen = self.read(relaunch)
            if condition(seen):
                return seen
            assert seen["outcome"] is None, seen
            return None

        return wait_until(look)

    def abandoned(self, function: Function, moment: Callable[[dict[str, Any]], Any] = is_driven) -> str:
        """A relaunch whose driver was killed at a moment, as soon as it drives unless told otherwise.

        The driver counts as one that waits, however long the test takes, until `expire_lease`.
        """
        # The moment may have passed by the time the driver is dead; then another one is begun.
        for _ in range(20):
            revision = self.revise()["number"]
            driver = function.call_in_vain({"action": "relaunch", "revision": revision, "force": True})
            begun = self._once_stored(lambda it, revision=revision: it["to_revision"] == revision)["id"]
            processes = function.processes()
            self._once_stored(lambda it: moment(it) or all(outcomes(it).values()))
            function.kill(processes)
            driver.join()
            if self.read(begun)["outcome"] is None:
                self._lease_ends(begun, timedelta(hours=1))
                return begun
        raise AssertionError("every relaunch had ended before its driver was dead")

    def expire_lease(self, relaunch: str) -> None:
        """Does what the lease's time does: a driver that was killed counts as gone from now on."""
        self._lease_ends(relaunch, timedelta())

    def age(self, relaunch: str) -> None:
        """Lets a relaunch have begun a day ago."""
        self._change(relaunch, "SET started_at = :time", _time(-timedelta(days=1)))

    def name_in_progress(self, relaunch: str) -> None:
        """Notes that a relaunch is in progress, which need not be there."""
        mark = {"pk": {"S": "in-progress"}, "sk": {"S": "relaunch"}, "relaunch": {"S": relaunch}}
        self._dynamodb.put_item(TableName=self._outputs["storage"]["OperationsTableName"], Item=mark)

    def store_relaunch_of_a_newer_version(self, relaunch: str) -> None:
        """Stores what this version can't read."""
        item = {"pk": {"S": "relaunch"}, "sk": {"S": relaunch}, "stage": {"M": {"teleport": {"S": "elsewhere"}}}}
        self._dynamodb.put_item(TableName=self._outputs["storage"]["OperationsTableName"], Item=item)

    def take_turn_with_schedule(self, name: str, until: datetime) -> None:
        """Does what somebody does who begins to change a schedule, and never ends."""
        owner, time = {"S": str(uuid.uuid4())}, {"S": until.isoformat()}
        turn = {"pk": {"S": "schedule-turn"}, "sk": {"S": name}, "owner": owner, "version": {"N": "1"}, "until": time}
        self._dynamodb.put_item(TableName=self._outputs["storage"]["OperationsTableName"], Item=turn)

    def forget_relaunch(self, relaunch: str) -> None:
        """Removes a record."""
        key = {"pk": {"S": "relaunch"}, "sk": {"S": relaunch}}
        self._dynamodb.delete_item(TableName=self._outputs["storage"]["OperationsTableName"], Key=key)

    def _lease_ends(self, relaunch: str, after: timedelta) -> None:
        # With another epoch, so that whoever stands by the driver is relieved and the test's own call goes on: Lambda
        # repeats invocations whose copies were killed.
        self._change(relaunch, "SET lease.expires_at = :time ADD lease.epoch :one", _time(after) | {":one": {"N": "1"}})

    def _change(self, relaunch: str, update: str, values: dict[str, Any]) -> None:
        self._dynamodb.update_item(
            TableName=self._outputs["storage"]["OperationsTableName"],
            Key={"pk": {"S": "relaunch"}, "sk": {"S": relaunch}},
            UpdateExpression=update,
            ExpressionAttributeValues=values,
        )

    def cancel(self, relaunch: str) -> requests.Response:
        """Asks for a relaunch to be stopped."""
        return self.api.post(f"/api/operations/relaunches/{relaunch}/cancel")

    def boot_log(self, relaunch: str) -> dict[str, Any]:
        """What is kept of the start of a relaunch's new host."""
        answer = self.api.get(f"/api/operations/relaunches/{relaunch}/boot-log")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def plan(self, revision: int | None = None) -> dict[str, Any]:
        """What a relaunch would do, to the newest revision unless told otherwise."""
        body = {} if revision is None else {"revision": revision}
        answer = self.api.post("/api/operations/plans", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def audit_log(self, **query: Any) -> dict[str, Any]:
        """A page of the audit log."""
        answer = self.api.get("/api/operations/audit", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def audit_entries(self, thing: str | int) -> list[dict[str, Any]]:
        """What the audit log has of a thing since the test began, oldest first, however many pages that fills."""
        entries, cursor = [], None
        while True:
            page = self.audit_log(limit=100, **({"cursor": cursor} if cursor else {}))
            entries += page["entries"]
            cursor = page["next_cursor"]
            if cursor is None or datetime.fromisoformat(page["entries"][-1]["at"]) < self._began:
                break
        return [it for it in reversed(entries) if it["thing"] == str(thing)]

    def told_of(self, thing: str | int) -> list[tuple[str, str, str]]:
        """Who did what and what came of it, as the audit log has it of a thing."""
        return [(name_of(it["who"]), it["action"], it["outcome"]) for it in self.audit_entries(thing)]

    def relaunches(self, **query: Any) -> dict[str, Any]:
        """A page of relaunches."""
        answer = self.api.get("/api/operations/relaunches", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def newest_relaunch(self) -> dict[str, Any] | None:
        """The newest relaunch."""
        return next(iter(self.relaunches(limit=1)["relaunches"]), None)

    def settle(self) -> None:
        """Waits until no relaunch is in progress."""
        newest = self.newest_relaunch()
        if newest is not None:
            self.ended(newest["id"])

    def host(self) -> dict[str, Any] | None:
        """The host, as the API tells."""
        answer = self.api.get("/api/operations/host")
        assert answer.status_code == 200, answer.text
        return answer.json()["host"]

    def some_host(self) -> dict[str, Any]:
        """The host, launched first when there is none."""
        found = self.host()
        if found is None:
            number = self.revise()["number"]
            assert self.relaunch(number)["outcome"] == "succeeded"
            found = self.host()
        assert found is not None
        return found

    def instances(self, relaunch: str | None = None) -> list[dict[str, Any]]:
        """The instances with the deployment's tag that are not gone; with `relaunch`, all that it ever launched."""
        tag = ("rollcall:host", "rollcall") if relaunch is None else ("rollcall:relaunch", relaunch)
        tagged = [{"Name": f"tag:{tag[0]}", "Values": [tag[1]]}]
        found = listed(self.ec2, "describe_instances", "Reservations[].Instances", Filters=tagged)
        return [it for it in found if relaunch or it["State"]["Name"] not in ("shutting-down", "terminated")]

    def clear_strays(self) -> None:
        """Takes away what a test that failed may have left behind: every instance but the one with the address."""
        holder = self.address_holder()
        others = [it["InstanceId"] for it in self.instances() if it["InstanceId"] != holder]
        if others:
            self.ec2.terminate_instances(InstanceIds=others)

    def state(self, instance: str) -> str:
        """An instance's state."""
        return self._describe(instance)["State"]["Name"]

    def the_instance(self) -> dict[str, Any]:
        """The one instance with the deployment's tag."""
        (instance,) = self.instances()
        return instance

    def is_the_host(self, host: dict[str, Any]) -> bool:
        """Whether this host is the only one, runs, and has the address."""
        instance = self.the_instance()
        return (
            instance["InstanceId"] == host["instance_id"] == self.address_holder()
            and instance["State"]["Name"] == "running"
        )

    def user_data(self, instance: str) -> str:
        """What an instance got as user data."""
        found = self.ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
        return base64.b64decode(found["UserData"]["Value"]).decode()

    def address_holder(self) -> str | None:
        """The instance that the Elastic IP points to."""
        allocation = self._outputs["host"]["HostAddressAllocationId"]
        (address,) = self.ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]
        # Of one that was taken away EC2's emulator tells an empty id.
        return address.get("InstanceId") or None

    def lose_the_address(self) -> None:
        """Takes the Elastic IP away from its instance, as somebody may do by hand."""
        allocation = self._outputs["host"]["HostAddressAllocationId"]
        (address,) = self.ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]
        self.ec2.disassociate_address(AssociationId=address["AssociationId"])

    def stored(self) -> dict[str, Any] | None:
        """The record of the newest relaunch."""
        found = self._dynamodb.query(
            TableName=self._outputs["storage"]["OperationsTableName"],
            KeyConditionExpression="pk = :kind",
            ExpressionAttributeValues={":kind": {"S": "relaunch"}},
            ScanIndexForward=False,
            Limit=1,
            ConsistentRead=True,
        )
        for item in found["Items"]:
            return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
        return None

    def _once_stored(self, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The newest relaunch, as soon as this holds of its record; quicker than the API can tell."""

        def look() -> dict[str, Any] | None:
            record = self.stored()
            return record if record is not None and condition(record) else None

        return wait_until(look, every=0.005)

    def overwrite_user_data(self, revision: int, user_data: str) -> None:
        """Changes a stored revision behind Rollcall's back."""
        self._dynamodb.update_item(
            TableName=self._outputs["storage"]["OperationsTableName"],
            Key={"pk": {"S": "revision"}, "sk": {"S": f"{revision:010}"}},
            UpdateExpression="SET user_data = :user_data",
            ExpressionAttributeValues={":user_data": {"S": user_data}},
        )

    def _describe(self, instance: str) -> dict[str, Any]:
        found = self.ec2.describe_instances(InstanceIds=[instance])
        return found["Reservations"][0]["Instances"][0]


def _time(after: timedelta) -> dict[str, Any]:
    """The time that is so much later than now, as a value of DynamoDB."""
    return {":time": {"S": f"{datetime.now(UTC) + after:%Y-%m-%dT%H:%M:%SZ}"}}


def outcomes(relaunch: dict[str, Any]) -> dict[str, str | None]:
    """What came of each step."""
    return {step["name"]: step["outcome"] for step in relaunch["steps"]}


def step(relaunch: dict[str, Any], name: str) -> dict[str, Any]:
    """One step of a relaunch."""
    (found,) = [it for it in relaunch["steps"] if it["name"] == name]
    return found


def failure(relaunch: dict[str, Any]) -> tuple[str, str]:
    """The step that failed, and why."""
    (failed,) = [it for it in relaunch["steps"] if it["outcome"] == "failed"]
    return failed["name"], failed["message"]


def launched(relaunch: dict[str, Any]) -> str:
    """The instance that a relaunch says it has launched."""
    (instance,) = [it for it in step(relaunch, "launch")["resources"] if it.startswith("i-")]
    return instance
