"""Tokens that must not count, each made of one that does."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support import tokens

# Makes a token of one that counts, and of the key that its issuer signs with.
Forge = Callable[[str, rsa.RSAPrivateKey], str]


def expired(token: str, key: rsa.RSAPrivateKey) -> str:
    """Over for an hour."""
    times = {"auth_time": tokens.hours_ago(2), "iat": tokens.hours_ago(2), "exp": tokens.hours_ago(1)}
    return _with(token, key, **times)


def not_yet_valid(token: str, key: rsa.RSAPrivateKey) -> str:
    """Good in an hour."""
    return _with(token, key, nbf=tokens.hours_ago(-1))


def that_never_expires(token: str, key: rsa.RSAPrivateKey) -> str:
    """Without an end."""
    return _with(token, key, exp=None)


def for_another_application(token: str, key: rsa.RSAPrivateKey) -> str:
    """Of the same issuer, and meant for somebody else."""
    return _with(token, key, client_id="another")


def for_another_audience(token: str, key: rsa.RSAPrivateKey) -> str:
    """The same as issuers say it that are not Cognito."""
    return _with(token, key, client_id=None, aud="another")


def of_another_issuer(token: str, key: rsa.RSAPrivateKey) -> str:
    """Signed with a key that counts, and of an issuer that does not."""
    return _with(token, key, iss=tokens.parts(token)[1]["iss"] + "x")


def a_refresh_token(token: str, key: rsa.RSAPrivateKey) -> str:
    """For the issuer alone."""
    return _with(token, key, token_use="refresh")


def an_id_token(token: str, key: rsa.RSAPrivateKey) -> str:
    """It says who someone is, and is for nobody to show."""
    return _with(token, key, token_use="id", aud=tokens.parts(token)[1]["client_id"], client_id=None)


def a_logout_token(token: str, key: rsa.RSAPrivateKey) -> str:
    """A signed JWT for something else."""
    header, claims = tokens.parts(token)
    return tokens.signed(header | {"typ": "logout+jwt"}, claims, key)


def with_an_unknown_extension(token: str, key: rsa.RSAPrivateKey) -> str:
    """It says that who does not understand it has to refuse it."""
    header, claims = tokens.parts(token)
    return tokens.signed(header | {"crit": ["x"], "x": True}, claims, key)


def signed_by_a_stranger(token: str, _: rsa.RSAPrivateKey) -> str:
    """Under the id of a key of the issuer's."""
    return tokens.signed(*tokens.parts(token), tokens.own_key())


def signed_with_a_key_of_ones_own(token: str, _: rsa.RSAPrivateKey) -> str:
    """Under an id that the issuer has no key of."""
    header, claims = tokens.parts(token)
    return tokens.signed(header | {"kid": "mine"}, claims, tokens.own_key())


def unsigned(token: str, _: rsa.RSAPrivateKey) -> str:
    """By `alg: none`."""
    return tokens.unsigned(token)


def without_its_signature(token: str, _: rsa.RSAPrivateKey) -> str:
    """As signed, with nothing behind the last dot."""
    return token.rpartition(".")[0] + "."


def signed_with_the_public_key(token: str, key: rsa.RSAPrivateKey) -> str:
    """By HS256, for which everyone has the key that RS256 verifies with."""
    header, claims = tokens.parts(token)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    parts = [header | {"alg": "HS256"}, claims]
    text = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
    return f"{text}.{_encoded(hmac.digest(public, text.encode(), hashlib.sha256))}"


def with_a_group_added(token: str, _: rsa.RSAPrivateKey) -> str:
    """With other claims than those that were signed."""
    return tokens.with_claims(token, **{"cognito:groups": ["Editors", "EC2Admins", "Kings"]})


# Each with a word of the reason for which it is refused.
FORGED: dict[Forge, str] = {
    expired: "expired",
    not_yet_valid: "valid",
    that_never_expires: "lacks",
    for_another_application: "another application",
    for_another_audience: "another application",
    of_another_issuer: "another issuer",
    a_refresh_token: "no access token",
    an_id_token: "no access token",
    a_logout_token: "something else",
    with_an_unknown_extension: "extension",
    signed_by_a_stranger: "signature",
    signed_with_a_key_of_ones_own: "key",
    unsigned: "not a signed JWT",
    without_its_signature: "signature",
    signed_with_the_public_key: "key",
    with_a_group_added: "signature",
}


def _with(token: str, key: rsa.RSAPrivateKey, **claims: Any) -> str:
    header, had = tokens.parts(token)
    kept = {name: value for name, value in (had | claims).items() if value is not None}
    return tokens.signed(header, kept, key)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
