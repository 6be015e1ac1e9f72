"""Writes what is in function, host and site, down to the last crate: a bill of materials each, as CycloneDX 1.6.

Neither Python nor Node packages are among it: both only build, test and deploy.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

_ROOT = Path(__file__).parent.parent
_LINUX = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")

# What is deployed: the package that it is built of, and for which systems.
PARTS = {
    "function": ("rollcall-control-plane", _LINUX),
    "host": ("rollcall-host", _LINUX),
    "site": ("rollcall-frontend", ("wasm32-unknown-unknown",)),
}

_LINE = re.compile(r"(?P<depth>\d+)\|(?P<name>\S+) v(?P<version>\S+)(?P<path> \(.*\))?\|(?P<licence>[^|]*)")


class Crate(NamedTuple):
    """A crate that is linked."""

    name: str
    version: str
    licence: str
    # Whether it is Rollcall's own, and in no registry.
    own: bool

    @property
    def ref(self) -> str:
        """By what the document calls it."""
        return f"{self.name}@{self.version}"


def bill(part: str) -> dict[str, Any]:
    """The bill of materials of a part; the same for the same Cargo.lock and version."""
    package, targets = PARTS[part]
    whole, links = linked(_tree(package, targets))
    hashes = _hashes()
    content = {
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "component": {"type": "application", "bom-ref": whole.ref, "name": whole.name, "version": whole.version},
        },
        "components": [_component(crate, hashes) for crate in sorted(links) if crate != whole],
        "dependencies": [
            {"ref": crate.ref, "dependsOn": sorted(other.ref for other in links[crate])} for crate in sorted(links)
        ],
    }
    number = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(content))
    head = {"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX"}
    return head | {"specVersion": "1.6", "serialNumber": f"urn:uuid:{number}", "version": 1} | content


def linked(tree: str) -> tuple[Crate, dict[Crate, set[Crate]]]:
    """The crate at the root of what `cargo tree` printed, and whom each one links."""
    links: dict[Crate, set[Crate]] = {}
    above: list[Crate] = []
    # There is a tree for each target, behind an empty line.
    for line in filter(None, tree.splitlines()):
        found = _LINE.match(line)
        assert found, line
        # Older crates write a slash where SPDX has OR.
        licence = re.sub(r"\s*/\s*", " OR ", found["licence"].removesuffix(" (*)"))
        crate = Crate(found["name"], found["version"], licence, own=bool(found["path"]))
        del above[int(found["depth"]) :]
        links.setdefault(crate, set())
        if above:
            links[above[-1]].add(crate)
        above.append(crate)
    return above[0], links


def _tree(package: str, targets: tuple[str, ...]) -> str:
    """What is linked into a package: without what its tests and builds need, and macros, which only run meanwhile."""
    command = ["cargo", "tree", "--locked", "--offline", "--package", package, "--edges", "normal,no-proc-macro"]
    command += ["--prefix", "depth", "--format", "|{p}|{l}"]
    command += [argument for target in targets for argument in ("--target", target)]
    return subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def _hashes() -> dict[str, str]:
    """The SHA-256 of each crate as it was downloaded."""
    packages = tomllib.loads((_ROOT / "Cargo.lock").read_text())["package"]
    return {f"{it['name']}@{it['version']}": it["checksum"] for it in packages if "checksum" in it}


def _component(crate: Crate, hashes: dict[str, str]) -> dict[str, Any]:
    component: dict[str, Any] = {"type": "library", "bom-ref": crate.ref, "name": crate.name, "version": crate.version}
    component["licenses"] = [{"expression": crate.licence}]
    if not crate.own:
        component["hashes"] = [{"alg": "SHA-256", "content": hashes[crate.ref]}]
        component["purl"] = f"pkg:cargo/{crate.name}@{quote(crate.version, safe='')}"
    return component


def main() -> int:
    """Writes one document for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        document = bill(part)
        file = folder / f"{part}.cdx.json"
        file.write_text(json.dumps(document, indent=2) + "\n")
        print(f"{file}: {len(document['components'])} crates")
    return 0


if __name__ == "__main__":
    sys.exit(main())
