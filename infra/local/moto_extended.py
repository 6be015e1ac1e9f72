"""moto's server with what our templates declare and moto drops without a word.

Run it as `python -m infra.local.moto_extended`; it takes the arguments of `moto_server`.
"""

import os

# AWS's managed policies, so that a group can have one. Read while moto is imported.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from moto.server import main

from infra.local import moto_behaviour, moto_types  # noqa: F401 - importing the types is what adds them

if __name__ == "__main__":
    moto_behaviour.install()
    main()
