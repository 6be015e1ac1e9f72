"""Twelve employees to look at, stored as the directory's data contract says."""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

from infra.local.portraits import Look, portrait

# Makes the sample employees' ids the same at every start, so that a link to one stays good.
_IDS = uuid.UUID("6f1d2a34-52c1-4b55-9d0e-0f8e2f6f7a11")


@dataclass(frozen=True)
class Sample:
    """One employee and how they look."""

    full_name: str
    job_title: str
    location: str
    badges: tuple[str, ...]
    look: Look

    @property
    def id(self) -> str:
        """The table's key."""
        return str(uuid.uuid5(_IDS, self.full_name))

    @property
    def object_key(self) -> str:
        """Where the picture lies in the photo bucket."""
        return f"employee_pic/{hashlib.sha256(self.full_name.encode()).hexdigest()[:16]}.png"


SAMPLES = (
    Sample(
        "Amara Okafor", "Site Reliability Engineer", "Lagos", ("linux", "coffee", "bug"),
        Look(backdrop="#f4b860", skin="#6b4226", hair="#1c1310", top="#2a6f77", style="afro"),
    ),
    Sample(
        "Bjørn Håkonsen", "Cloud Architect", "Tromsø", ("linux", "camera", "coffee"),
        Look(backdrop="#7fb3d5", skin="#f1c9a5", hair="#b5651d", top="#34495e", style="short", beard=True),
    ),
    Sample(
        "陈思远", "Platform Engineer", "上海", ("apple", "gamepad"),
        Look(backdrop="#a8d8b9", skin="#edc39f", hair="#15110f", top="#7d3c98", style="fringe", glasses=True),
    ),
    Sample(
        "دينا حداد", "Product Manager", "عمّان", ("windows", "plane", "trophy"),
        Look(backdrop="#e8b4bc", skin="#d9a27e", hair="#3b241a", top="#1f618d", style="scarf"),
    ),
    Sample(
        "Елена Петрова", "Data Analyst", "София", ("windows", "paperclip"),
        Look(backdrop="#c9b6e4", skin="#f3cfb3", hair="#8c3b1f", top="#145a32", style="long"),
    ),
    Sample(
        "Γιώργος Παπαδόπουλος", "Facilities Lead", "Θεσσαλονίκη", ("coffee", "umbrella"),
        Look(backdrop="#9fd3c7", skin="#dcae86", hair="#7f8c8d", top="#922b21", style="bald", beard=True),
    ),
    Sample(
        "Kwame Mensah", "Support Engineer", "Accra", ("linux", "bug", "gamepad"),
        Look(backdrop="#f7dc6f", skin="#5a3825", hair="#120c0a", top="#283747", style="short", glasses=True),
    ),
    Sample(
        "María José Núñez", "Video Producer", "Valparaíso", ("apple", "video-camera", "camera"),
        Look(backdrop="#f0a58f", skin="#dba27a", hair="#2c1b14", top="#b9770e", style="bun"),
    ),
    Sample(
        "佐藤 美咲", "Product Designer", "札幌", ("apple", "camera", "plane"),
        Look(backdrop="#aed6f1", skin="#f2cfae", hair="#231815", top="#c0392b", style="bob"),
    ),
    Sample(
        "प्रिया रघुनाथन", "Engineering Manager", "Bengaluru", ("trophy", "plane", "coffee"),
        Look(backdrop="#f5cba7", skin="#a86b45", hair="#17100d", top="#6c3483", style="long"),
    ),
    Sample(
        "Sam O’Brien", "Solutions Engineer", "Seattle", ("apple", "umbrella", "coffee", "paperclip"),
        Look(backdrop="#bfc9ca", skin="#f5d3bd", hair="#c8742c", top="#117864", style="fringe"),
    ),
    Sample(
        "Zoë van den Berg", "Apprentice", "Utrecht", (),
        Look(backdrop="#d2b4de", skin="#f3ccb0", hair="#e0b354", top="#2e4053", style="bob", glasses=True),
    ),
)  # fmt: skip


def hire(dynamodb: Any, s3: Any, table: str, bucket: str) -> None:
    """Stores every sample employee and their picture."""
    for sample in SAMPLES:
        s3.put_object(Bucket=bucket, Key=sample.object_key, Body=portrait(sample.look), ContentType="image/png")
        dynamodb.put_item(TableName=table, Item=_item(sample))


def _item(sample: Sample) -> dict[str, Any]:
    texts = ("id", "full_name", "job_title", "location", "object_key")
    item: dict[str, Any] = {name: {"S": getattr(sample, name)} for name in texts}
    if sample.badges:
        item["badges"] = {"L": [{"S": badge} for badge in sample.badges]}
    return item
