"""Schedules: recurring relaunches, kept in EventBridge Scheduler, and what their runs do."""

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from tests.support.function import Function
from tests.support.operations import Operations, launched, name_of
from tests.support.problems import faulty_fields, problem
from tests.support.waiting import wait_until

PATH = "/api/operations/schedules"

SUNDAYS = "cron(0 3 ? * SUN *)"


@pytest.fixture
def name(operations: Operations) -> Iterator[str]:
    """A name that no schedule has; what a test makes of it is removed."""
    name = f"weekly-{uuid.uuid4().hex[:8]}"
    yield name
    operations.api.delete(f"{PATH}/{name}")


@pytest.fixture
def stored(cloud: LocalCloud, aws: Callable[[str], Any]) -> Callable[[str], dict[str, Any]]:
    """Gives a schedule as EventBridge Scheduler has it."""
    group = cloud.outputs["service"]["ScheduleGroupName"]
    return lambda name: aws("scheduler").get_schedule(GroupName=group, Name=f"relaunch-{name}")


def make(operations: Operations, **schedule: Any) -> dict[str, Any]:
    answer = operations.api.post(PATH, json={"expression": SUNDAYS} | schedule)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PATH}/{schedule['name']}"
    return answer.json()


# ---- Keeping them. ---------------------------------------------------------------------------------------------------


def test_a_schedule_is_made_read_changed_and_removed(operations: Operations, name: str) -> None:
    made = make(operations, name=name)
    made.pop("tag")
    runs = [datetime.fromisoformat(it) for it in made.pop("next_runs")]
    assert made == {"name": name, "expression": SUNDAYS, "time_zone": "UTC", "enabled": True, "revision": None}
    assert [(it.strftime("%a %H:%M"), it.utcoffset()) for it in runs] == [("Sun 03:00", timedelta())] * 3
    assert [later - earlier for earlier, later in pairwise(runs)] == [timedelta(days=7)] * 2

    read = operations.api.get(f"{PATH}/{name}").json()
    assert read in operations.api.get(PATH).json()["schedules"]

    revision = operations.revise()["number"]
    change = {"expression": "cron(30 4 1 * ? *)", "time_zone": "Europe/Oslo", "enabled": False, "revision": revision}
    changed = operations.api.put(f"{PATH}/{name}", json=change)
    assert changed.status_code == 200, changed.text
    assert changed.json() == change | {"name": name, "next_runs": [], "tag": changed.headers["ETag"]}
    assert operations.api.get(f"{PATH}/{name}").json() == changed.json()

    assert operations.api.delete(f"{PATH}/{name}").status_code == 204
    problem(operations.api.get(f"{PATH}/{name}"), 404)
    assert name not in [it["name"] for it in operations.api.get(PATH).json()["schedules"]]


def change(operations: Operations, name: str, tag: str | None, **schedule: Any) -> requests.Response:
    headers = {} if tag is None else {"If-Match": tag}
    return operations.api.put(f"{PATH}/{name}", json={"expression": SUNDAYS} | schedule, headers=headers)


def test_each_answer_that_shows_a_schedule_says_its_tag(operations: Operations, name: str) -> None:
    made = operations.api.post(PATH, json={"name": name, "expression": SUNDAYS})
    tag = made.headers["ETag"]
    assert operations.api.get(f"{PATH}/{name}").headers["ETag"] == tag
    assert [it["tag"] for it in operations.api.get(PATH).json()["schedules"] if it["name"] == name] == [tag]
    changed = change(operations, name, tag, enabled=False)
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] != tag
    assert change(operations, name, changed.headers["ETag"]).headers["ETag"] == tag


def test_of_several_who_change_a_schedule_at_once_one_does_and_the_others_are_told(
    operations: Operations, name: str
) -> None:
    tag = make(operations, name=name)["tag"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda hour: change(operations, name, tag, expression=f"rate({hour} hours)"), range(2, 10))
        )
    (done,) = [it for it in answers if it.status_code == 200]
    for refused in (it for it in answers if it is not done):
        assert problem(refused, 412)["current"]["expression"] == done.json()["expression"]
        assert refused.headers["ETag"] == done.headers["ETag"]
    assert operations.api.get(f"{PATH}/{name}").headers["ETag"] == done.headers["ETag"]


def test_a_schedule_that_was_changed_meanwhile_is_not_deleted_or_taken_up(operations: Operations, name: str) -> None:
    seen = {"If-Match": make(operations, name=name)["tag"]}
    now = change(operations, name, None, enabled=False).json()
    for refused in (
        operations.api.delete(f"{PATH}/{name}", headers=seen),
        operations.api.post(f"{PATH}/{name}/take-up", headers=seen),
    ):
        assert problem(refused, 412)["current"] == now
    assert operations.api.get(f"{PATH}/{name}").json() == now
    assert operations.api.delete(f"{PATH}/{name}", headers={"If-Match": now["tag"]}).status_code == 204


def test_a_change_waits_for_one_that_died_half_way_until_its_time_is_over(operations: Operations, name: str) -> None:
    make(operations, name=name)
    until = datetime.now(UTC) + timedelta(seconds=3)
    operations.take_turn_with_schedule(name, until)
    assert change(operations, name, None, enabled=False).status_code == 200
    assert datetime.now(UTC) >= until


def test_a_cron_expression_is_meant_in_its_time_zone(operations: Operations, name: str) -> None:
    runs = make(operations, name=name, expression="cron(0 3 * * ? *)", time_zone="Asia/Kolkata")["next_runs"]
    assert {datetime.fromisoformat(it).strftime("%H:%M") for it in runs} == {"21:30"}


def test_a_rate_starts_a_whole_period_after_it_was_saved_and_keeps_its_rhythm(
    operations: Operations, stored: Callable[[str], dict[str, Any]], name: str
) -> None:
    now = datetime.now().astimezone()
    made = make(operations, name=name, expression="rate(7 days)")
    runs = [datetime.fromisoformat(it) for it in made["next_runs"]]
    assert [round((run - now) / timedelta(days=7), 3) for run in runs] == [1, 2, 3]
    assert stored(name)["StartDate"] == runs[0]

    revision = operations.revise()["number"]
    for change in ({"enabled": False}, {"enabled": True}, {"revision": revision}, {"time_zone": "Europe/Oslo"}):
        changed = operations.api.put(f"{PATH}/{name}", json={"expression": "rate(7 days)"} | change)
        assert changed.status_code == 200, changed.text
        assert stored(name)["StartDate"] == runs[0], change
    assert changed.json()["next_runs"] == made["next_runs"]

    daily = operations.api.put(f"{PATH}/{name}", json={"expression": "rate(1 day)"}).json()
    assert round((stored(name)["StartDate"] - now) / timedelta(days=1), 2) == 1
    assert operations.api.get(f"{PATH}/{name}").json() == daily


def test_a_time_that_the_clocks_skip_never_comes(operations: Operations, name: str) -> None:
    year = datetime.now().year + 1
    day = max(day for day in range(25, 32) if datetime(year, 3, day).isoweekday() == 7)
    schedule = {"name": name, "expression": f"cron(30 2 {day} 3 ? {year})"}
    assert faulty_fields(operations.api.post(PATH, json=schedule | {"time_zone": "Europe/Oslo"})) == ["expression"]
    assert make(operations, **schedule)["next_runs"] == [f"{year}-03-{day}T02:30:00Z"]


def test_scheduler_has_it_with_our_function_and_our_role(
    operations: Operations, cloud: LocalCloud, stored: Callable[[str], dict[str, Any]], name: str
) -> None:
    revision = operations.revise()["number"]
    make(operations, name=name, time_zone="Europe/Oslo", revision=revision, enabled=False)
    found = stored(name)
    assert (found["ScheduleExpression"], found["ScheduleExpressionTimezone"], found["State"]) == (
        SUNDAYS,
        "Europe/Oslo",
        "DISABLED",
    )
    assert found["Target"]["Arn"] == cloud.outputs["service"]["FunctionArn"]
    assert found["Target"]["RoleArn"] == cloud.outputs["identity"]["SchedulerRoleArn"]
    assert json.loads(found["Target"]["Input"]) == {
        "action": "relaunch",
        "schedule": name,
        "revision": revision,
        "force": True,
    }


def test_schedules_are_listed_by_name_and_the_tick_is_none_of_them(operations: Operations, name: str) -> None:
    others = [f"{letter}-{name}" for letter in "ba"]
    try:
        for other in others:
            make(operations, name=other)
        names = [it["name"] for it in operations.api.get(PATH).json()["schedules"]]
        assert set(others) <= set(names)
        assert names == sorted(names)
        assert not [it for it in names if "tick" in it]
    finally:
        for other in others:
            operations.api.delete(f"{PATH}/{other}")


def test_however_many_there_are_all_are_listed(
    operations: Operations, aws: Callable[[str], Any], stored: Callable[[str], dict[str, Any]], name: str
) -> None:
    make(operations, name=name, enabled=False)
    like = stored(name)
    like = {it: like[it] for it in ("GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target", "State")}
    others = {f"{name}-{number:03}" for number in range(105)}
    scheduler = aws("scheduler")
    try:
        for other in others:
            scheduler.create_schedule(Name=f"relaunch-{other}", **like)
        listed = operations.api.get(PATH).json()
        assert {name} | others <= {it["name"] for it in listed["schedules"]}
        assert not listed["more"]
    finally:
        for other in others:
            scheduler.delete_schedule(GroupName=like["GroupName"], Name=f"relaunch-{other}")


def test_what_others_made_of_a_schedule_is_shown_as_not_known_and_can_be_mended(
    operations: Operations, aws: Callable[[str], Any], stored: Callable[[str], dict[str, Any]], name: str
) -> None:
    made = make(operations, name=name)
    kept = {it: stored(name)[it] for it in ("GroupName", "Name", "FlexibleTimeWindow", "Target")}
    aws("scheduler").update_schedule(ScheduleExpression="at(2099-01-01T00:00:00)", **kept)
    shown = operations.api.get(f"{PATH}/{name}").json()
    assert (shown["expression"], shown["next_runs"]) == ("at(2099-01-01T00:00:00)", [])
    assert "changed outside of Rollcall" in shown["next_runs_unknown"]
    assert shown in operations.api.get(PATH).json()["schedules"]
    assert operations.api.put(f"{PATH}/{name}", json={"expression": SUNDAYS}).json() == made


# ---- What is refused. ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": "every week"}, ["name"]),
        ({"name": "x" * 49}, ["name"]),
        ({"name": "../tick"}, ["name"]),
        ({"expression": "weekly"}, ["expression"]),
        ({"expression": "cron(0 3 * * *)"}, ["expression"]),
        ({"expression": "cron(0 3 * * * *)"}, ["expression"]),
        ({"expression": "cron(0 25 ? * SUN *)"}, ["expression"]),
        ({"expression": "cron(0 3 ? * FRI-MON *)"}, ["expression"]),
        ({"expression": "cron(0 3 31 2 ? *)"}, ["expression"]),
        ({"expression": "cron(0 3 1 1 ? 2025)"}, ["expression"]),
        ({"expression": "rate(0 days)"}, ["expression"]),
        ({"expression": "rate(7 fortnights)"}, ["expression"]),
        ({"expression": None}, ["expression"]),
        ({"time_zone": "Mars/Olympus"}, ["time_zone"]),
        ({"revision": 4_000_000_000}, ["revision"]),
        ({"revision": "newest"}, ["revision"]),
        ({"enabled": "yes"}, ["enabled"]),
        ({"colour": "blue"}, ["colour"]),
        ({"name": "a b", "expression": "x", "time_zone": "x", "revision": 4_000_000_000},
         ["name", "expression", "time_zone", "revision"]),
    ],
)  # fmt: skip
def test_a_part_that_is_not_valid_is_named_and_no_schedule_made(
    operations: Operations, name: str, changes: dict[str, Any], fields: list[str]
) -> None:
    before = operations.api.get(PATH).json()
    schedule = {"name": name, "expression": SUNDAYS} | changes
    assert faulty_fields(operations.api.post(PATH, json=schedule)) == fields
    assert operations.api.get(PATH).json() == before


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("cron(61 3 ? * SUN *)", "61 for the minutes; write 0 to 59"),
        ("cron(0 3 * * * *)", "write ? for the day of the month or for the day of the week"),
        ("cron(0 3 ? * FUNDAY *)", "FUNDAY for the day of the week; write 1 to 7 from Sunday on, or SUN to SAT"),
        ("cron(0 3 31 2 ? *)", "never comes, such as 31 February; write one that does"),
        ("cron(0 3 1 1 ? 2025)", "no year after 2025; write a later year, or * for each"),
        ("rate(7 weeks)", "weeks for the unit; write minutes, hours or days"),
    ],
)
def test_a_refusal_says_what_to_write(operations: Operations, name: str, expression: str, words: str) -> None:
    refused = problem(operations.api.post(PATH, json={"name": name, "expression": expression}), 422)
    assert words in refused["errors"][0]["detail"]


def test_a_name_is_taken_once(operations: Operations, name: str) -> None:
    made = make(operations, name=name)
    again = operations.api.post(PATH, json={"name": name, "expression": "rate(1 day)"})
    assert faulty_fields(again) == ["name"]
    assert operations.api.get(f"{PATH}/{name}").json() == made


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": "another"}, "name"),
        ({"expression": "weekly"}, "expression"),
        ({"revision": 4_000_000_000}, "revision"),
        (
            {"name": "another", "expression": "weekly", "time_zone": "Mars/Olympus", "revision": 4_000_000_000},
            "name expression time_zone revision",
        ),
    ],
)
def test_a_change_that_is_not_valid_changes_nothing(
    operations: Operations, name: str, change: dict[str, Any], fields: str
) -> None:
    made = make(operations, name=name)
    refused = operations.api.put(f"{PATH}/{name}", json={"expression": "rate(1 day)"} | change)
    assert faulty_fields(refused) == fields.split()
    assert operations.api.get(f"{PATH}/{name}").json() == made


@pytest.mark.parametrize("name_", ["no-such-schedule", "rollcall-tick", "two%20words"])
def test_a_schedule_there_is_not_cannot_be_read_changed_or_removed(operations: Operations, name_: str) -> None:
    problem(operations.api.get(f"{PATH}/{name_}"), 404)
    problem(operations.api.put(f"{PATH}/{name_}", json={"expression": SUNDAYS}), 404)
    problem(operations.api.delete(f"{PATH}/{name_}"), 404)


# ---- Their runs. -----------------------------------------------------------------------------------------------------


def test_a_run_relaunches_even_when_nothing_changes_and_says_which_schedule_asked(
    operations: Operations,
    function: Function,
    stored: Callable[[str], dict[str, Any]],
    old_host: dict[str, Any],
    name: str,
) -> None:
    make(operations, name=name, revision=old_host["revision"])
    relaunch = function.call(json.loads(stored(name)["Target"]["Input"]))
    assert (relaunch["outcome"], name_of(relaunch["requested_by"])) == ("succeeded", f"schedule {name}")
    assert relaunch["to_revision"] == old_host["revision"]
    assert operations.the_instance()["InstanceId"] == launched(relaunch) != old_host["instance_id"]
    assert operations.told_of(relaunch["id"]) == [
        (f"schedule {name}", "relaunch", f"to revision {old_host['revision']}"),
        (f"schedule {name}", "end_relaunch", "succeeded"),
    ]


def test_scheduler_itself_starts_the_relaunch_when_its_time_has_come(
    operations: Operations, old_host: dict[str, Any], name: str
) -> None:
    before = operations.newest_relaunch()
    start = datetime.fromisoformat(make(operations, name=name, expression="rate(1 minute)")["next_runs"][0])

    def begun() -> dict[str, Any] | None:
        newest = operations.newest_relaunch()
        return newest if newest != before else None

    relaunch = wait_until(begun)
    # One run is enough.
    assert operations.api.delete(f"{PATH}/{name}").status_code == 204
    # Saving it began none.
    assert datetime.fromisoformat(relaunch["started_at"]) >= start
    relaunch = operations.ended(relaunch["id"])
    assert (relaunch["outcome"], name_of(relaunch["requested_by"])) == ("succeeded", f"schedule {name}")
    assert operations.the_instance()["InstanceId"] == launched(relaunch) != old_host["instance_id"]


@pytest.mark.needs_hosts
def test_without_a_revision_a_run_is_to_the_newest_of_that_time(
    operations: Operations, function: Function, stored: Callable[[str], dict[str, Any]], name: str
) -> None:
    make(operations, name=name)
    newest = operations.revise()["number"]
    assert function.call(json.loads(stored(name)["Target"]["Input"]))["to_revision"] == newest


@pytest.mark.needs_hosts
def test_a_run_never_undoes_a_rollback_that_a_person_made(
    operations: Operations, function: Function, stored: Callable[[str], dict[str, Any]], name: str
) -> None:
    make(operations, name=name)
    event = json.loads(stored(name)["Target"]["Input"])
    earlier, later = (operations.revise_differently()["number"] for _ in range(2))
    operations.relaunch(later)
    rollback = operations.relaunch(earlier)
    assert (rollback["kind"], rollback["outcome"]) == ("rollback", "succeeded")

    answer = function.call(event)

    assert answer["state"] == "skipped"
    assert f"rollback to revision {earlier}" in answer["reason"]
    who, action, outcome = operations.told_of(rollback["id"])[-1]
    assert (who, action) == (f"schedule {name}", "relaunch")
    assert outcome.startswith("skipped: ")
    # A fresh host of the same revision takes nothing back.
    assert operations.relaunch(earlier)["kind"] == "relaunch"
    assert function.call(event)["state"] == "skipped"
    # Someone goes on to a later revision, and so does the schedule.
    operations.relaunch(later)
    newest = operations.revise_differently()["number"]
    assert function.call(event)["to_revision"] == newest


@pytest.mark.needs_hosts
@pytest.mark.usefixtures("no_ticks")
def test_a_run_that_meets_a_relaunch_in_progress_is_skipped_and_no_failure(
    operations: Operations, function: Function, stored: Callable[[str], dict[str, Any]], name: str
) -> None:
    make(operations, name=name)
    begun = operations.abandoned(function)
    answer = function.call(json.loads(stored(name)["Target"]["Input"]))
    assert answer["state"] == "skipped"
    assert begun in answer["reason"]
    assert operations.newest_relaunch()["id"] == begun
    who, action, outcome = operations.told_of(begun)[-1]
    assert (who, action) == (f"schedule {name}", "relaunch")
    assert outcome.startswith("skipped: ") and begun in outcome
    operations.expire_lease(begun)
    function.call({"action": "drive"})
    assert operations.ended(begun)["outcome"] == "succeeded"
