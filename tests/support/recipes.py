"""User data for hosts that serve at once, and for hosts that go wrong in one way each."""

import re

RECIPE_BEGINS, RECIPE_ENDS = "<<'END OF THE RECIPE'\n", "END OF THE RECIPE\n"

_ASK = """
ask() { curl --silent --fail --header "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"; }
token=$(curl --silent --fail --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 60" \
  http://169.254.169.254/latest/api/token)
id=$(ask instance-id)
"""

_SERVE = """
mkdir -p /srv/www && cd /srv/www && echo "instance_id: $id" > info && echo hello > index.html
"""

# The app answers as the Flask app does where it is asked who it is.
SERVES = f"#!/bin/bash -e\n{_ASK}{_SERVE}exec python3 -m http.server 80\n"

FAILS = "#!/bin/bash -e\necho about to fail\ncat /etc/no-such-file\n"
HANGS = "#!/bin/bash\necho about to hang\nexec sleep 86400\n"
ENDS_AND_NEVER_LISTENS = "#!/bin/bash\necho nothing to serve\n"
ONLY_ANSWERS_ITSELF = f"#!/bin/bash -e\n{_ASK}{_SERVE}exec python3 -m http.server 80 --bind 127.0.0.1\n"

# It takes another's name.
PRETENDS = f"#!/bin/bash -e\n{_ASK}id=i-0123456789abcdef0\n{_SERVE}exec python3 -m http.server 80\n"

# Without the wrapper that would report.
NEVER_REPORTS = "#!/bin/bash\necho no word will come of this\nexec sleep 86400\n"


def with_recipe(user_data: str, recipe: str, hangs_after: int | None = None, listens_within: int | None = None) -> str:
    """The user data of a revision with another recipe in its wrapper, which reports as it always does.

    It may say after other times, in seconds, that the recipe hangs, or that it has ended and nothing listens.
    """
    before, begins, rest = user_data.partition(RECIPE_BEGINS)
    _, ends, after = rest.partition(RECIPE_ENDS)
    assert begins and ends
    for pattern, seconds in (
        (r'(?<="\$SECONDS" -lt )\d+', hangs_after),
        (r"(?<=SECONDS - silent_since\)\) -ge )\d+", listens_within),
    ):
        if seconds is not None:
            after, count = re.subn(pattern, str(seconds), after)
            assert count == 1
    return f"{before}{begins}{recipe}{ends}{after}"


def quick(bucket: str, host_role_id: str) -> str:
    """The user data of a host that serves and has reported as soon as it does: the wrapper takes three seconds."""
    return f"""#!/bin/bash -e
{_ASK}{_SERVE}
python3 -m http.server 80 &
until curl --silent --output /dev/null http://127.0.0.1/; do sleep 0.1; done
relaunch=$(ask tags/instance/rollcall:relaunch)
echo '{{"outcome":"answering","exit_code":null,"seconds":0}}' > /tmp/report.json
aws s3 cp --only-show-errors --region us-east-1 /tmp/report.json \\
  "s3://{bucket}/boot-reports/$relaunch/{host_role_id}:$id/report.json"
wait
"""
