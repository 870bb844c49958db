"""The exchange as one file tells it: its trunks, its edges, and what its nodes share.

The same file makes the configuration of every node and every edge, so that no two of them can
disagree about a trunk::

    edges = ["192.0.2.1:5060", "192.0.2.2:5060"]
    mark_secret_file = "/etc/callguard/mark.secret"

    [[ingress]]
    name = "tokyo"
    match = ["192.0.2.64/28"]

    [[ingress]]
    name = "abroad"
    match = ["192.0.2.80/28"]
    abroad = true

    [[egress]]
    name = "tokyo"
    contact = "192.0.2.65:5060"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..asterisk.carrier_site import CODECS, MAX_ANNOUNCEMENTS, Egress, Ingress, check_address
from ..asterisk.site import SiteError
from ..screening import Reason
from ..settings.secret_files import SecretFileError, read_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An exchange: what its nodes and edges have in common."""

    ingresses: tuple[Ingress, ...]
    egresses: tuple[Egress, ...]
    edges: tuple[str, ...] = ()
    """The Kamailios, host:port; without one, trunks lead to the nodes themselves."""
    mark_secret_file: Path
    codecs: tuple[str, ...] = CODECS
    direct_media: bool = False
    early_media: bool = True
    max_calls: int = 0
    max_announcements: int = MAX_ANNOUNCEMENTS
    edge_announces: tuple[Reason, ...] = ()
    """Refusals that a node announces, where an edge could refuse the call by itself."""
    edge_onward: bool = False
    """Calls that are let through go on from the edge, past the nodes."""

    def mark_secret(self) -> str:
        """Return what seals the marks of screened calls.

        Raises:
            SiteError: the file cannot be used, or everybody can read it.

        """
        file = self.mark_secret_file
        if not file.exists():
            raise SiteError(
                f"mark_secret_file: there is no {file}; make it with: "
                f"(umask 077; openssl rand -hex 16 > {file})"
            )
        try:
            return read_secret("mark_secret_file", str(file))
        except SecretFileError as error:
            raise SiteError(str(error)) from error


def load_exchange(path: Path) -> Exchange:
    """Read the file of an exchange.

    Raises:
        SiteError: it cannot be read, or says what cannot be used; one line, with how to mend it.

    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SiteError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SiteError(f"{path} is not a TOML file: {error}") from error
    try:
        return _exchange(values)
    except SiteError as error:
        raise SiteError(f"{path}: {error}") from error


def _exchange(values: Mapping[str, Any]) -> Exchange:
    rest = dict(values)
    ingresses = tuple(_ingress(one) for one in _tables(rest, "ingress"))
    egresses = tuple(_egress(one) for one in _tables(rest, "egress"))
    if not ingresses or not egresses:
        raise SiteError("name at least one [[ingress]] and one [[egress]]")
    edges = _texts("edges", rest.pop("edges", []))
    for one in edges:
        check_address("edges", one)
        if ":" not in one:
            raise SiteError(f"edges: {one!r} has no port; write {one}:5060")
    exchange = Exchange(
        ingresses=ingresses,
        egresses=egresses,
        edges=edges,
        mark_secret_file=Path(_text("mark_secret_file", rest.pop("mark_secret_file", ""))),
        codecs=_texts("codecs", rest.pop("codecs", list(CODECS))),
        direct_media=_switch("direct_media", rest.pop("direct_media", False)),
        early_media=_switch("early_media", rest.pop("early_media", True)),
        max_calls=_count("max_calls", rest.pop("max_calls", 0)),
        max_announcements=_count(
            "max_announcements", rest.pop("max_announcements", MAX_ANNOUNCEMENTS)
        ),
        edge_announces=_reasons("edge_announces", rest.pop("edge_announces", [])),
        edge_onward=_switch("edge_onward", rest.pop("edge_onward", False)),
    )
    _no_more("", rest)
    return exchange


def _ingress(values: Mapping[str, Any]) -> Ingress:
    rest = dict(values)
    name = _text("ingress: name", rest.pop("name", ""))
    ingress = Ingress(
        name,
        _texts(f"ingress {name}: match", rest.pop("match", [])),
        _switch(f"ingress {name}: abroad", rest.pop("abroad", False)),
        _switch(f"ingress {name}: outbound", rest.pop("outbound", False)),
    )
    _no_more(f"ingress {name}: ", rest)
    return ingress


def _egress(values: Mapping[str, Any]) -> Egress:
    rest = dict(values)
    name = _text("egress: name", rest.pop("name", ""))
    egress = Egress(
        name,
        _text(f"egress {name}: contact", rest.pop("contact", "")),
        _switch(f"egress {name}: options", rest.pop("options", True)),
    )
    _no_more(f"egress {name}: ", rest)
    return egress


def _tables(values: dict[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = values.pop(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SiteError(f"{name}: write one [[{name}]] for each trunk")
    return found


def _no_more(where: str, rest: Mapping[str, Any]) -> None:
    if rest:
        raise SiteError(f"{where}there is no setting {min(rest)!r}; docs/carrier.md has them all")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise SiteError(f"{name} is {value!r}; give one text, in quotes")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise SiteError(f"{name} is {value!r}; give a list of texts, such as ['…', '…']")
    return tuple(value)


def _reasons(name: str, value: Any) -> tuple[Reason, ...]:
    try:
        return tuple(map(Reason, _texts(name, value)))
    except ValueError as error:
        raise SiteError(f"{name}: {error}; there are {', '.join(Reason)}") from error


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise SiteError(f"{name} is {value!r}; give true or false")
    return value


def _count(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100_000:
        raise SiteError(f"{name} is {value!r}; give a whole number from 0 to 100000")
    return value
