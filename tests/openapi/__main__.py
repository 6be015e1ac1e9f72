"""`make bench-openapi`: asks for each operation of a local cloud hundreds of times, and prints what it found."""

import argparse
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from tests.openapi.prepare import prepare
from tests.openapi.run import ASKED_BY, run
from tests.support.api import Api
from tests.support.operations import TIMEOUTS


def main() -> int:
    """Asks as each of those who may use something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=500, help="how many requests are made up for an operation")
    examples = parser.parse_args().examples
    people = {person.name: person for person in PEOPLE}
    found = 0
    with TemporaryDirectory() as folder, LocalCloud(Path(folder, "cloud"), timeouts=TIMEOUTS) as cloud:
        # Whoever may launch a host is let launch none.
        cloud.faults.add("no-capacity")
        clients = {name: Api(cloud.url, partial(cloud.token, person)) for name, person in people.items()}
        deployment = prepare(cloud, clients.__getitem__)
        for who in ASKED_BY:
            told = run(deployment, who, examples, Path(folder, who))
            print(f"{who}: {'failed' if told else 'as documented'}\n{told}", flush=True)
            found += bool(told)
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
