"""SQLite databases for the tests: each a copy, made in an instant."""

import shutil
from collections.abc import Callable
from pathlib import Path

from callguard.database import Database

Filling = Callable[[Database], None]
"""Writes into a new database what a folder's tests find in it from the beginning."""


def nothing(database: Database) -> None:
    """Fill in nothing."""


class Templates:
    """Databases with all tables, one for each filling, in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[Filling, Path] = {}

    def template(self, filling: Filling) -> Path:
        """Return the file to be copied, made when it is first asked for."""
        if filling not in self._made:
            path = self._folder / f"{len(self._made)}.db"
            database = Database(f"sqlite:///{path}")
            filling(database)
            database.close()
            self._made[filling] = path
        return self._made[filling]

    def copy(self, path: Path, filling: Filling) -> str:
        """Copy the template to *path*; return its SQLAlchemy URL."""
        shutil.copy(self.template(filling), path)
        return f"sqlite:///{path}"
