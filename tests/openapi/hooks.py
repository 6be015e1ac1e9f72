"""What the formats mean that are Rollcall's own: for each, texts that it takes. Schemathesis alone loads it."""

import json
import os
import struct
import zlib
from urllib.parse import urlencode

import schemathesis
from hypothesis import strategies as st

# The ids of what there is, by what they are of.
KNOWN = json.loads(os.environ["ROLLCALL_KNOWN"])

# The longest address that CloudFront passes on, in bytes; a longer one it refuses in its own words.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
LONGEST_ADDRESS = 8_192

LETTERS = st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F)
LINE = st.text(LETTERS, min_size=1, max_size=20)


def known(kind: str) -> st.SearchStrategy[str]:
    """One of what there is; where there is nothing, an id of nothing."""
    return st.sampled_from(KNOWN[kind]) if KNOWN[kind] else st.uuids().map(str)


FORMATS = {
    "line": LINE,
    "note": LINE,
    # An address belongs to one person, so that no two requests may have the same; to have none is well, too.
    "e-mail": st.just(""),
    "day": st.sampled_from(["", "2026-11-26"]),
    "phone": st.from_regex(r"\+4930[2-9][0-9]{6}", fullmatch=True),
    # Who is nobody's manager makes no circle.
    "manager": st.just(""),
    "time-zone": st.sampled_from(["Europe/Oslo", "UTC", "America/New_York"]),
    "web-address": st.from_regex(r"https://[a-z]{1,10}\.example/[a-z]{0,10}", fullmatch=True),
    "employee-id": known("employees"),
    "employee-address": known("employees"),
    "relaunch-id": known("relaunches"),
    # Any other one is told by what is there, and refused with 412 where it is another's: tests/test_preconditions.py.
    "entity-tags": st.just("*"),
    # What counts is given out by the page before. An empty one is that of the first page.
    "cursor": st.just(""),
    "time-or-empty": st.sampled_from(["", "2026-11-24T06:00:00Z"]),
    "audit-action-or-empty": st.sampled_from(["", "add_employee", "refuse"]),
    "import-columns": st.just("full_name,job_title,location"),
    "schedule-name": st.from_regex(r"[a-z]{1,10}", fullmatch=True),
    "schedule-expression": st.sampled_from(["rate(7 days)", "cron(0 3 * * ? *)"]),
    "image-id": st.from_regex(r"ami-[0-9a-f]{17}", fullmatch=True),
    "instance-type": st.sampled_from(["t2.micro", "t3.micro"]),
    "scim-filter": st.from_regex(r'userName eq "[a-z]{1,10}"', fullmatch=True),
    "scim-paths": st.sampled_from(["userName", "userName,displayName"]),
}

for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)

CSV = "full_name,job_title,location\r\nAda,Analyst,London\r\n"


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


# One black pixel.
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND", b"")
)

schemathesis.openapi.media_type("text/csv", st.just(CSV.encode()))
for kind in ("image/png", "image/jpeg", "image/webp"):
    # What a photo is, is told from its bytes, whatever it is sent as.
    schemathesis.openapi.media_type(kind, st.just(PNG))


@schemathesis.hook
def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Whether what is made up comes as far as to the API."""
    # With room for the word of the method and the version behind it, which a server counts, too.
    asked = urlencode(case.query or {}, doseq=True, errors="replace")
    return len(case.formatted_path) + len(asked) < LONGEST_ADDRESS - 100
