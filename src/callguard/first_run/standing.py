"""What is on the machine already: looked at before anybody is asked, and not touched."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..schema import newest_revision, revision_of
from ..settings import Settings, SettingsError, load
from .answers import Answers
from .files import secrets_folder
from .words import SetupError

NOTHING = "/dev/null"
"""A settings' file that says nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an earlier set-up has left."""

    answers: Answers | None
    """What the settings' file was made of; None: there is none, or it is to be made anew."""
    settings: Settings
    """The settings as they are now, without the answers that are still to be given."""


def look(path: Path, given: Answers, *, force: bool) -> Standing:
    """Look at the settings' file at *path*, the folders and the database.

    Raises:
        SetupError: a file that somebody else has written, or other answers than those *given*, and
            not *force*; a folder that cannot be written; a database of a newer callguard, or one
            that does not answer or takes no changes.
        SettingsError: the environment holds what is no setting.

    """
    answers = None if force else _found(path)
    environ = {**os.environ, "CALLGUARD_CONFIG": str(path) if answers else NOTHING}
    if given.data:
        environ["CALLGUARD_DATA"] = given.data
    try:
        settings = load(environ)
    except SettingsError as error:
        if answers is None:
            raise
        raise SetupError("unusable", fault=error) from error
    for folder in (path.absolute().parent, settings.data.absolute()):
        _must_be_writable(folder)
    if settings.replicated:
        _must_be_usable(settings.households)
    else:
        revision = revision_of(settings.database_file)
        if revision is not None and revision > newest_revision():
            raise SetupError("newer", path=settings.database_file)
    return Standing(answers, settings)


def _must_be_usable(url: str) -> None:
    """Look at PostgreSQL: the answers to a dozen questions would be lost on one that is not."""
    from ..database import (
        DatabaseError,
        NewerDatabaseError,
        ReadOnlyDatabaseError,
        look_at_postgresql,
    )

    try:
        look_at_postgresql(url)
    except NewerDatabaseError as error:
        raise SetupError("newer", path="database_url") from error
    except ReadOnlyDatabaseError as error:
        raise SetupError("read_only", why=error) from error
    except DatabaseError as error:
        raise SetupError("no_database", why=error) from error


def _found(path: Path) -> Answers | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SetupError("unreadable", path=path, why=reason) from error
    answers = Answers.read(text)
    if answers is None or answers.settings_text(secrets_folder(path)) != text:
        try:
            load()
        except SettingsError as error:
            raise SetupError("unusable", fault=error) from error
        raise SetupError("there", path=path, kept=path.name)
    return answers


def _must_be_writable(folder: Path) -> None:
    """Look at *folder*, or at the nearest one above that is there."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise SetupError("not_writable", folder=folder, there=there)
