"""What the product asks of AWS: everything that people, events and hosts have it do, while IAM is enforced."""

import uuid
from pathlib import Path
from typing import Any

import requests

from infra.local.cloud import LocalCloud
from infra.local.iam.tokens import session_token
from infra.local.people import PEOPLE
from infra.local.samples import SAMPLES
from tests.support.api import Api
from tests.support.directory import Directory, employee
from tests.support.function import Function
from tests.support.host import INSTANCE_ID, Host, metadata_service
from tests.support.images import encoded, landscape
from tests.support.operations import Operations, launched, outcomes
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


def keep_the_index(function: Function, api: requests.Session) -> None:
    """Makes the search index anew twice, so that what was before it is old enough to go, and searches it."""
    for _ in range(2):
        assert "left_behind" not in function.make_index()
    function.make_index("keep_index")
    succeeded(api.get("/api/employees", params={"q": "ada", "facets": "true"}))


def pictures() -> list[bytes]:
    """Two photos."""
    return [encoded(landscape(size), "PNG") for size in ((300, 150), (200, 150))]


def keep_employees_on_a_host(cloud: LocalCloud, folder: Path) -> None:
    """The same on the host binary, with the credentials of a host and with sign-in."""
    environment = cloud.function_environment() | {
        "AWS_ENDPOINT_URL": cloud.gate.url,
        "AWS_SESSION_TOKEN": session_token(cloud.outputs["identity"]["HostRoleArn"].rpartition("/")[2], INSTANCE_ID),
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
                    keep_employees(api)
            finally:
                host.stop()


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
    keep_the_index(function, directory.api)
    keep_schedules(operations.api)
    relaunch_in_every_way(operations, function, cloud)
    keep_employees_on_a_host(cloud, folder)
