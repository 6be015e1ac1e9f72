"""Bearer tokens: the pool's own, and those somebody made up."""

import base64
import json
import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token."""
    header, claims, _ = token.split(".")
    return json.loads(_decode(header)), json.loads(_decode(claims))


def signed(header: dict[str, Any], claims: dict[str, Any], key: rsa.RSAPrivateKey) -> str:
    """A token with this content, signed with RS256."""
    text = f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(claims).encode())}"
    return f"{text}.{_encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def unsigned(token: str) -> str:
    """The same claims under `alg: none`."""
    header, claims = parts(token)
    header["alg"] = "none"
    return f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(claims).encode())}."


def with_claims(token: str, **claims: Any) -> str:
    """The token with other claims and the signature it had."""
    header, _, signature = token.split(".")
    return f"{header}.{_encode(json.dumps(parts(token)[1] | claims).encode())}.{signature}"


def own_key() -> rsa.RSAPrivateKey:
    """A key nobody knows of."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: rsa.RSAPrivateKey, id_: str) -> dict[str, str]:
    """The public part of a key, as an issuer tells it under this id (RFC 7517)."""
    numbers = key.public_key().public_numbers()

    def text(number: int) -> str:
        return _encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))

    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id_, "n": text(numbers.n), "e": text(numbers.e)}


def pool_key(pool_keys: Path, pool: str) -> rsa.RSAPrivateKey:
    """The key with which the emulator signs the pool's access tokens."""
    key = serialization.load_pem_private_key((pool_keys / f"{pool}-access.pem").read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def hours_ago(hours: float) -> int:
    """A time as tokens write it."""
    return int(time.time() - hours * 3600)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
