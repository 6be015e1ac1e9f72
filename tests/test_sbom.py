"""The bills of materials: what is linked into function, host and site, as CycloneDX."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.sbom import PARTS, bill, linked

ROOT = Path(__file__).parent.parent
JUDGE = [ROOT / ".tools/checks/bin/python", ROOT / "tests/support/judge_bills.py"]

Bill = dict[str, Any]


@pytest.fixture(scope="module")
def bills() -> dict[str, Bill]:
    """That of each part."""
    return {part: bill(part) for part in PARTS}


def crates(document: Bill) -> dict[str, Any]:
    """The components of a bill by their names; of several versions any."""
    return {component["name"]: component for component in document["components"]}


def faults(*files: Path) -> str:
    """What CycloneDX's schema has against bills."""
    return subprocess.run([*JUDGE, *files], capture_output=True, text=True, check=False).stdout


def test_a_bill_is_valid_by_cyclonedxs_own_schema(bills: dict[str, Bill], tmp_path: Path) -> None:
    files = [tmp_path / f"{part}.cdx.json" for part in bills]
    for file, document in zip(files, bills.values(), strict=True):
        file.write_text(json.dumps(document))
    assert faults(*files) == ""
    files[0].write_text(json.dumps(bills["function"] | {"version": "first"}))
    assert faults(*files) == f"{files[0]}: 'first' is not of type 'integer'\n"


@pytest.mark.parametrize(
    ("part", "name"),
    [("function", "aws-sdk-dynamodb"), ("function", "aws-sdk-ec2"), ("host", "aws-sdk-dynamodb"), ("site", "leptos")],
)
def test_a_crate_stands_there_with_version_licence_hash_and_address(
    bills: dict[str, Bill], part: str, name: str
) -> None:
    crate = crates(bills[part])[name]
    assert re.fullmatch(r"\d+\.\d+\.\d+", crate["version"])
    assert crate["licenses"] == [{"expression": "MIT" if name == "leptos" else "Apache-2.0"}]
    assert crate["purl"] == f"pkg:cargo/{name}@{crate['version']}"
    (found,) = crate["hashes"]
    assert found["alg"] == "SHA-256"
    assert f'checksum = "{found["content"]}"' in (ROOT / "Cargo.lock").read_text()


@pytest.mark.parametrize("name", ["proptest", "tempfile", "stateright", "cc", "serde_derive"])
def test_what_only_tests_and_builds_need_is_not_there(bills: dict[str, Bill], name: str) -> None:
    assert f'name = "{name}"' in (ROOT / "Cargo.lock").read_text()
    assert [part for part, document in bills.items() if name in crates(document)] == []


def test_the_host_has_no_means_to_launch_a_host(bills: dict[str, Bill]) -> None:
    assert "rollcall-operations" in crates(bills["function"])
    assert not {"rollcall-operations", "aws-sdk-ec2"} & crates(bills["host"]).keys()


@pytest.mark.parametrize("part", PARTS)
def test_everything_is_linked_by_something(bills: dict[str, Bill], part: str) -> None:
    document = bills[part]
    whole = document["metadata"]["component"]["bom-ref"]
    links = {entry["ref"]: entry["dependsOn"] for entry in document["dependencies"]}
    assert {component["bom-ref"] for component in document["components"]} | {whole} == links.keys()
    assert {ref for refs in links.values() for ref in refs} == links.keys() - {whole}


def test_no_path_of_this_machine_is_there(bills: dict[str, Bill]) -> None:
    assert str(ROOT) not in json.dumps(bills)


def test_the_same_crates_give_the_same_bill(bills: dict[str, Bill]) -> None:
    assert bill("site") == bills["site"]


def test_whom_each_crate_links_is_read_from_the_depth_of_its_line() -> None:
    whole, links = linked(
        "0|app v1.0.0 (/home/someone/app)|MIT\n"
        "1|left v1.0.0|MIT/Apache-2.0\n"
        "2|deep v2.0.0+1|MIT\n"
        "1|right v1.0.0|MIT\n"
        "2|deep v2.0.0+1|MIT (*)\n"
    )
    assert (whole.ref, whole.own) == ("app@1.0.0", True)
    assert {crate.ref: sorted(other.ref for other in links[crate]) for crate in links} == {
        "app@1.0.0": ["left@1.0.0", "right@1.0.0"],
        "left@1.0.0": ["deep@2.0.0+1"],
        "right@1.0.0": ["deep@2.0.0+1"],
        "deep@2.0.0+1": [],
    }
    assert {crate.licence for crate in links} == {"MIT", "MIT OR Apache-2.0"}
