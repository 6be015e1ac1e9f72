"""ministack's server with what our templates declare and ministack leaves out.

Run it as `python -m infra.local.ministack_extended`; it is configured by `ministack`'s environment variables.
"""

from ministack.app import main

from infra.local import ministack_behaviour, ministack_logs, ministack_sign_in

if __name__ == "__main__":
    ministack_behaviour.install()
    ministack_sign_in.install()
    ministack_logs.install()
    main()
