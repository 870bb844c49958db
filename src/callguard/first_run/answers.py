"""The answers, and the settings' file that they become."""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..asterisk.adapter import Adapter
from ..asterisk.adapter_site import household_site
from ..asterisk.telephone import Telephone
from ..settings import Settings

AMI, LINE = "ami", "line"
"""The files of Asterisk's own secret and of the line's."""
PHONE = "phone-"
"""What the files of the telephones' secrets begin with: one may be called ``line``."""

SECRET_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What somebody said of a home; nothing but text, as it was typed."""

    line: str
    name: str
    gateway: str
    server: str
    user: str = ""
    has_secret: bool = False
    """The line has a secret, which is told apart: it is never in the settings' file."""
    sip_bind: str
    phones: tuple[str, ...]
    data: str = ""
    """Empty: where it is by default."""
    portal_url: str = ""
    """Empty: the pages are for this machine alone."""

    def check(self, settings: Settings) -> None:
        """Look at every answer as the files of Asterisk will need it.

        Raises:
            SettingsError, SiteError: one cannot be used; the message names it, and says what would
                do.

        """
        household_site(
            Adapter(
                **self._texts(),
                secret="x" * 16 if self.has_secret else "",
                phones=tuple(Telephone(name=name, secret="x" * 16) for name in self.phones),
            ),
            settings,
        )

    def settings_text(self, folder: Path) -> str:
        """Return the settings' file; the secrets are in files in *folder*."""
        return "\n".join([*self._rows(folder), ""])

    def secrets(self, line_secret: str) -> Mapping[str, str]:
        """Return what goes into which file: new secrets, but for the line's."""
        names = (AMI, *(PHONE + name for name in self.phones))
        found = {name: secrets.token_hex(SECRET_BYTES) for name in names}
        return found | ({LINE: line_secret} if self.has_secret else {})

    def _texts(self) -> dict[str, str]:
        names = ("line", "gateway", "server", "user", "sip_bind")
        return {name: text for name in names if (text := getattr(self, name))}

    def _rows(self, folder: Path) -> Iterator[str]:
        yield "# Written by callguard init; docs/settings.md has every setting."
        if self.data:
            yield f"data = {_quoted(self.data)}"
        yield f"ami_secret_file = {_quoted(folder / AMI)}"
        if self.portal_url:
            yield f"portal_url = {_quoted(self.portal_url)}"
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
