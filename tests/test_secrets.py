"""No secret is in the repository: neither in its files nor in anything that was ever committed, nor in a message."""

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
FINDER = [ROOT / ".tools/checks/bin/python", ROOT / "tests/support/find_secrets.py"]

# What looks like a secret and is none: file and kind, and why.
ALLOWED = {
    (
        "tests/package-lock.json",
        "Azure Storage Account access key",
    ): "hashes of packages, which are as long as such keys",
}


class Found(NamedTuple):
    """What looks like a secret."""

    # A file, or a commit, or both with a colon between.
    place: str
    kind: str
    begins: str

    @property
    def allowance(self) -> tuple[str, str]:
        """By what it would be allowed."""
        return self.place.rpartition(":")[2], self.kind


def find(repository: Path) -> list[Found]:
    """What looks like a secret in a repository."""
    done = subprocess.run([*FINDER, repository], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [Found(**json.loads(line)) for line in done.stdout.splitlines()]


def test_no_secret_is_in_the_files_or_was_ever_committed() -> None:
    found = find(ROOT)
    assert [each for each in found if each.allowance not in ALLOWED] == []
    assert ALLOWED.keys() <= {each.allowance for each in found}, "what is allowed is not there any more"


# ---- That it would be found. Each is made up while the test runs, so that it is not in this file. --------------------

DIGEST = hashlib.sha512(b"nobody's secret").digest()
HEX, BASE64 = DIGEST.hex(), base64.urlsafe_b64encode(DIGEST).decode().replace("-", "x").replace("_", "y")


def jwt() -> str:
    """A token as an issuer makes it."""
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, {"sub": "ada"}))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), BASE64[:40]])


PLANTED = {
    "AWS Access Key": f"AWS_ACCESS_KEY_ID={'AKIA'}{HEX[:16].upper()}",
    "Private Key": f"-----{'BEGIN'} RSA PRIVATE KEY-----",
    "JSON Web Token": f"curl -H 'x-token: {jwt()}'",
    "Bearer Token": f"authorization: {'Bearer'} {BASE64[:32]}",
    "GitHub Token": f"git clone https://{'ghp_'}{HEX[:36]}@github.com/",
    "Basic Auth Credentials": f"https://ada:{HEX[:12]}@directory.example/",
    "SCIM Token of Rollcall": f"{'rollcall'}_scim_{BASE64[:43]}",
    "Assigned Secret": f'"client_secret": "{BASE64[:24]}"',
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty one."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    return tmp_path


def git(repository: Path, *arguments: str) -> None:
    """Calls git as someone who has set up nothing."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", "-C", repository, *who, *arguments], check=True, capture_output=True)


def commit(repository: Path, message: str, **files: str) -> None:
    """Commits files of these names with these contents."""
    for name, content in files.items():
        (repository / name).write_text(content)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", message)


def test_secrets_of_every_kind_are_found(repository: Path) -> None:
    commit(repository, "all of them", notes="\n".join(PLANTED.values()))
    assert {(each.place, each.kind) for each in find(repository)} == {("notes", kind) for kind in PLANTED}


def test_a_secret_is_found_wherever_it_is_or_was(repository: Path) -> None:
    secret = [f"{'AKIA'}{HEX[start : start + 16].upper()}" for start in range(0, 80, 16)]
    commit(repository, "begun", gone=secret[0])
    commit(repository, "taken away", gone="")
    commit(repository, f"with the key {secret[1]}")
    git(repository, "switch", "--quiet", "--create", "another")
    commit(repository, "on a branch", aside=secret[2])
    git(repository, "switch", "--quiet", "main")
    (repository / "not_yet_committed").write_text(secret[3])
    places = [each.place.rpartition(":")[2] for each in find(repository)]
    assert len(places) == 4
    assert {"gone", "aside", "not_yet_committed"} < set(places)


def test_what_is_called_a_secret_and_is_a_word_is_none(repository: Path) -> None:
    words = [
        'token = "the-token-of-this-launch"',
        '"aws_secret_access_key": "local"',
        "password: correct-horse-battery",
    ]
    commit(repository, "words", words="\n".join([*words, f'checksum = "{HEX[:64]}"']))
    assert find(repository) == []


def test_of_a_secret_only_the_beginning_is_told(repository: Path) -> None:
    commit(repository, "a key", key=PLANTED["AWS Access Key"])
    assert [each.begins for each in find(repository)] == ["AKIA"]
