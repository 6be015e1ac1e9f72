"""What Okta and Microsoft Entra ID send, in the shapes that they document and that others met, and what comes of each.

A case is someone as a provider makes them, what it then asks, and what SCIM tells and the table of employees holds in
the end. `{id}` is theirs, `{boss}` the id of someone who is there already, `{name}` a name that nobody else has.
"""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import jmespath
import pytest
import requests

from tests.support.directory import Directory
from tests.support.scim import ENTERPRISE, OWN, USER, Provider, patch

Json = Any
# A method, an address and a body.
Ask = tuple[str, str, Json]

MANAGER = f"{ENTERPRISE}:manager"


@dataclass(frozen=True)
class Case:
    """Someone, what is asked of them, and what comes of it."""

    called: str
    body: dict[str, Json]
    asks: tuple[Ask, ...] = ()
    # By expressions of JMESPath, of the resource in the end.
    told: dict[str, Json] = field(default_factory=dict)
    # The attributes of the row; None where there is none, and no row at all of whoever is inactive.
    row: dict[str, Json] | None = field(default_factory=dict)
    status: int = 200


def okta(**more: Json) -> dict[str, Json]:
    """Someone as Okta makes them."""
    return {
        "schemas": [USER],
        "userName": "{name}@example.com",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"primary": True, "value": "{name}@example.com", "type": "work"}],
        "displayName": "Ada Lovelace",
        "locale": "en-US",
        "externalId": "00u{name}",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    } | more


def entra(**more: Json) -> dict[str, Json]:
    """Someone as Entra ID makes them."""
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": "{name}",
        "userName": "{name}@contoso.example",
        "active": True,
        "displayName": "BillG",
        "emails": [{"type": "work", "value": "{name}@contoso.example", "primary": True}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Bill Gates", "familyName": "Gates", "givenName": "Bill"},
        "addresses": [
            {
                "type": "work",
                "streetAddress": "1 Main Street",
                "locality": "Redmond",
                "region": "WA",
                "postalCode": "98052",
                "country": "USA",
                "primary": False,
            }
        ],
        "phoneNumbers": [
            {"type": "work", "value": "+1 425 555 0100", "primary": False},
            {"type": "mobile", "value": "425-555-0199", "primary": False},
        ],
        "preferredLanguage": "en",
        "roles": [],
        "title": "Founder",
        ENTERPRISE: {"department": "Board", "employeeNumber": "701984", "costCenter": "4130"},
    } | more


def change(*operations: dict[str, Json]) -> Ask:
    return "PATCH", "/Users/{id}", patch(*operations)


def op(verb: str, path: str | None = None, value: Json = None) -> dict[str, Json]:
    """One operation; what is None is left out."""
    return {"op": verb} | ({"path": path} if path else {}) | ({"value": value} if value is not None else {})


def put(body: dict[str, Json]) -> Ask:
    return "PUT", "/Users/{id}", {"id": "{id}"} | body


WORK_MAIL = "emails[?type=='work'].value | [0]"
WORK_PHONE = "phoneNumbers[?type=='work'].value | [0]"
DEPARTMENT = f'"{ENTERPRISE}".department'

CASES = (
    # ---- Made. -------------------------------------------------------------------------------------------------------
    Case(
        "Okta makes someone without a place and a job title",
        okta(),
        told={
            "userName": "{name}@example.com",
            "name.givenName": "Ada",
            "active": True,
            "password": None,
            "title": None,
        },
        row={
            "full_name": "Ada Lovelace",
            "job_title": "Not known",
            "location": "Not known",
            "email": "{name}@example.com",
            "user_name": "{name}@example.com",
            "external_id": "00u{name}",
        },
    ),
    Case(
        "Okta makes someone without a display name",
        {name: it for name, it in okta().items() if name != "displayName"},
        told={"displayName": None, "name.familyName": "Lovelace"},
        row={"full_name": "Ada Lovelace"},
    ),
    Case(
        "Okta makes someone with a title, a phone without its country, and a manager whom nobody knows",
        okta(
            title="Engineer",
            phoneNumbers=[{"value": "555-0100", "type": "work"}],
            **{ENTERPRISE: {"department": "Engines", "manager": {"value": "00u-nobody"}}},
        ),
        told={WORK_PHONE: "555-0100", DEPARTMENT: "Engines", f'"{ENTERPRISE}".manager': {"value": "00u-nobody"}},
        row={"job_title": "Engineer", "department": "Engines", "phone": None, "manager": None},
    ),
    Case(
        "Entra ID makes someone with all that it knows",
        entra(),
        told={
            "addresses[0].locality": "Redmond",
            WORK_PHONE: "+1 425 555 0100",
            "phoneNumbers[?type=='mobile'].value | [0]": "425-555-0199",
            f'"{ENTERPRISE}".costCenter': "4130",
            "roles": None,
        },
        row={
            "full_name": "BillG",
            "job_title": "Founder",
            "location": "Redmond",
            "department": "Board",
            "phone": "+14255550100",
            "email": "{name}@contoso.example",
        },
    ),
    Case(
        "Entra ID makes someone with the text False and numbers for texts",
        entra(active="False", **{ENTERPRISE: {"employeeNumber": 701984}}),
        told={"active": False, f'"{ENTERPRISE}".employeeNumber': "701984"},
        row=None,
    ),
    Case(
        "Entra ID makes someone with a manager as a text",
        entra(**{ENTERPRISE: {"manager": "{boss}"}}),
        told={f'"{ENTERPRISE}".manager.value': "{boss}"},
        row={"manager": "{boss}"},
    ),
    Case(
        "someone with schemas and attributes that nobody knows",
        okta(
            shoeSize=43,
            schemas=[USER, "urn:okta:custom:1.0:user"],
            **{"urn:okta:custom:1.0:user": {"hat": {"size": [7]}}, OWN: {"startDate": "2026-11-27", "hat": 7}},
        ),
        told={"shoeSize": None, f'"{OWN}"': {"startDate": "2026-11-27"}},
        row={"start_date": "2026-11-27", "shoeSize": None},
    ),
    Case(
        "someone with nulls and empty texts, as mappings leave them",
        okta(title=None, nickName="", phoneNumbers=[], addresses=[{"type": "work", "locality": None}], timezone=""),
        told={"title": None, "nickName": None, "phoneNumbers": None},
        row={"job_title": "Not known", "time_zone": None},
    ),
    # ---- Made inactive, and active. ----------------------------------------------------------------------------------
    Case("Okta makes inactive", okta(), (change(op("replace", value={"active": False})),), {"active": False}, None),
    Case(
        "Okta makes inactive and active again",
        okta(),
        (change(op("replace", value={"active": False})), change(op("replace", value={"active": True}))),
        {"active": True, "name.givenName": "Ada"},
        {"full_name": "Ada Lovelace", "user_name": "{name}@example.com"},
    ),
    Case("Entra ID makes inactive", entra(), (change(op("Replace", "active", "False")),), {"active": False}, None),
    Case(
        "Entra ID makes inactive by Add",
        entra(),
        (change(op("Add", "active", "false")),),
        {"active": False},
        None,
    ),
    Case(
        "Entra ID makes active again with the text True, and changes more by the same request",
        entra(),
        (
            change(op("Replace", "active", "False")),
            change(op("Replace", "active", "True"), op("Replace", "title", "Philanthropist")),
        ),
        {"active": True, "title": "Philanthropist"},
        {"job_title": "Philanthropist", "location": "Redmond"},
    ),
    Case(
        "someone inactive is changed and stays so",
        entra(),
        (
            change(op("Replace", "active", "False")),
            change(op("Replace", "displayName", "William")),
            change(op("Remove", "title")),
        ),
        {"active": False, "displayName": "William", "title": None},
        None,
    ),
    Case(
        "Okta replaces someone without saying whether they are active",
        okta(),
        (put({name: it for name, it in okta(title="Countess").items() if name not in ("active", "password")}),),
        {"active": True, "title": "Countess"},
        {"job_title": "Countess"},
    ),
    Case(
        "nor does that bring back whoever is inactive",
        okta(),
        (
            change(op("replace", value={"active": False})),
            put({name: it for name, it in okta(title="Countess").items() if name != "active"}),
        ),
        {"active": False, "title": "Countess"},
        None,
    ),
    Case("Okta replaces someone and makes them inactive", okta(), (put(okta(active=False)),), {"active": False}, None),
    Case(
        "Okta replaces someone and brings them back",
        okta(active=False),
        (put(okta(active=True, title="Countess")),),
        {"active": True},
        {"job_title": "Countess"},
    ),
    # ---- Changed. ----------------------------------------------------------------------------------------------------
    Case(
        "what a replacement leaves out is gone",
        entra(),
        (put({name: it for name, it in entra().items() if name not in ("title", "phoneNumbers", ENTERPRISE)}),),
        {"title": None, WORK_PHONE: None, DEPARTMENT: None},
        {"job_title": "Not known", "phone": None, "department": None, "location": "Redmond"},
    ),
    Case(
        "Okta replaces several attributes without a path",
        okta(),
        (
            change(
                op("replace", value={"displayName": "Ada King", "name": {"familyName": "King"}, "title": "Countess"})
            ),
        ),
        {"name": {"givenName": "Ada", "familyName": "King"}},
        {"full_name": "Ada King", "job_title": "Countess"},
    ),
    Case(
        "Entra ID changes several attributes one by one",
        entra(),
        (
            change(
                op("Replace", "name.familyName", "King"),
                op("Replace", "displayName", "Bill King"),
                op("Replace", f"{ENTERPRISE}:department", "Foundation"),
                op("Add", "nickName", "Trey"),
            ),
        ),
        {"name.familyName": "King", "name.givenName": "Bill", DEPARTMENT: "Foundation", "nickName": "Trey"},
        {"full_name": "Bill King", "department": "Foundation"},
    ),
    Case(
        "Entra ID changes all at once by names with dots and with the address of a schema",
        entra(),
        (
            change(
                op(
                    "Replace",
                    value={
                        "displayName": "Bill King",
                        "name.givenName": "William",
                        'emails[type eq "work"].value': "king-{name}@contoso.example",
                        f"{ENTERPRISE}:department": "Foundation",
                        f"{ENTERPRISE}:employeeNumber": "7",
                    },
                )
            ),
        ),
        {
            "name.givenName": "William",
            WORK_MAIL: "king-{name}@contoso.example",
            DEPARTMENT: "Foundation",
            f'"{ENTERPRISE}".employeeNumber': "7",
        },
        {"full_name": "Bill King", "email": "king-{name}@contoso.example"},
    ),
    Case(
        "a part of the name is unassigned by null, and the other ones stay",
        okta(name={"givenName": "Ada", "middleName": "M", "familyName": "Lovelace"}),
        (
            change(op("replace", "name", {"middleName": None}), op("replace", value={"name": {"unknown": "q"}})),
            change(op("add", 'emails[type eq "work"]', {"display": None})),
        ),
        {"name": {"givenName": "Ada", "familyName": "Lovelace"}, WORK_MAIL: "{name}@example.com"},
        {"email": "{name}@example.com"},
    ),
    Case(
        "a number that is there already is there once",
        entra(),
        (change(op("add", "phoneNumbers", [{"type": "work", "value": "+1 425 555 0100", "primary": True}])),),
        {"length(phoneNumbers)": 2, "phoneNumbers[?primary].type": ["work"]},
        {"phone": "+14255550100"},
    ),
    Case(
        "Entra ID sets the phone of someone who has none",
        okta(),
        (change(op("Add", 'phoneNumbers[type eq "work"].value', "+49 30 901820")),),
        {"phoneNumbers": [{"type": "work", "value": "+49 30 901820"}]},
        {"phone": "+4930901820"},
    ),
    Case(
        "Entra ID replaces the phone of someone who has none",
        okta(),
        (change(op("Replace", 'phoneNumbers[type eq "work"].value', "+49 30 901820")),),
        {WORK_PHONE: "+49 30 901820"},
        {"phone": "+4930901820"},
    ),
    Case(
        "Entra ID replaces a phone and leaves the other ones",
        entra(),
        (change(op("Replace", 'phoneNumbers[type eq "work"].value', "+1 425 555 0123")),),
        {WORK_PHONE: "+1 425 555 0123", "phoneNumbers[?type=='mobile'].value | [0]": "425-555-0199"},
        {"phone": "+14255550123"},
    ),
    Case(
        "Entra ID replaces the address of work",
        entra(),
        (
            change(
                op("Replace", 'addresses[type eq "work"].locality', "Oslo"),
                op("Replace", 'addresses[type eq "work"].formatted', "Karl Johans gate 1, Oslo"),
            ),
        ),
        {"addresses[0].locality": "Oslo", "addresses[0].region": "WA", "length(addresses)": 1},
        {"location": "Oslo"},
    ),
    Case(
        "Entra ID gives someone a place who has none",
        okta(),
        (change(op("Add", 'addresses[type eq "work"].region', "Bavaria")),),
        {"addresses": [{"type": "work", "region": "Bavaria"}]},
        {"location": "Bavaria"},
    ),
    Case(
        "Entra ID sets the primary role by a filter with the text True",
        entra(),
        (change(op("Add", 'roles[primary eq "True"].value', "Reader")),),
        {"roles": [{"primary": True, "value": "Reader"}]},
    ),
    Case(
        "Entra ID changes the e-mail address",
        entra(),
        (change(op("Replace", 'emails[type eq "work"].value', "new-{name}@contoso.example")),),
        {WORK_MAIL: "new-{name}@contoso.example", "emails[0].primary": True},
        {"email": "new-{name}@contoso.example"},
    ),
    Case(
        "Okta adds a second e-mail address, which becomes the primary one",
        okta(),
        (change(op("add", "emails", [{"value": "home-{name}@example.com", "type": "home", "primary": True}])),),
        {"length(emails)": 2, "emails[?primary].type": ["home"], WORK_MAIL: "{name}@example.com"},
        {"email": "{name}@example.com"},
    ),
    Case(
        "Okta changes the user name",
        okta(),
        (change(op("replace", value={"userName": "king-{name}@example.com"})),),
        {"userName": "king-{name}@example.com"},
        {"user_name": "king-{name}@example.com", "email": "{name}@example.com"},
    ),
    # ---- Managers. ---------------------------------------------------------------------------------------------------
    Case(
        "Entra ID sets the manager by a bare text",
        entra(),
        (change(op("Add", MANAGER, "{boss}")),),
        {f'"{ENTERPRISE}".manager.value': "{boss}"},
        {"manager": "{boss}"},
    ),
    Case(
        "a name of the manager changes nothing about who it is",
        entra(**{ENTERPRISE: {"manager": "{boss}"}}),
        (change(op("replace", MANAGER, {"displayName": "Bob"})),),
        {f'"{ENTERPRISE}".manager.value': "{boss}"},
        {"manager": "{boss}"},
    ),
    Case(
        "Entra ID sets the manager by a value",
        entra(),
        (change(op("Replace", MANAGER, {"value": "{boss}"})),),
        {f'"{ENTERPRISE}".manager.value': "{boss}"},
        {"manager": "{boss}"},
    ),
    Case(
        "Entra ID sets the manager by a list",
        entra(),
        (change(op("Add", MANAGER, [{"$ref": "../Users/{boss}", "value": "{boss}"}])),),
        {f'"{ENTERPRISE}".manager.value': "{boss}"},
        {"manager": "{boss}"},
    ),
    Case(
        "Okta sets the manager by the id that the provider has",
        okta(),
        (change(op("replace", value={ENTERPRISE: {"manager": {"value": "ext-{boss}", "displayName": "Bo"}}})),),
        {f'"{ENTERPRISE}".manager.value': "{boss}"},
        {"manager": "{boss}"},
    ),
    Case(
        "Entra ID sets the value of the manager alone",
        entra(),
        (change(op("Replace", f"{MANAGER}.value", "{boss}")),),
        {f'"{ENTERPRISE}".manager.value': "{boss}", DEPARTMENT: "Board"},
        {"manager": "{boss}"},
    ),
    Case(
        "Entra ID takes the manager away",
        entra(**{ENTERPRISE: {"manager": {"value": "{boss}"}}}),
        (change(op("Remove", MANAGER)),),
        {f'"{ENTERPRISE}"': None},
        {"manager": None},
    ),
    Case(
        "Entra ID takes the manager away by an empty text",
        entra(**{ENTERPRISE: {"manager": {"value": "{boss}"}}}),
        (change(op("Replace", MANAGER, "")),),
        {f'"{ENTERPRISE}"': None},
        {"manager": None},
    ),
    # ---- Taken away. -------------------------------------------------------------------------------------------------
    Case(
        "Entra ID takes an attribute away",
        entra(),
        (change(op("Remove", "title")),),
        {"title": None},
        {"job_title": "Not known"},
    ),
    Case(
        "Entra ID takes a number away by a filter",
        entra(),
        (change(op("Remove", 'phoneNumbers[type eq "work"]')),),
        {WORK_PHONE: None, "length(phoneNumbers)": 1},
        {"phone": None},
    ),
    Case(
        "Entra ID takes the value of a number away",
        entra(),
        (change(op("Remove", 'phoneNumbers[type eq "work"].value')),),
        {WORK_PHONE: None, "length(phoneNumbers)": 1},
        {"phone": None},
    ),
    Case(
        "a number is taken away by its value",
        entra(),
        (change(op("remove", "phoneNumbers", [{"value": "+1 425 555 0100"}])),),
        {"phoneNumbers[].type": ["mobile"]},
        {"phone": None},
    ),
    Case(
        "what is not there is taken away",
        okta(),
        (change(op("Remove", 'phoneNumbers[type eq "work"]'), op("Remove", "title"), op("Remove", MANAGER)),),
        {"active": True},
    ),
    Case(
        "Okta takes an attribute away by null",
        okta(title="Countess"),
        (change({"op": "replace", "value": {"title": None}}),),
        {"title": None},
        {"job_title": "Not known"},
    ),
    Case(
        "what nobody knows is changed",
        okta(),
        (
            change(
                op("Add", "urn:ietf:params:scim:schemas:extension:custom:2.0:User:hat", "7"),
                op("Replace", "shoe.size", 43),
                op("Replace", value={"urn:okta:custom:1.0:user": {"hat": 7}, "title": "Countess"}),
            ),
        ),
        {"title": "Countess"},
    ),
    # ---- Deleted, and refused. ---------------------------------------------------------------------------------------
    Case("Okta deletes", okta(), (("DELETE", "/Users/{id}", None),), status=404, row=None),
    Case(
        "someone inactive is deleted",
        entra(active=False),
        (("DELETE", "/Users/{id}", None),),
        status=404,
        row=None,
    ),
)


def filled(value: Json, names: dict[str, str]) -> Json:
    """A value with each name in it for what it stands for."""
    text = json.dumps(value)
    for name, stands_for in names.items():
        text = text.replace("{" + name + "}", stands_for)
    return json.loads(text)


@pytest.fixture(scope="module")
def boss(provider: Provider) -> str:
    """The id of someone who is there already."""
    id_ = provider.create(displayName="Bo", title="Boss")["id"]
    provider.change(id_, {"op": "add", "path": "externalId", "value": f"ext-{id_}"})
    return id_


@pytest.mark.parametrize("case", CASES, ids=[case.called for case in CASES])
def test_what_a_provider_sends_comes_to_what_it_means(
    case: Case, provider: Provider, directory: Directory, boss: str
) -> None:
    names = {"name": uuid.uuid4().hex, "boss": boss}
    made = provider.post("/Users", json=filled(case.body, names))
    assert made.status_code == 201, made.text
    names["id"] = made.json()["id"]
    for method, address, body in case.asks:
        answer = provider.request(method, filled(address, names), json=filled(body, names) if body else None)
        assert answer.status_code in (200, 204), answer.text
        if answer.content:
            assert answer.json() == provider.read(names["id"])
    end = provider.get(f"/Users/{names['id']}")
    assert end.status_code == case.status, end.text
    for expression, expected in case.told.items():
        found = jmespath.search(expression, end.json())
        assert found == filled(expected, names), f"{expression}: {end.text}"
    row = directory.row(names["id"])
    if case.row is None:
        assert row is None
        return
    assert row is not None
    assert {name: row.get(name) for name in case.row} == filled(case.row, names)


def test_there_are_bodies_enough() -> None:
    assert sum(1 + len(case.asks) for case in CASES) >= 60


# ---- What they ask before they begin. --------------------------------------------------------------------------------


def test_okta_tests_the_connection_by_a_page_of_two(provider: Provider) -> None:
    provider.create(), provider.create()
    answer = provider.get("/Users?startIndex=1&count=2", headers={"Accept": "application/scim+json"})
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/scim+json"
    page = answer.json()
    assert page["totalResults"] >= 2 and page["startIndex"] == 1 and page["itemsPerPage"] == 2
    assert len(page["Resources"]) == 2


@pytest.mark.parametrize(
    "filter_",
    [
        'userName eq "{NAME}@EXAMPLE.com"',
        'userName eq "{name}@example.com"',
        'externalId eq "00u{name}"',
        'emails[type eq "work"].value eq "{name}@example.com"',
        'emails.value eq "{NAME}@example.com"',
        'id eq "{id}"',
    ],
)
def test_they_find_whom_they_made_whether_active_or_not(provider: Provider, filter_: str) -> None:
    name = uuid.uuid4().hex
    made = provider.post("/Users", json=filled(okta(), {"name": name})).json()
    for key, value in {"name": name, "NAME": name.upper(), "id": made["id"]}.items():
        filter_ = filter_.replace("{" + key + "}", value)
    assert [it["id"] for it in provider.find(filter_)] == [made["id"]]
    provider.change(made["id"], op("replace", value={"active": False}))
    (found,) = provider.find(filter_)
    assert (found["id"], found["active"]) == (made["id"], False)
    assert provider.delete(f"/Users/{made['id']}").status_code == 204
    assert provider.find(filter_) == []


def test_entra_id_tests_the_connection_by_someone_who_can_not_be(provider: Provider) -> None:
    answer = provider.get("/Users", params={"filter": f'userName eq "{uuid.uuid4()}"'})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["totalResults"], answer.json()["Resources"]) == (0, [])


def test_a_body_of_plain_json_is_taken(provider: Provider) -> None:
    answer: requests.Response = provider.post(
        "/Users",
        json=filled(okta(), {"name": uuid.uuid4().hex}),
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    assert answer.status_code == 201, answer.text
