"""The line's side of a home: the gateway or provider that its calls come from and go to."""

from dataclasses import dataclass, field

from .conf import plain, section


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Where the line's calls come from and go to, and what the other side asks to know us by.

    With only ``contact`` and ``match``, the other side is told by its address and asks for nothing.
    """

    contact: str
    """SIP URI that calls to the network go to."""
    match: str = ""
    """Addresses that calls from the network come from, with commas; empty: only those that come for
    the registration."""
    registrar: str = ""
    """SIP URI to register at; empty: nowhere."""
    account: str = ""
    """SIP URI that is registered."""
    proxy: str = ""
    """host:port that everything is sent by; empty: straight."""
    contact_user: str = ""
    """User part of our own address, by which the other side calls us."""
    auth_user: str = ""
    secret: str = field(default="", repr=False)
    """What the other side asks for; empty: nothing."""
    from_user: str = ""
    from_domain: str = ""
    """Who our calls say that they are from."""
    seconds: int = 120
    """How long a registration counts. A gateway that has been restarted has forgotten it, and puts
    no call through until the next."""
    behind_nat: bool = False
    """Whether a router between us and the other side changes addresses."""
    transport: str = "transport-udp"

    def pjsip(self, codecs: str) -> str:
        """Return the sections ``trunk`` of ``site/pjsip.conf``.

        Raises:
            SiteError: a value that Asterisk cannot be given.

        """
        auth = "trunk" if self.secret else ""
        proxy = f"outbound_proxy={_route(self.proxy)}\n" if self.proxy else ""
        text = _with(
            section(
                "trunk",
                "trunk-common",
                allow=codecs,
                transport=self.transport,
                outbound_auth=auth,
                from_user=self.from_user,
                from_domain=self.from_domain,
                contact_user=self.contact_user,
                rewrite_contact="yes" if self.behind_nat else "",
            ),
            proxy,
        ) + section("trunk", type="aor", contact=self.contact)
        if self.match:
            text += section("trunk", type="identify", endpoint="trunk", match=self.match)
        if self.secret:
            text += section(
                "trunk",
                type="auth",
                auth_type="userpass",
                username=self.auth_user,
                password=self.secret,
            )
        if self.registrar:
            text += self._registration(auth, proxy)
        return text

    def _registration(self, auth: str, proxy: str) -> str:
        # A wrong answer must not end it for good: after a power cut the gateway, or the way to it,
        # may be up a good while later than we are.
        values = {
            "type": "registration",
            "transport": self.transport,
            "server_uri": self.registrar,
            "client_uri": self.account,
            "contact_user": self.contact_user,
            "outbound_auth": auth,
            "expiration": self.seconds,
            "retry_interval": 20,
            "forbidden_retry_interval": 60,
            "fatal_retry_interval": 60,
            "auth_rejection_permanent": "no",
            "max_retries": 1_000_000,
            "max_random_initial_delay": 0,
        }
        if not self.match:
            # Calls are known by a word that only who we registered with has been told.
            values |= {"line": "yes", "endpoint": "trunk"}
        return _with(section("trunk", **values), proxy)


def _route(proxy: str) -> str:
    """Return the proxy as a route; the semicolon is Asterisk's to read, not a comment."""
    return f"sip:{plain('proxy', proxy)}\\;lr"


def _with(text: str, line: str) -> str:
    return text.rstrip("\n") + "\n" + line + "\n" if line else text
