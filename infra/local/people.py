"""The demo users, and how one of them signs in without a browser."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """Someone who can sign in. The password is no secret: the pool is in memory and on loopback only."""

    name: str
    groups: tuple[str, ...]
    may: str

    @property
    def password(self) -> str:
        """The same at every start, so that a browser can remember it."""
        return f"Rollcall-{self.name}-1"


PEOPLE = (
    Person("reader", (), "looks colleagues up"),
    Person("editor", ("Editors",), "keeps records too"),
    Person("operator", ("Editors", "EC2Admins"), "relaunches the host too"),
)


def invite(cognito: Any, pool: str, person: Person) -> None:
    """Makes someone a user of the pool, with a password that is already final."""
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=person.name,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": f"{person.name}@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=person.name, Password=person.password, Permanent=True)
    for group in person.groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=person.name, GroupName=group)


def access_token(cognito: Any, pool: str, client: str, person: Person) -> str:
    """A fresh access token of someone's."""
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.name, "PASSWORD": person.password},
    )
    return answer["AuthenticationResult"]["AccessToken"]
