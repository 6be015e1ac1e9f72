"""What all machines of a cloud have around them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from infra.local.endpoints import Endpoints

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Surroundings:
    """The emulators, the gate in front of them, folders for the instances' consoles and for what each boot needs."""

    endpoints: Endpoints
    gate: str
    consoles: Path
    folder: Path

    @property
    def flask_archive(self) -> Path:
        """The stand-in for the original Flask app, packed as that is."""
        return self.folder / "FlaskApp.zip"

    @property
    def stage(self) -> Path:
        """An empty folder, over which each instance puts its file system together."""
        return self.folder / "stage"

    def prepare(self) -> None:
        """Makes both."""
        self.stage.mkdir()
        packed = self.flask_archive.with_suffix("")
        shutil.copytree(HERE / "flask_app", packed, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.make_archive(str(packed), "zip", self.folder, packed.name)

    def console(self, instance: str) -> Path:
        """The file that an instance's console goes to."""
        return self.consoles / f"{instance}.log"
