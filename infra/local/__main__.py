"""The local cloud's command line: `python -m infra.local`, by way of the Makefile."""

import argparse
import sys

from infra.local import commands
from infra.local.failure import Failure
from infra.local.faults.command import add_subparsers


def main() -> int:
    """Runs a command; what goes wrong is said in one line."""
    parser = argparse.ArgumentParser(prog="infra.local", description="Rollcall in a cloud on this machine.")
    subparsers = parser.add_subparsers(required=True)

    serve = subparsers.add_parser("serve", help="start it and serve until interrupted")
    serve.add_argument("--port", type=int, default=8080, help="where the site stands (default 8080)")
    serve.set_defaults(run=lambda arguments: commands.serve(arguments.port))

    run = subparsers.add_parser("run", help="run a command beside a cloud of its own")
    run.add_argument("command", nargs=argparse.REMAINDER, help="it finds the cloud's description at $ROLLCALL_STATE")
    run.set_defaults(run=lambda arguments: commands.run(arguments.command))

    token = subparsers.add_parser("token", help="print an access token of a demo user")
    token.add_argument("role", help="reader, editor or operator")
    token.set_defaults(run=lambda arguments: commands.token(arguments.role))

    scim_token = subparsers.add_parser("scim-token", help="print a token by which a provider keeps the directory")
    scim_token.add_argument("name", help="what it is for")
    scim_token.set_defaults(run=lambda arguments: commands.scim_token(arguments.name))

    env = subparsers.add_parser("env", help="print shell commands that point AWS tools at the running cloud")
    env.set_defaults(run=lambda arguments: commands.env())

    fault = subparsers.add_parser("fault", help="break EC2 on purpose in the running cloud")
    add_subparsers(fault)
    fault.set_defaults(run=commands.fault)

    arguments = parser.parse_args()
    try:
        return arguments.run(arguments) or 0
    except Failure as failure:
        print(f"rollcall: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
