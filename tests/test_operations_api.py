"""The operations' API short of a relaunch: recipes and revisions, and addresses that name nothing."""

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from tests.support.operations import Operations, name_of
from tests.support.problems import faulty_fields, problem

FLASK = {"photos_bucket": "employee-photo-bucket", "region": "us-west-2"}
ROLLCALL = FLASK | {
    "employees_table": "Employees",
    "people_table": "rollcall-people",
    "search_index_table": "rollcall-search-index",
    "artifacts_bucket": "rollcall-artifacts",
    "host_archive": "host/rollcall-host.tar.gz",
}
VARIABLES = {
    "al2-flask": FLASK,
    "al2023-flask": FLASK,
    "al2023-flask-rpm-lock": FLASK,
    "al2023-rollcall": ROLLCALL,
}

MAX_USER_DATA = 16 * 1024


# ---- Recipes. --------------------------------------------------------------------------------------------------------


def test_the_four_recipes_are_listed_with_their_variables(operations: Operations) -> None:
    recipes = operations.api.get("/api/operations/recipes").json()["recipes"]
    listed = {recipe["name"]: {variable["name"] for variable in recipe["variables"]} for recipe in recipes}
    assert listed == {name: set(variables) for name, variables in VARIABLES.items()}


def test_a_form_starts_with_this_deployments_own_values(operations: Operations, cloud: LocalCloud) -> None:
    recipes = operations.api.get("/api/operations/recipes").json()["recipes"]
    rollcall = next(recipe for recipe in recipes if recipe["name"] == "al2023-rollcall")
    assert {variable["name"]: variable["default"] for variable in rollcall["variables"]} == {
        "photos_bucket": cloud.outputs["storage"]["PhotosBucketName"],
        "region": "us-east-1",
        "employees_table": cloud.outputs["storage"]["EmployeesTableName"],
        "people_table": cloud.outputs["storage"]["PeopleTableName"],
        "search_index_table": cloud.outputs["storage"]["SearchIndexTableName"],
        "artifacts_bucket": cloud.outputs["storage"]["ArtifactsBucketName"],
        "host_archive": "host/rollcall-host.tar.gz",
    }


def test_the_recipe_whose_system_is_past_its_end_says_so(operations: Operations) -> None:
    recipes = operations.api.get("/api/operations/recipes").json()["recipes"]
    ends = {recipe["name"]: recipe["end_of_life"] for recipe in recipes}
    assert ends["al2-flask"] == "2026-06-30"
    assert ends["al2023-rollcall"] > ends["al2-flask"]


# ---- A revision. -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", VARIABLES)
def test_a_revision_holds_all_that_a_host_is_launched_from(operations: Operations, recipe: str) -> None:
    sent = {"recipe": recipe, "variables": VARIABLES[recipe], "instance_type": "t3.small"}
    sent |= {"note": " for the test ", "fallback_instance_types": ["t3.micro"]}
    made = operations.api.post("/api/operations/revisions", json=sent)
    assert made.status_code == 201
    revision = made.json()
    assert made.headers["location"] == f"/api/operations/revisions/{revision['number']}"
    read = operations.api.get(made.headers["location"])
    assert read.json() == revision
    assert read.headers["ETag"] == made.headers["ETag"]
    expected = sent | {"note": "for the test", "fallback_instance_types": ["t3.micro"]}
    assert {name: revision[name] for name in expected} == expected
    assert name_of(revision["created_by"]) == "operator"
    assert revision["image"].startswith("ami-")
    assert datetime.fromisoformat(revision["created_at"]).tzinfo is not None
    user_data = revision["user_data"].encode()
    assert hashlib.sha256(user_data).hexdigest() == revision["user_data_sha256"]
    assert user_data.startswith(b"#!/bin/bash")
    assert len(user_data) <= MAX_USER_DATA


@pytest.mark.parametrize("recipe", VARIABLES)
def test_the_user_data_is_a_script_with_every_value_in_it(operations: Operations, recipe: str) -> None:
    user_data = operations.revise(recipe=recipe, variables=VARIABLES[recipe])["user_data"]
    assert [value for value in VARIABLES[recipe].values() if value not in user_data] == []
    assert "{{" not in user_data
    assert subprocess.run(["bash", "-n"], input=user_data, text=True, capture_output=True).stderr == ""


@pytest.mark.parametrize("recipe", [name for name in VARIABLES if name.endswith("-flask")])
def test_the_tutorials_recipes_export_what_the_original_app_reads(operations: Operations, recipe: str) -> None:
    lines = operations.revise(recipe=recipe, variables=FLASK)["user_data"].splitlines()
    assert "export PHOTOS_BUCKET=employee-photo-bucket" in lines
    assert "export AWS_DEFAULT_REGION=us-west-2" in lines
    assert "export DYNAMO_MODE=on" in lines


def test_another_value_makes_another_sha256(operations: Operations) -> None:
    one, same, other = (
        operations.revise(variables=FLASK | {"region": region}) for region in ("us-east-1", "us-east-1", "eu-west-1")
    )
    assert one["user_data_sha256"] == same["user_data_sha256"] != other["user_data_sha256"]


def test_image_and_instance_type_are_the_recipes_own_when_left_out(operations: Operations, aws: Any) -> None:
    revision = operations.revise()
    parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    assert revision["image"] == aws("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    assert revision["instance_type"] == "t2.micro"


@pytest.mark.parametrize(
    "image", ["ami-0123456789abcdef0", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"]
)
def test_an_image_is_named_by_its_id_or_by_a_public_parameter(operations: Operations, image: str) -> None:
    assert operations.revise(image=image)["image"].startswith("ami-")


# ---- Input that is refused. ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"recipe": "windows"}, ["recipe"]),
        ({"recipe": ""}, ["recipe"]),
        ({"recipe": None}, ["recipe"]),
        ({"variables": {}}, ["variables.photos_bucket", "variables.region"]),
        ({"variables": {"region": "us-east-1"}}, ["variables.photos_bucket"]),
        ({"variables": FLASK | {"colour": "blue"}}, ["variables.colour"]),
        ({"variables": FLASK | {"region": ""}}, ["variables.region"]),
        ({"variables": FLASK | {"region": "<INSERT REGION HERE>"}}, ["variables.region"]),
        ({"variables": FLASK | {"region": 1}}, ["variables.region"]),
        ({"variables": FLASK | {"photos_bucket": "$(reboot)"}}, ["variables.photos_bucket"]),
        ({"variables": FLASK | {"photos_bucket": "`reboot`"}}, ["variables.photos_bucket"]),
        ({"variables": FLASK | {"photos_bucket": "a;reboot"}}, ["variables.photos_bucket"]),
        ({"variables": FLASK | {"photos_bucket": "bucket\nreboot"}}, ["variables.photos_bucket"]),
        ({"variables": FLASK | {"photos_bucket": "x" * 20_000}}, ["variables.photos_bucket"]),
        ({"variables": FLASK | {"photos_bucket": "Bucket"}}, ["variables.photos_bucket"]),
        ({"variables": []}, ["variables"]),
        ({"image": "ubuntu"}, ["image"]),
        ({"image": "/rollcall/secret"}, ["image"]),
        ({"image": "/aws/service/ami-amazon-linux-latest/no-such-image"}, ["image"]),
        ({"instance_type": "big"}, ["instance_type"]),
        ({"instance_type": "t2.micro; reboot"}, ["instance_type"]),
        ({"instance_type": "t3.2xlarge"}, ["instance_type"]),
        ({"fallback_instance_types": ["p5.48xlarge"]}, ["fallback_instance_types[0]"]),
        ({"fallback_instance_types": ["t3.micro", "big"]}, ["fallback_instance_types[1]"]),
        ({"fallback_instance_types": "t3.micro"}, ["fallback_instance_types"]),
        ({"note": "x" * 501}, ["note"]),
        ({"user_data": "#!/bin/bash"}, ["user_data"]),
        ({"number": 1}, ["number"]),
        ({"image": "x", "instance_type": "x", "variables": FLASK | {"region": "x"}},
         ["variables.region", "image", "instance_type"]),
    ],
)  # fmt: skip
def test_a_part_that_is_not_valid_is_named_and_no_revision_made(
    operations: Operations, changes: dict[str, Any], fields: list[str]
) -> None:
    newest = operations.revise()["number"]
    refused = operations.api.post("/api/operations/revisions", json=operations.revision_input(**changes))
    assert faulty_fields(refused) == fields
    assert operations.api.get("/api/operations/revisions?limit=1").json()["revisions"][0]["number"] == newest


@pytest.mark.parametrize(
    "name", ["host_archive", "artifacts_bucket", "employees_table", "people_table", "search_index_table"]
)
@pytest.mark.parametrize("value", ["$(reboot)", "host/../secret", "a b", "host/'x'", ""])
def test_no_value_of_the_fourth_recipe_is_a_way_into_the_shell(operations: Operations, name: str, value: str) -> None:
    changes = {"recipe": "al2023-rollcall", "variables": ROLLCALL | {name: value}}
    refused = operations.api.post("/api/operations/revisions", json=operations.revision_input(**changes))
    assert faulty_fields(refused) == [f"variables.{name}"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/operations/revisions/0",
        "/api/operations/revisions/4000000000",
        "/api/operations/revisions/99999999999",
        "/api/operations/revisions/first",
        "/api/operations/relaunches/01a20c48-0000-7000-8000-000000000000",
        "/api/operations/relaunches/01a20c48-0000-7000-8000-000000000000/boot-log",
        "/api/operations/relaunches/first/boot-log",
        "/api/operations/relaunches/first",
        "/api/operations/hosts",
    ],
)
def test_an_address_that_names_nothing_is_a_problem(operations: Operations, path: str) -> None:
    problem(operations.api.get(path), 404)


@pytest.mark.parametrize(("method", "path"), [("PUT", "1"), ("DELETE", "1"), ("PATCH", "1")])
def test_a_revision_cannot_be_changed_or_deleted(operations: Operations, method: str, path: str) -> None:
    operations.revise()
    problem(operations.api.request(method, f"/api/operations/revisions/{path}", json={}), 405)


@pytest.mark.parametrize("collection", ["revisions", "relaunches"])
@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor")]
)
def test_a_page_that_cannot_be_is_refused_by_naming_why(
    operations: Operations, collection: str, query: str, field: str
) -> None:
    assert faulty_fields(operations.api.get(f"/api/operations/{collection}?{query}")) == [field]


# ---- Numbers. --------------------------------------------------------------------------------------------------------


def test_each_revision_has_the_next_number_and_the_newest_is_listed_first(operations: Operations) -> None:
    first, second = operations.revise(), operations.revise()
    assert second["number"] == first["number"] + 1
    assert operations.api.get("/api/operations/revisions").json()["revisions"][:2] == [second, first]


def test_revisions_made_at_the_same_moment_get_a_number_each(operations: Operations) -> None:
    newest = operations.revise()["number"]
    with ThreadPoolExecutor(12) as people:
        made = [person.result() for person in [people.submit(operations.revise) for _ in range(12)]]
    assert sorted(revision["number"] for revision in made) == [newest + 1 + n for n in range(12)]


def test_paging_reaches_every_revision_once(operations: Operations) -> None:
    newest = [operations.revise()["number"] for _ in range(11)][-1]
    numbers, cursor = [], None
    while True:
        query = {"limit": "10"} | ({"cursor": cursor} if cursor else {})
        page = operations.api.get("/api/operations/revisions", params=query).json()
        assert len(page["revisions"]) <= 10
        numbers += [revision["number"] for revision in page["revisions"]]
        cursor = page["next_cursor"]
        if cursor is None or len(numbers) > newest:
            break
    assert numbers == list(range(newest, 0, -1))


@pytest.mark.parametrize("body", ["[13]", "[]", "[null, true]", '"13"'])
@pytest.mark.parametrize("path", ["relaunches", "plans", "revisions", "schedules"])
def test_a_body_that_is_no_object_is_refused(operations: Operations, path: str, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    refused = operations.api.post(f"/api/operations/{path}", data=body, headers=headers)
    assert faulty_fields(refused) == ["body"]
    assert "must be an object" in refused.json()["detail"]


def test_a_list_inside_of_a_body_is_no_object(operations: Operations) -> None:
    body = {"recipe": "al2023-flask", "variables": [["region", "us-west-2"]], "instance_type": "t3.nano"}
    assert faulty_fields(operations.api.post("/api/operations/revisions", json=body)) == ["variables"]
