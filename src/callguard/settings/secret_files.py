"""Secrets in files of their own: the setting ``ami_secret`` may be given as ``ami_secret_file``.

So they need not stand in the environment, which other programs of the same user can read, nor in
the settings' file, and a service manager or a vault can renew them. They are read whenever the
settings are: at the start, at a reload, by each command and each fallback script. That one, and
a backup, do without those that they cannot read: a service manager shows them to one service only,
and takes them away with it.
"""

import stat
from pathlib import Path
from typing import Any

SECRETS = (
    *("ami_secret", "api_token", "screen_token", "provisioning_token", "burst_key"),
    *("redis_url", "database_url", "smtp_url"),
)
"""The settings that are secret, or hold one."""

NONE: frozenset[str] = frozenset()

SUFFIX = "_file"
MAX_BYTES = 4096
"""A URL with a long password is far shorter."""

_OTHERS = stat.S_IROTH | stat.S_IWOTH


class SecretFileError(Exception):
    """The file cannot be used; the message says which, why, and never what is in it."""


def secret_of(name: str) -> str | None:
    """Return the secret that the setting *name* names the file of, if it is such a setting."""
    secret = name.removesuffix(SUFFIX)
    return secret if name.endswith(SUFFIX) and secret in SECRETS else None


def put(values: dict[str, Any], given: dict[str, Any], where: str) -> None:
    """Put the settings that are *given* in one place (*where*, for people) over those of before.

    Raises:
        SecretFileError: a secret is given twice there.

    """
    for name in SECRETS:
        if name in given and name + SUFFIX in given:
            raise SecretFileError(f"{where}{name} and {name}{SUFFIX} are both given; give one")
        if name in given:
            values.pop(name + SUFFIX, None)
        elif name + SUFFIX in given:
            values.pop(name, None)
    values.update(given)


def read_all(values: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with the secrets in the place of the names of their files.

    Raises:
        SecretFileError: a file cannot be used.

    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        secret = secret_of(name)
        if secret is None:
            found[name] = value
        elif value:
            found[secret] = read_secret(name, value)
    return found


def read_what_can_be(values: dict[str, Any], needed: frozenset[str] = NONE) -> dict[str, Any]:
    """Return the settings as :func:`read_all` does, without the secrets whose files cannot be used.

    Of a database only what kind it is matters then, and one with a secret URL is a PostgreSQL.

    Raises:
        SecretFileError: the file of a secret that is *needed* cannot be used.

    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        try:
            found |= read_all({name: value})
        except SecretFileError:
            if secret_of(name) in needed:
                raise
            if secret_of(name) == "database_url":
                found["database_url"] = "postgresql:///"
    return found


def read_secret(name: str, value: Any) -> str:
    """Return the secret in the file *value*, which the setting *name* names.

    Raises:
        SecretFileError: the file cannot be used.

    """
    if not isinstance(value, str) or "\0" in value:
        raise SecretFileError(f"{name} is {value!r}; give the path of a file, in quotes")
    path = Path(value)
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SecretFileError(f"{name}: {path} cannot be read: {error.strerror}") from error
    if stat.S_ISREG(mode) and mode & _OTHERS:
        raise SecretFileError(
            f"{name}: everybody on this machine can read or write {path}; chmod o= {path}"
        )
    try:
        text = data.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError as error:
        raise SecretFileError(f"{name}: {path} is not a text in UTF-8") from error
    if not text or len(data) > MAX_BYTES or not text.isprintable():
        raise SecretFileError(
            f"{name}: {path} must hold one line, the secret, and nothing else; {MAX_BYTES:,} bytes "
            "at most"
        )
    return text
