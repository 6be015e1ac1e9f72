"""The host binary as the EC2 host runs it: the same directory and site over TCP, and no way to operate anything."""

import base64
import json
import re
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from tests.support.api import Api
from tests.support.directory import Directory, Row, employee, sharp
from tests.support.host import INSTANCE_ID, ZONE, Host, metadata_service
from tests.support.images import decoded, encoded, landscape
from tests.support.odd_ids import ODD_IDS, PLAIN_IDS, RESERVED, address, everyone, typed
from tests.support.problems import problem
from tests.support.raw import Door
from tests.support.waiting import PATIENCE, wait_until

INDEX = "<!doctype html><title>Rollcall</title><script type=module src=/assets/app-0123.js></script>"
OPERATIONS = INDEX.replace("app-", "operations-")
RECORDS = INDEX.replace("app-", "records-")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site, built as the front end's is."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text(INDEX)
    (folder / "operations.html").write_text(OPERATIONS)
    (folder / "records.html").write_text(RECORDS)
    (folder / "assets").mkdir()
    (folder / "assets/app-0123.js").write_text("console.log('Rollcall');")
    return folder


@pytest.fixture(scope="module")
def environment(cloud: LocalCloud) -> dict[str, str]:
    """The function's environment, of which a host gets its part."""
    return cloud.function_environment()


@pytest.fixture(scope="module")
def host(
    tmp_path_factory: pytest.TempPathFactory,
    environment: dict[str, str],
    site: Path,
) -> Iterator[Host]:
    """A host that serves, on an instance that knows its id."""
    with metadata_service() as metadata:
        own = {"SITE_DIR": str(site), "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata}
        running = Host(tmp_path_factory.mktemp("host"), environment, AWS_EC2_METADATA_DISABLED="false", **own)
        try:
            wait_until(running.is_listening)
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="module")
def on_host(host: Host, cloud: LocalCloud) -> Iterator[Callable[..., Api]]:
    """Gives a client of the host that acts as one of the demo users, or as nobody."""
    clients: dict[str | None, Api] = {it.name: Api(host.url, partial(cloud.token, it)) for it in PEOPLE}
    clients[None] = Api(host.url, None)
    for client in clients.values():
        # The host closes what has been idle for ten seconds, perhaps just as the next request is sent.
        client.headers["Connection"] = "close"
    yield lambda role=None: clients[role]
    for client in clients.values():
        client.close()


# ---- The directory. --------------------------------------------------------------------------------------------------


def test_it_shows_the_same_employees_as_the_function(on_host: Callable[..., Api], directory: Directory) -> None:
    added = directory.add_with_photo(encoded(landscape(), "PNG"))
    assert on_host().get(f"/api/employees/{added['id']}").json() == added
    shown = on_host().get(added["photo_url"])
    assert shown.content == directory.photo(added["id"])
    assert on_host().get(sharp(added["photo_url"])).content == directory.sharp_photo(added["id"])
    assert shown.headers["cache-control"] == "public, max-age=300"
    page = on_host().get("/api/employees", params={"limit": "1"}).json()
    assert len(page["employees"]) == 1 and page["next_cursor"]
    assert on_host().get("/api/badges").json() == directory.api.get("/api/badges").json()


def test_what_an_editor_does_on_the_host_the_function_shows(on_host: Callable[..., Api], directory: Directory) -> None:
    editor = on_host("editor")
    added = editor.post("/api/employees", json=employee(full_name="Zoë"))
    assert added.status_code == 201
    address = added.headers["location"]
    assert directory.api.get(address).json() == added.json()
    assert editor.put(address, json=employee(full_name="Chloë")).status_code == 200
    photo = editor.put(f"{address}/photo", data=encoded(landscape(), "JPEG"), headers={"Content-Type": "image/jpeg"})
    assert photo.status_code == 200
    assert directory.api.get(address).json() == photo.json()
    assert decoded(directory.photo(photo.json()["id"])).size == (120, 160)
    assert editor.delete(address).status_code == 204
    problem(directory.api.get(address), 404)


def test_it_refuses_whom_the_function_refuses(on_host: Callable[..., Api]) -> None:
    problem(on_host().post("/api/employees", json=employee()), 401)
    problem(on_host("reader").post("/api/employees", json=employee()), 403)
    problem(on_host("editor").post("/api/employees", json=employee(full_name="")), 422)
    problem(on_host("editor").put("/api/employees/7/photo", data=b"x" * 5_000_000), 413)


def test_it_keeps_no_idempotency_keys_and_says_so(on_host: Callable[..., Api]) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    refused = on_host("editor").post("/api/employees", json=employee(), headers=headers)
    assert "address of the dashboard" in problem(refused, 400)["detail"]


def test_it_says_on_which_instance_and_in_which_zone_it_runs(on_host: Callable[..., Api]) -> None:
    info = on_host().get("/api/info").json()
    assert info == {
        "version": info["version"],
        "runs_on": "host",
        "instance_id": INSTANCE_ID,
        "availability_zone": ZONE,
    }


# ---- Any id has an address. ------------------------------------------------------------------------------------------


@pytest.fixture
def odd(directory: Directory) -> Iterator[dict[str, Row]]:
    """Employees with odd ids, and those they could be taken for."""
    with everyone(directory) as rows:
        yield rows


@pytest.fixture(scope="module")
def door(host: Host, cloud: LocalCloud) -> Door:
    """The host as an editor reaches it."""
    return Door(host.url, cloud.token(next(person for person in PEOPLE if person.name == "editor")))


def test_whatever_id_an_employee_has_they_are_at_their_address(
    door: Door, directory: Directory, odd: dict[str, Row]
) -> None:
    for it in ODD_IDS + PLAIN_IDS:
        assert door.ask("GET", address(it)).json()["id"] == it
    for it in ODD_IDS:
        assert door.ask("DELETE", address(it)).status_code == 204
    assert directory.rows(odd) == {it: odd[it] for it in PLAIN_IDS}


def test_an_address_that_someone_typed_leads_to_that_employee_or_to_nobody(
    door: Door, directory: Directory, odd: dict[str, Row]
) -> None:
    left = dict(odd)
    for it in (it for it in ODD_IDS if it not in RESERVED):
        removed = door.ask("DELETE", typed(it))
        # What begins with ~ stands for an id in base64url, and for no other.
        if it.startswith("~"):
            assert removed.status_code == 404, it
        else:
            assert removed.status_code == 204, it
            del left[it]
    assert directory.rows(odd) == left


@pytest.mark.parametrize(
    "target", ["emp7%ff", "emp7%c3%28", "emp7%zz", "emp7/", "emp7/old", "~emp7", "%7EZW1wNw", "emp7\x00", "./emp7"]
)
def test_an_address_that_is_almost_an_employees_leads_to_nobody_else(
    door: Door, directory: Directory, odd: dict[str, Row], target: str
) -> None:
    assert door.ask("DELETE", f"/api/employees/{target}").status_code in (400, 404)
    assert directory.rows(odd) == odd


@pytest.mark.parametrize(
    "target", [b"/api/employees?q=\xff", b'/api/employees?q="a"', b"/api/employees/\xff", b"\\", b"*"]
)
def test_any_address_is_answered(door: Door, target: bytes) -> None:
    assert door.ask("GET", target).status_code in (200, 400, 404)


# ---- No operations. --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "host",
        "recipes",
        "revisions",
        "revisions/1",
        "relaunches",
        "relaunches/1/cancel",
        "plans",
        "schedules",
        "audit",
        "",
    ],
)
def test_not_even_an_operator_operates_anything_here(on_host: Callable[..., Api], method: str, path: str) -> None:
    problem(on_host("operator").request(method, f"/api/operations/{path}", json={}), 404)


# ---- The site. -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/", INDEX),
        ("/employees/new", RECORDS),
        ("/employees/0b5e", INDEX),
        ("/employees/jane.doe@example.com", INDEX),
        ("/employees/~Li4/edit", RECORDS),
        ("/employees/..%2F..%2Fetc%2Fpasswd.conf", INDEX),
        ("/operations", OPERATIONS),
        ("/operations/relaunches/1", OPERATIONS),
        ("/operations/schedules/a.b/edit", OPERATIONS),
        ("/signed-in?problem=over", INDEX),
        ("/nowhere", INDEX),
    ],
)
def test_a_deep_link_is_answered_with_its_part_of_the_app(
    on_host: Callable[..., Api], path: str, document: str
) -> None:
    page = on_host().get(path)
    assert (page.status_code, page.text) == (200, document)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe-inline|'unsafe-eval'", policy)


def test_a_file_named_by_its_content_is_cacheable_for_ever(on_host: Callable[..., Api]) -> None:
    script = on_host().get("/assets/app-0123.js")
    assert script.text == "console.log('Rollcall');"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-4567.js",
        "/assets/",
        "/assets/gone",
        "/robots.txt",
        "/../../etc/passwd.conf",
        "/%2e%2e/x.html",
    ],
)
def test_a_file_that_does_not_exist_is_not_the_app(on_host: Callable[..., Api], path: str) -> None:
    assert on_host().get(path).status_code == 404


# ---- Starting and stopping. ------------------------------------------------------------------------------------------


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str], site: Path) -> Iterator[Callable[..., Host]]:
    """Starts a host of the test's own."""
    started: list[Host] = []

    def begin(**own: str) -> Host:
        started.append(Host(tmp_path, environment, **{"SITE_DIR": str(site)} | own))
        return started[-1]

    yield begin
    for host in started:
        host.stop()


def test_where_reading_needs_sign_in_nobody_reads_without(start: Callable[..., Host], cloud: LocalCloud) -> None:
    host = start(READING="signed-in")
    wait_until(host.is_listening)
    for path in ("/api/employees", "/api/employees/7"):
        problem(requests.get(host.url + path, timeout=30), 401)
    token = cloud.token(next(person for person in PEOPLE if person.name == "reader"))
    reader = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{host.url}/api/employees", headers=reader, timeout=30).status_code == 200
    # What checks a host's health has no token.
    assert requests.get(f"{host.url}/api/info", timeout=30).status_code == 200


def test_told_to_stop_it_ends_cleanly(start: Callable[..., Host]) -> None:
    host = start()
    wait_until(host.is_listening)
    assert requests.get(f"{host.url}/api/info", timeout=30).status_code == 200
    assert host.terminate(PATIENCE) == 0
    assert "stopped" in host.log
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{host.url}/api/info", timeout=5)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("SITE_DIR", ""), ("SITE_DIR", "/nowhere"), ("LISTEN", "80"), ("PHOTOS_BUCKET", ""), ("READING", "sometimes")],
)
def test_a_setting_it_cannot_use_ends_it_by_naming_it(start: Callable[..., Host], setting: str, value: str) -> None:
    host = start(**{setting: value})
    assert host.exit_code(PATIENCE) == 1
    assert setting in host.log
    assert "listening" not in host.log


def test_without_a_word_on_who_may_read_it_does_not_start(start: Callable[..., Host]) -> None:
    host = start(READING="", OIDC_ISSUER="", OIDC_CLIENT_ID="", OIDC_DISCOVERY_URL="")
    assert host.exit_code(PATIENCE) == 1
    assert "READING=open" in host.log and "OIDC_ISSUER" in host.log
    assert "listening" not in host.log


def test_a_port_in_use_ends_it_by_naming_it(start: Callable[..., Host], host: Host) -> None:
    taken = host.url.removeprefix("http://")
    second = start(LISTEN=taken)
    assert second.exit_code(PATIENCE) == 1
    assert taken in second.log


def test_its_log_holds_no_tokens(on_host: Callable[..., Api], host: Host) -> None:
    answer = on_host("operator").post("/api/employees", json=employee())
    assert answer.headers["x-request-id"] in host.log
    assert not any(part in host.log for part in on_host("operator").token.split("."))


# ---- Many clients, slow ones and rude ones. --------------------------------------------------------------------------


@pytest.fixture
def crowd(start: Callable[..., Host], site: Path) -> Iterator[tuple[Host, Callable[[bytes], None]]]:
    """A host of the test's own, and what opens one more connection that sends this and reads nothing."""
    (site / "assets/large-0123.wasm").write_bytes(bytes(8 * 1024 * 1024))
    host = start()
    wait_until(host.is_listening)
    address = urlsplit(host.url)
    with ExitStack() as opened:

        def join(sent: bytes) -> None:
            client = opened.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(sent)

        yield host, join


def test_clients_that_read_nothing_or_say_nothing_keep_no_visitor_out(
    crowd: tuple[Host, Callable[[bytes], None]],
) -> None:
    host, join = crowd
    for number in range(700):
        join(b"GET /assets/large-0123.wasm HTTP/1.1\r\nhost: a\r\n\r\n" if number < 300 else b"")
        if number % 20 == 19:
            # The time limit is a busy machine's: what it is about is that there is an answer at all.
            assert requests.get(host.url, timeout=20).text == INDEX


def test_a_refused_body_leaves_the_connection_whole(start: Callable[..., Host]) -> None:
    host = start()
    wait_until(host.is_listening)
    with requests.Session() as kept:
        for size in [10, 5_000, 60_000] * 100:
            answer = kept.post(f"{host.url}/api/employees", data=b"{" * size, timeout=30)
            assert answer.status_code == 401
            assert answer.headers.get("connection") != "close"
        refused = kept.post(f"{host.url}/api/employees", data=bytes(4_000_000), timeout=30)
        assert refused.headers["connection"] == "close"


def test_no_client_names_its_own_request(host: Host) -> None:
    for header in ("x-request-id", "x-amzn-requestid"):
        answer = requests.get(f"{host.url}/api/info", headers={header: "chosen-by-me"}, timeout=30)
        assert re.fullmatch("[0-9a-f-]{36}", answer.headers["x-request-id"])


def test_its_log_is_plain_text_of_a_bounded_length(host: Host) -> None:
    requests.request("M" * 7_000, f"{host.url}/api/info", timeout=30)
    # A token that names an algorithm that is none: what can't be read of it is not repeated.
    header = base64.urlsafe_b64encode(json.dumps({"alg": "A" * 8_000}).encode()).decode().rstrip("=")
    token = {"Authorization": f"Bearer {header}.e30.AA"}
    problem(requests.post(f"{host.url}/api/employees", headers=token, json=employee(), timeout=30), 401)
    wait_until(lambda: "MMMM" in host.log and "status=401" in host.log)
    assert "AAAA" not in host.log
    assert "\x1b" not in host.log
    assert max(map(len, host.log.splitlines())) < 1_000


def test_what_is_no_request_is_refused_by_a_problem_with_the_id_that_its_log_has(host: Host) -> None:
    address = urlsplit(host.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as client:
        client.sendall(b"this is no request\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(1_000), b""))
    head, _, body = answer.decode().partition("\r\n\r\n")
    told = json.loads(body)
    assert head.startswith("HTTP/1.1 400 ") and f"x-request-id: {told['request_id']}" in head
    assert told["type"] == "urn:rollcall:problem:bad-request"
    wait_until(lambda: any(told["request_id"] in line and "no request" in line for line in host.log.splitlines()))
    assert "this is no request" not in host.log
