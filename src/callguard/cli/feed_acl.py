"""``callguard feed acl``."""

import argparse
import json
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from ..blocklist.errors import FeedError
from ..feed import acl


def print_acl(options: argparse.Namespace) -> int:
    """Print the ACL file; keep the passwords in a file of their own."""
    rights = _rights(options)
    path = Path(options.passwords)
    passwords = _read(path)
    new = {name: secrets.token_urlsafe(24) for name in rights if name not in passwords}
    text = acl.acl_file(rights, passwords | new)
    if new:
        _write(path, passwords | new)
    print(text, end="")
    return 0


def _rights(options: argparse.Namespace) -> dict[str, str]:
    reviewers = options.report_reviewer or options.source
    for name in reviewers:
        if name not in options.source:
            raise FeedError(f"{name!r} reviews reports, but is not a --source")
    pairs = [(name, acl.source(name, reviews=name in reviewers)) for name in options.source]
    pairs += [(name, acl.NODE) for name in options.node]
    pairs += [(name, acl.OPERATOR) for name in options.operator]
    pairs += [(name, acl.REPLICA) for name in options.replica]
    pairs += [(name, acl.SENTINEL) for name in options.sentinel]
    pairs += [(name, acl.ADMIN) for name in options.admin]
    _refuse_doubles(acl.check_user_name(name) for name, _ in pairs)
    return dict(pairs)


def _refuse_doubles(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise FeedError(f"{name!r} is named twice; each user has one name and one part")
        seen.add(name)


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = json.load(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise FeedError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise FeedError(f"{path} is not a JSON file of passwords") from error
    if mode & 0o077:
        raise FeedError(f"{path} holds passwords and others may open it; chmod 600 {path}")
    if not isinstance(content, dict) or not all(
        isinstance(value, str) and value for value in content.values()
    ):
        raise FeedError(f'{path} is not a JSON file of passwords: {{"USER": "PASSWORD", …}}')
    return content


def _write(path: Path, passwords: dict[str, str]) -> None:
    new = path.with_name(f"{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(passwords, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise FeedError(f"{path} cannot be written: {error.strerror}") from error
