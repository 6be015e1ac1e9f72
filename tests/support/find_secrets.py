"""Prints what looks like a secret in a repository: in its files, its history and its messages. A JSON object a line.

Runs with the Python of `.tools/checks`, which has the detectors of checkov and nothing of ours. No service is asked
whether a secret counts, and of each only the beginning is printed, since a log is read by many.
"""

import json
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from detect_secrets.core.plugins.initialize import from_plugin_classname
from detect_secrets.settings import transient_settings

DETECTORS = [
    *("AWSKeyDetector", "ArtifactoryDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector"),
    *("DiscordBotTokenDetector", "GitHubTokenDetector", "IbmCloudIamDetector", "IbmCosHmacDetector"),
    *("JwtTokenDetector", "MailchimpDetector", "NpmDetector", "SendGridDetector", "SlackDetector"),
    *("SoftlayerDetector", "SquareOAuthDetector", "StripeDetector", "TwilioKeyDetector"),
]

# What they lack, or look for in whole files alone.
PATTERNS = {
    "Private Key": re.compile(r"BEGIN [A-Z0-9 ]*PRIVATE KEY"),
    "GitHub Fine-grained Token": re.compile(r"github_pat_\w{40,}"),
    "Bearer Token": re.compile(r"[Bb]earer [\w.~+/-]{24,}=*"),
    "SCIM Token of Rollcall": re.compile(r"rollcall_scim_[\w-]{43}"),
}

# What is called a secret and given a value.
ASSIGNED = re.compile(
    r"""(?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key)\w*["']?\s*[:=]+\s*["'`]?([\w+/=.~-]{16,})""",
    re.IGNORECASE,
)
# How many bits each character of a value has on average that nobody made up as a word.
RANDOM_BITS = 3.7

# How much of a secret is printed, in characters.
SHOWN = 4

HISTORY = ("--all", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames")


def git(repository: Path, *arguments: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


def lines(repository: Path) -> Iterator[tuple[str, str]]:
    """Every line that is or ever was there, with its place."""
    for name in git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        file = repository / name
        content = file.read_bytes() if file.is_file() else b""
        # What holds a zero byte is no text, as git sees it.
        if b"\0" not in content:
            yield from ((name, line) for line in content.decode(errors="replace").splitlines())
    commit = place = ""
    for line in git(repository, "log", *HISTORY, "--format=%x00%h%n%an %ae%n%B").split("\n"):
        if line.startswith("\0"):
            commit = place = line[1:]
        elif line.startswith(("+++ b/", "--- a/")):
            place = f"{commit}:{line[6:]}"
        else:
            yield place, line[1:] if line.startswith(("+", "-")) else line


def is_random(text: str) -> bool:
    """Whether nobody made a text up."""
    shares = [count / len(text) for count in Counter(text).values()]
    bits = -sum(share * math.log2(share) for share in shares)
    return bits >= RANDOM_BITS and bool(re.search(r"\d", text)) and bool(re.search(r"[A-Za-z]", text))


def secrets(line: str) -> Iterator[tuple[str, str]]:
    """What looks like a secret in a line, by its kind."""
    for detector in detectors:
        yield from ((detector.secret_type, found) for found in detector.analyze_string(line))
    for kind, pattern in PATTERNS.items():
        yield from ((kind, found) for found in pattern.findall(line))
    yield from (("Assigned Secret", found) for found in ASSIGNED.findall(line) if is_random(found))


with transient_settings({"plugins_used": [{"name": name} for name in DETECTORS]}):
    detectors = [from_plugin_classname(name) for name in DETECTORS]
    seen = set()
    for place, line in lines(Path(sys.argv[1])):
        if line not in seen:
            seen.add(line)
            for kind, secret in secrets(line):
                print(json.dumps({"place": place, "kind": kind, "begins": secret[:SHOWN]}))
