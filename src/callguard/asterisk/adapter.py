"""The settings of a home adapter, as people write them.

They are the table ``[household]`` of the settings' file, and ``CALLGUARD_HOUSEHOLD_…`` in the
environment, which wins. ``docs/settings.md`` lists them; ``docs/household.ja.md`` has whole ones
for the usual kinds of line.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..settings import SettingsError, file_of, table
from ..settings.secret_files import SecretFileError, read_secret
from .telephone import Telephone

PREFIX = "CALLGUARD_HOUSEHOLD_"
_PHONE_PREFIX = f"{PREFIX}PHONE_"
_PHONE_NAMES = ("secret", "secret_file", "contact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """The settings: nothing but text, not looked at yet, and the telephones."""

    line: str = ""
    """The home's telephone number."""
    gateway: str = ""
    """What the line comes out of: hgw, ngn, provider or fxo."""
    server: str = ""
    """Where that is: a host, or host:port."""
    domain: str = ""
    """The domain of its SIP addresses; empty: the server."""
    user: str = ""
    """The account's, or extension's, user name; empty: the line's number, where that will do."""
    auth_user: str = ""
    """The user name that goes with the secret, where it is another."""
    secret: str = field(default="", repr=False)
    secret_file: str = ""
    proxy: str = ""
    """host or host:port that everything is sent by, if not straight to the server."""
    match: str = ""
    """Further addresses or networks that calls from the network come from, with commas."""
    sip_bind: str = ""
    """This machine's own address at home, and the port: where the telephones register."""
    network_bind: str = ""
    """Its address on the gateway's side, if that is a network of its own."""
    rtp_ports: str = "10000-10999"
    codecs: str = "ulaw"
    """What is offered, with commas: ulaw, alaw, g722."""
    early_media: str = ""
    """on or off: whether the network lets a caller hear what is said before an answer."""
    scam_key: str = "*9"
    family_key: str = "*5"
    folder: str = ""
    """Where the Asterisk of the home has its files; empty: ``asterisk`` in the data folder."""
    phones: tuple[Telephone, ...] = ()


_NAMES = tuple(one.name for one in fields(Adapter) if one.name != "phones")


def read_adapter(environ: Mapping[str, str] = os.environ) -> Adapter:
    """Read the settings of the home adapter.

    Raises:
        SettingsError: one is unknown or no text, or a secret cannot be had.
        SiteError: a telephone that cannot be told from others.

    """
    path = file_of(environ)
    given = table("household", environ)
    phones = _phones(given.pop("phones", []), path)
    values = _texts(given, _NAMES, f"{path}, [household]")
    if any("secret" in one for one in (values, *phones.values())):
        _must_be_private(path)
    from_environment: dict[str, str] = {}
    for name, value in environ.items():
        if name.startswith(_PHONE_PREFIX):
            phone, _, key = name.removeprefix(_PHONE_PREFIX).lower().partition("_")
            one = _texts({key: value}, _PHONE_NAMES, f"environment, telephone {phone}")
            phones[phone] = _over(phones.get(phone, {}), one)
        elif name.startswith(PREFIX):
            from_environment[name.removeprefix(PREFIX).lower()] = value
    values = _over(values, _texts(from_environment, _NAMES, "environment, household"))
    values["secret"] = _secret(values, "household")
    return Adapter(
        **values,
        phones=tuple(
            Telephone(name=name, secret=_secret(phone, name), contact=phone.get("contact", ""))
            for name, phone in phones.items()
        ),
    )


def _phones(given: Any, path: Path) -> dict[str, dict[str, str]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise SettingsError(f"{path}: write each telephone as a table, [[household.phones]]")
    phones: dict[str, dict[str, str]] = {}
    for one in given:
        values = _texts(one, ("name", *_PHONE_NAMES), f"{path}, [[household.phones]]")
        name = values.pop("name", "")
        if not name:
            raise SettingsError(f"{path}: a telephone has no name; give it one, as in living")
        if name in phones:
            raise SettingsError(f"{path}: two telephones are called {name!r}; rename one")
        phones[name] = values
    return phones


def _texts(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> dict[str, str]:
    """Return *given* as text; refuse what nobody knows, and what is no text."""
    texts = {}
    for name, value in given.items():
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
            raise SettingsError(f"{where}: there is no setting {name[:40]!r}{hint}")
        if isinstance(value, bool):
            texts[name] = "on" if value else "off"
        elif isinstance(value, str):
            texts[name] = value
        else:
            raise SettingsError(f"{where}: {name} is {value!r}; give one text, in quotes")
    return texts


def _over(below: dict[str, str], above: dict[str, str]) -> dict[str, str]:
    """Return *below* with *above* over it; of a secret and a file of it, the upper one counts."""
    if above.keys() & {"secret", "secret_file"}:
        below = {
            name: text for name, text in below.items() if name not in {"secret", "secret_file"}
        }
    return below | above


def _secret(values: dict[str, str], whose: str) -> str:
    """Return the secret among *values*, from its file if it is in one."""
    name = values.get("secret_file", "")
    if not name:
        return values.get("secret", "")
    if values.get("secret"):
        raise SettingsError(f"{whose}: give secret or secret_file, not both")
    try:
        return read_secret(f"{whose}: secret_file", name)
    except SecretFileError as error:
        raise SettingsError(str(error)) from error


def _must_be_private(path: Path) -> None:
    """Refuse a settings file with a secret that everybody on this machine may read."""
    if path.stat().st_mode & stat.S_IRWXO:
        raise SettingsError(f"{path} holds a secret and everybody may read it: chmod o= {path}")
