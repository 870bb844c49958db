"""A telephone of the home: how Asterisk reaches it, and how it knows its calls."""

import re
from dataclasses import dataclass, field

from .conf import SiteError, section

NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
RESERVED = frozenset({"trunk", "global"})
"""Names that Asterisk's configuration needs itself."""
MIN_SECRET = 12
"""Characters: whoever finds it by trying can make calls that the household pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephone:
    """A SIP telephone, or an adapter with an analogue one behind it.

    One with a ``secret`` proves by it who it is, whenever it registers or dials. One without is
    known by its address alone, ``contact``, and so must have one.
    """

    name: str = "phone"
    """What it is called, and its user name."""
    secret: str = field(default="", repr=False)
    contact: str = ""
    """host:port where it is reached; empty: where it has registered."""

    def __post_init__(self) -> None:
        """Check that it can be told from every other.

        Raises:
            SiteError: a name that Asterisk cannot use, or nothing to know the telephone by.

        """
        if not NAME.fullmatch(self.name) or self.name in RESERVED:
            raise SiteError(
                f"a telephone is called {self.name[:40]!r}; use 1 to 20 small letters and digits, "
                f"a letter first, as in living; not {' or '.join(sorted(RESERVED))}"
            )
        if self.secret and len(self.secret) < MIN_SECRET:
            raise SiteError(
                f"the secret of the telephone {self.name} has {len(self.secret)} characters; give "
                f"at least {MIN_SECRET}: who guesses it can make calls at the household's cost"
            )
        if not self.secret and not self.contact:
            raise SiteError(
                f"the telephone {self.name} has neither a secret nor a contact; give it a secret, "
                "by which it registers, or the address that it is always at"
            )

    @property
    def channel(self) -> str:
        """What the dialplan dials."""
        return f"PJSIP/{self.name}"

    def pjsip(self, *, codecs: str, number: str, permit: str) -> str:
        """Return its sections of ``site/pjsip.conf``.

        ``number`` is what its calls show as the caller, ``permit`` the networks that it may be in.
        """
        endpoint = section(
            self.name,
            "phone-common",
            allow=codecs,
            aors=self.name,
            identify_by="auth_username" if self.secret else "ip",
            auth=self.name if self.secret else "",
            callerid=f"<{number}>",
            deny="0.0.0.0/0.0.0.0" if permit else "",
            permit=permit,
        )
        if self.contact:
            aor = section(self.name, type="aor", contact=f"sip:{self.name}@{self.contact}")
        else:
            # A telephone that registers anew, after a power cut say, takes its old place.
            aor = section(self.name, type="aor", max_contacts=1, remove_existing="yes")
        if self.secret:
            known = section(
                self.name,
                type="auth",
                auth_type="userpass",
                username=self.name,
                password=self.secret,
            )
        else:
            known = section(self.name, type="identify", endpoint=self.name, match=self.contact)
        return endpoint + aor + known
