"""An identity provider, as it keeps the directory by SCIM."""

import uuid
from typing import Any

import requests

from tests.support.api import Api

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OWN = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Provider(Api):
    """Calls SCIM by the paths below `/scim/v2`, with one token. An answer of any status is returned, none is raised."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, lambda: token)
        self.headers["Content-Type"] = "application/scim+json"

    def request(self, method: str, url: str, **more: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, f"/scim/v2{url}", **more)

    def create(self, **attributes: Any) -> dict[str, Any]:
        """Makes someone; what `attributes` leave out does not matter to the test."""
        answer = self.post("/Users", json=user(**attributes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def read(self, id_: str) -> dict[str, Any]:
        """Reads someone."""
        answer = self.get(f"/Users/{id_}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change(self, id_: str, *operations: dict[str, Any]) -> dict[str, Any]:
        """Changes someone part by part."""
        answer = self.patch(f"/Users/{id_}", json=patch(*operations))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def find(self, filter_: str, **more: Any) -> list[dict[str, Any]]:
        """Those who meet a filter."""
        answer = self.get("/Users", params={"filter": filter_, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()["Resources"]


def user(**attributes: Any) -> dict[str, Any]:
    """A body for someone of whom nobody has heard."""
    return {"schemas": [USER], "userName": f"{uuid.uuid4()}@example.org"} | attributes


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    """A body that changes someone part by part."""
    return {"schemas": [PATCH], "Operations": list(operations)}


def refused(answer: requests.Response, status: int, mistake: str | None = None) -> str:
    """What a refusal says, which is one as SCIM has them."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/scim+json"
    body = answer.json()
    assert body["schemas"] == [ERROR] and body["status"] == str(status), body
    assert body.get("scimType") == mistake, body
    return body["detail"]


def new_token(operator: requests.Session, name: str = "Tests") -> dict[str, Any]:
    """A token that an operator makes."""
    answer = operator.post("/api/scim-tokens", json={"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()
