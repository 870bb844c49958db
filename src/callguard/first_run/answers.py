"""The answers, and the settings' file that they become."""

import json
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ..asterisk.adapter import Adapter
from ..asterisk.adapter_site import household_site
from ..asterisk.telephone import Telephone
from ..settings import Settings

AMI, LINE, MAIL = "ami", "line", "smtp"
"""The files of Asterisk's own secret, of the line's, and of the mail server's address."""
PHONE = "phone-"
"""What the files of the telephones' secrets begin with: one may be called ``line``."""

SECRET_BYTES = 12

_OF_THE_LINE = ("line", "gateway", "server", "domain", "user", "sip_bind", "network_bind")
_UNTOLD = Settings(ami_secret="not made yet" * 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What somebody said of a home; nothing but text, as it was typed."""

    line: str = ""
    name: str = ""
    gateway: str = ""
    server: str = ""
    domain: str = ""
    user: str = ""
    has_secret: bool = False
    """The line has a secret, which is told apart: it is never in the settings' file."""
    sip_bind: str = ""
    network_bind: str = ""
    phones: tuple[str, ...] = ()
    mail_from: str = ""
    """The address that notices come from; empty: nobody is told by mail yet."""
    data: str = ""
    """Empty: where it is by default."""
    portal_url: str = ""
    """Empty: the pages are for this machine alone."""

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the answers of which *text*, a settings' file, was made, but for the home's name.

        None if anybody else has written it.
        """
        try:
            found = tomllib.loads(text)
        except ValueError:
            return None
        home: Any = found.get("household")
        phones: Any = home.get("phones") if isinstance(home, dict) else None
        if not isinstance(phones, list) or not all(isinstance(phone, dict) for phone in phones):
            return None
        return cls(
            **{name: str(home.get(name, "")) for name in _OF_THE_LINE},
            has_secret="secret_file" in home,
            phones=tuple(str(phone.get("name", "")) for phone in phones),
            mail_from=str(found.get("smtp_from", "")),
            data=str(found.get("data", "")),
            portal_url=str(found.get("portal_url", "")),
        )

    def check(self, secret: str = "") -> None:
        """Look at every answer as the files of Asterisk will need it, and at the line's *secret*.

        Raises:
            SettingsError, SiteError: one cannot be used; the message names it, and says what would
                do.

        """
        site = household_site(
            Adapter(
                **self._texts(),
                secret=secret or ("x" * 16 if self.has_secret else ""),
                phones=tuple(Telephone(name=name, secret="x" * 16) for name in self.phones),
            ),
            _UNTOLD,
        )
        site.pjsip()

    def settings_text(self, folder: Path) -> str:
        """Return the settings' file; the secrets are in files in *folder*."""
        return "\n".join([*self._rows(folder), ""])

    def secrets(self, line_secret: str, mail_url: str = "") -> Mapping[str, str]:
        """Return what goes into which file: new secrets, and those that were told."""
        names = (AMI, *(PHONE + name for name in self.phones))
        found = {name: secrets.token_hex(SECRET_BYTES) for name in names}
        told = {LINE: line_secret, MAIL: mail_url}
        return found | {name: secret for name, secret in told.items() if secret}

    def _texts(self) -> dict[str, str]:
        return {name: text for name in _OF_THE_LINE if (text := getattr(self, name))}

    def _rows(self, folder: Path) -> Iterator[str]:
        yield "# Written by callguard init; docs/settings.md has every setting."
        if self.data:
            yield f"data = {_quoted(self.data)}"
        yield f"ami_secret_file = {_quoted(folder / AMI)}"
        if self.portal_url:
            yield f"portal_url = {_quoted(self.portal_url)}"
        if self.mail_from:
            yield f"smtp_url_file = {_quoted(folder / MAIL)}"
            yield f"smtp_from = {_quoted(self.mail_from)}"
        yield ""
        yield "[household]"
        for name, text in self._texts().items():
            yield f"{name} = {_quoted(text)}"
        if self.has_secret:
            yield f"secret_file = {_quoted(folder / LINE)}"
        for phone in self.phones:
            yield ""
            yield "[[household.phones]]"
            yield f"name = {_quoted(phone)}"
            yield f"secret_file = {_quoted(folder / (PHONE + phone))}"


def _quoted(value: object) -> str:
    """Return a TOML string: one of JSON, but for a character that TOML wants escaped as well."""
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
