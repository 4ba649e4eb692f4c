"""What a wheel holds beside the package's own files, and what it must not lack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("templates", "workflows", "migrations")


class Completeness(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before each build of a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Take the folders beside the package into it; stop unless `make assets` has run.

        An editable install reads the folders where they stand: a copy of them would grow stale.
        """
        if version == "editable":
            return
        if not (Path(self.root) / "jcflow" / "static" / "vendor" / "manifest.json").is_file():
            raise RuntimeError("jcflow/static/vendor fehlt. Bitte zuerst: make assets")
        build_data["force_include"].update({folder: f"jcflow/{folder}" for folder in FOLDERS})
