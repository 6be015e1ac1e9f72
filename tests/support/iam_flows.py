"""What the product asks of AWS: everything that people, events and hosts have it do, while IAM is enforced."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import requests

from infra.local.cloud import LocalCloud
from infra.local.iam.tokens import session_token
from infra.local.people import PEOPLE
from infra.local.samples import SAMPLES
from tests.support.api import Api
from tests.support.audit_table import AuditTable
from tests.support.browser import Browser
from tests.support.directory import Directory, employee
from tests.support.function import Function
from tests.support.host import INSTANCE_ID, Host, metadata_service
from tests.support.images import encoded, landscape
from tests.support.operations import Operations, launched, outcomes
from tests.support.scim import ENTERPRISE, Provider, new_token
from tests.support.waiting import wait_until

TICK = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {}}

PNG = {"Content-Type": "image/png"}


def keep_employees(api: requests.Session) -> None:
    """Everything that editors do, and everyone sees."""
    added = succeeded(api.post("/api/employees", json=employee()), 201).json()
    address = f"/api/employees/{added['id']}"
    succeeded(api.put(address, json=employee(full_name="Ada King", badges=["camera"])))
    boss = succeeded(api.post("/api/employees", json=employee(full_name="Ada's manager")), 201).json()["id"]
    succeeded(api.put(address, json=employee(full_name="Ada King", badges=["camera"], manager=boss)))
    succeeded(api.delete(f"/api/employees/{boss}"), 204)
    photos = [succeeded(api.put(f"{address}/photo", data=it, headers=PNG)).json()["photo_url"] for it in pictures()]
    assert succeeded(api.get(photos[1])).content
    assert api.get(photos[0]).status_code == 404
    succeeded(api.delete(f"{address}/photo"), 200, 204)
    succeeded(api.put(f"{address}/photo", data=next(iter(pictures())), headers=PNG))
    succeeded(api.get("/api/employees", params={"limit": "2"}))
    succeeded(api.get(address))
    succeeded(api.delete(address), 204)
    assert added["id"] in [it["employee"]["id"] for it in succeeded(api.get("/api/former-employees")).json()["former"]]
    restored = succeeded(api.post(f"{address}/restore")).json()
    assert succeeded(api.get(restored["photo_url"])).content
    succeeded(api.delete(address), 204)


def erase_someone(api: requests.Session) -> None:
    """What an editor does for the law's sake."""
    someone = succeeded(api.post("/api/employees", json=employee(full_name="Ada King")), 201).json()
    address = f"/api/employees/{someone['id']}"
    succeeded(api.put(f"{address}/photo", data=next(iter(pictures())), headers=PNG))
    succeeded(api.delete(address), 204)
    erasure = {"confirm": "Ada King"}
    succeeded(api.post(f"/api/former-employees/{someone['id']}/erase", json=erasure), 204)


def sign_in_and_out(cloud: LocalCloud) -> None:
    """What a browser does, beside another one of the same person's."""
    here, there = Browser(cloud.url), Browser(cloud.url)
    for browser in (here, there):
        assert browser.sign_in(PEOPLE[0]).status_code == 303
    listed = succeeded(here.ask("GET", "/api/sessions")).json()["sessions"]
    other = next(it["id"] for it in listed if not it["this"])
    succeeded(here.ask("DELETE", f"/api/sessions/{other}"), 204)
    succeeded(here.ask("POST", "/auth/sign-out", json={"everywhere": True}))


def keep_by_scim(cloud: LocalCloud, operator: requests.Session, editor: requests.Session) -> None:
    """What an identity provider does, with a token that an operator makes and takes back."""
    made = new_token(operator)
    with Provider(cloud.url, made["token"]) as provider:
        boss = provider.create(externalId="boss")
        someone = provider.create(**{ENTERPRISE: {"manager": "boss"}})
        photo = f"/api/employees/{someone['id']}/photo"
        succeeded(editor.put(photo, data=next(iter(pictures())), headers=PNG))
        for active in (False, True, False):
            provider.change(someone["id"], {"op": "replace", "value": {"active": active, "title": str(active)}})
        succeeded(provider.get("/Users?count=1"))
        succeeded(provider.get("/Users?startIndex=2&count=1"))
        assert len(provider.find('userName co "@"')) >= 2
        for one in (someone, boss):
            succeeded(provider.delete(f"/Users/{one['id']}"), 204)
    succeeded(operator.get("/api/scim-tokens"))
    succeeded(operator.delete(f"/api/scim-tokens/{made['id']}"), 204)


def keep_the_index(function: Function, api: requests.Session) -> None:
    """Makes the search index anew twice, so that what was before it is old enough to go, and searches it."""
    for _ in range(2):
        assert "left_behind" not in function.make_index()
    function.make_index("keep_index")
    succeeded(api.get("/api/employees", params={"q": "ada", "facets": "true"}))


def sweep_photos(function: Function, directory: Directory) -> None:
    """Puts a picture that nobody names into the bucket, old enough to be swept."""
    directory.put_object(
        "employee_pic/0123456789abcdef.png", next(iter(pictures())), stored_at="2026-01-01T00:00:00.000Z"
    )
    assert function.call({"action": "sweep_photos"})["swept"] >= 1


def pictures() -> list[bytes]:
    """Two photos."""
    return [encoded(landscape(size), "PNG") for size in ((300, 150), (200, 150))]


def show_employees_on_a_host(cloud: LocalCloud, folder: Path) -> None:
    """What a host does by its recipe, with its own credentials: it shows everyone, and changes nobody."""
    environment = cloud.function_environment() | {
        "AWS_ENDPOINT_URL": cloud.gate.url,
        "AWS_SESSION_TOKEN": _host_token(cloud),
        "OPERATIONS_TABLE": "",
    }
    for document in ("index.html", "operations.html", "records.html"):
        (folder / document).write_text("<!doctype html><title>Rollcall</title>")
    editor = next(person for person in PEOPLE if person.name == "editor")
    with metadata_service() as metadata:
        own = {"SITE_DIR": str(folder), "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata}
        # With the search index, and without it as long as there is none.
        for index in (environment["SEARCH_INDEX_TABLE"], ""):
            settings = environment | {"SEARCH_INDEX_TABLE": index}
            host = Host(folder, settings, AWS_EC2_METADATA_DISABLED="false", **own)
            try:
                wait_until(host.is_listening)
                with Api(host.url, lambda: cloud.token(editor)) as api:
                    (someone, *_) = succeeded(api.get("/api/employees", params={"limit": "2"})).json()["employees"]
                    succeeded(api.get(f"/api/employees/{someone['id']}"))
                    succeeded(api.delete(f"/api/employees/{someone['id']}"), 409)
            finally:
                host.stop()


def keep_employees_by_the_original_app(cloud: LocalCloud) -> None:
    """What the Flask app of the recipes does with table and bucket, in the host's role."""
    own = {
        "region_name": "us-east-1",
        "endpoint_url": cloud.gate.url,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "aws_session_token": _host_token(cloud),
    }
    dynamodb, s3 = boto3.client("dynamodb", **own), boto3.client("s3", **own)
    storage = cloud.outputs["storage"]
    table, photo = storage["EmployeesTableName"], "employee_pic/fedcba9876543210.png"
    key = {"id": {"S": str(uuid.uuid4())}}
    dynamodb.put_item(TableName=table, Item=key | {"full_name": {"S": "Ada"}})
    s3.put_object(Bucket=storage["PhotosBucketName"], Key=photo, Body=next(iter(pictures())))
    change = {"UpdateExpression": "SET object_key = :key", "ExpressionAttributeValues": {":key": {"S": photo}}}
    dynamodb.update_item(TableName=table, Key=key, **change)
    assert dynamodb.get_item(TableName=table, Key=key)["Item"]["object_key"] == {"S": photo}
    assert dynamodb.scan(TableName=table, Limit=1)["Items"]
    assert s3.get_object(Bucket=storage["PhotosBucketName"], Key=photo)["Body"].read()
    s3.delete_object(Bucket=storage["PhotosBucketName"], Key=photo)
    dynamodb.delete_item(TableName=table, Key=key)


def _host_token(cloud: LocalCloud) -> str:
    """What tells the gate that it is a host that asks."""
    return session_token(cloud.outputs["identity"]["HostRoleArn"].rpartition("/")[2], INSTANCE_ID)


def relaunch_in_every_way(operations: Operations, function: Function, cloud: LocalCloud) -> None:
    """First launch, plan, relaunch into the other zone, a start that fails, one that is stopped, and the end."""
    api = operations.api
    ids = [instance["InstanceId"] for instance in operations.instances()]
    if ids:
        operations.ec2.terminate_instances(InstanceIds=ids)
    first = operations.relaunch(revise(operations))
    assert first["outcome"] == "succeeded", first
    revision = revise(operations, instance_type="t3.small")
    succeeded(api.post("/api/operations/plans", json={"revision": revision}))
    # Whichever zone comes first has no room.
    subnet = operations.the_instance()["SubnetId"]
    cloud.faults.add("no-capacity", match={"SubnetId": subnet})
    second = operations.relaunch(revision)
    cloud.faults.clear()
    assert second["outcome"] == "succeeded", second
    assert operations.the_instance()["SubnetId"] != subnet
    seen_from_outside(operations, cloud)
    fail(operations)
    stop_one(operations, cloud)
    read_everything(operations, second["id"])
    assert function.call({"action": "drive"})["state"]
    AuditTable(cloud).write_entry(timedelta(minutes=2))
    function.call(TICK)
    succeeded(api.delete("/api/operations/host"), 200, 202, 204)


def revise(operations: Operations, archive: str = "host/rollcall-host.tar.gz", **more: Any) -> int:
    """A revision that ends in Rollcall's own host."""
    outputs = operations._outputs["storage"]
    variables = {
        "photos_bucket": outputs["PhotosBucketName"],
        "region": "us-east-1",
        "employees_table": outputs["EmployeesTableName"],
        "people_table": outputs["PeopleTableName"],
        "search_index_table": outputs["SearchIndexTableName"],
        "artifacts_bucket": outputs["ArtifactsBucketName"],
        "host_archive": archive,
    }
    return operations.revise(recipe="al2023-rollcall", variables=variables, **more)["number"]


def seen_from_outside(operations: Operations, cloud: LocalCloud) -> None:
    """What a visitor sees of the host that serves."""
    proxies = {"http": cloud.endpoints.hosts_proxy}
    address = f"http://{cloud.outputs['host']['HostAddress']}"
    succeeded(requests.get(f"{address}/api/employees", proxies=proxies, timeout=30))
    # One who has a photo in any case.
    one = requests.get(f"{address}/api/employees/{SAMPLES[0].id}", proxies=proxies, timeout=30)
    photo = succeeded(one).json()["photo_url"]
    succeeded(requests.get(f"{address}{photo}", proxies=proxies, timeout=30))


def fail(operations: Operations) -> None:
    """A start that fails, of which report, log and console are kept."""
    failed = operations.relaunch(revise(operations, archive="host/no-such-archive.tar.gz"))
    assert (failed["outcome"], outcomes(failed)["report"]) == ("rolled_back", "failed"), failed
    log = succeeded(operations.api.get(f"/api/operations/relaunches/{failed['id']}/boot-log")).json()
    assert log["report"]["outcome"] == "script_failed"
    assert "no-such-archive" in log["cloud_init_log"]
    assert "no-such-archive" in log["console_output"]


def stop_one(operations: Operations, cloud: LocalCloud) -> None:
    """A relaunch that an operator stops after its launch."""
    cloud.faults.add("never-passes-checks")
    begun = operations.begin(revise(operations, instance_type="t3.medium"))
    operations.once(begun["id"], lambda it: outcomes(it)["launch"] == "succeeded")
    succeeded(operations.api.post(f"/api/operations/relaunches/{begun['id']}/cancel"), 202)
    stopped = operations.ended(begun["id"])
    cloud.faults.clear()
    assert stopped["outcome"] == "cancelled", stopped
    assert launched(stopped) not in [it["InstanceId"] for it in operations.instances()]


def read_everything(operations: Operations, relaunch: str) -> None:
    """What operators look at."""
    for path in (
        *("host", "recipes", "revisions", "revisions/1", "relaunches", "audit", "schedules", "conformance"),
        *(f"relaunches/{relaunch}", f"relaunches/{relaunch}/boot-log"),
    ):
        succeeded(operations.api.get(f"/api/operations/{path}"))


def keep_schedules(api: requests.Session) -> None:
    """Adds, reads, changes and removes a schedule."""
    name = f"least-privilege-{uuid.uuid4().hex[:8]}"
    wanted = {"expression": "rate(7 days)", "enabled": False}
    succeeded(api.post("/api/operations/schedules", json={"name": name, **wanted}), 201)
    address = f"/api/operations/schedules/{name}"
    succeeded(api.get(address))
    assert name in [it["name"] for it in succeeded(api.get("/api/operations/schedules")).json()["schedules"]]
    succeeded(api.put(address, json=wanted | {"expression": "rate(2 days)"}))
    succeeded(api.delete(address), 204)


def succeeded(answer: requests.Response, *statuses: int) -> requests.Response:
    """An answer, after checking that it is none of refusal."""
    assert answer.status_code in (statuses or (200,)), f"{answer.request.method} {answer.url}: {answer.text}"
    return answer


def everything(
    cloud: LocalCloud,
    directory: Directory,
    operations: Operations,
    function: Function,
    folder: Path,
) -> None:
    """All of it."""
    keep_employees(directory.api)
    erase_someone(directory.api)
    sign_in_and_out(cloud)
    keep_by_scim(cloud, operations.api, directory.api)
    keep_the_index(function, directory.api)
    sweep_photos(function, directory)
    keep_schedules(operations.api)
    relaunch_in_every_way(operations, function, cloud)
    show_employees_on_a_host(cloud, folder)
    keep_employees_by_the_original_app(cloud)
