"""Settings: defaults, then a TOML file, then ``CALLGUARD_*`` environment variables.

The file is the one named by ``CALLGUARD_CONFIG``, else ``/etc/callguard/callguard.toml`` if it is
there: the fallback script, which Asterisk runs, finds the same settings as the daemon.

Every setting is documented in ``docs/settings.md``; a test keeps the page and this table the same.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..screening import Reason
from . import secret_files
from .binds import UnsafeBind, check

if TYPE_CHECKING:
    from ..feed.address import TLS

TABLES = ("household",)
"""What else the file and the environment hold, by name: see :func:`table`."""

_NOT_SETTINGS = (
    *("CALLGUARD_CONFIG", "CALLGUARD_DEMO_", "CALLGUARD_ASTERISK_ROOT"),
    *(f"CALLGUARD_{name.upper()}_" for name in TABLES),
)
"""Where the settings are, what the demo is told, and what is a table's."""

LOG_FORMATS = ("text", "json")

DEFAULT_FILE = Path("/etc/callguard/callguard.toml")

MIN_TOKEN = 16
"""Characters of a token: nobody must find it by trying."""


class SettingsError(Exception):
    """A setting that cannot be used; the message names it, its value and what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one installation to another."""

    data: Path = Path("/var/lib/callguard")
    """Folder of the database, the lists, the trusted keys and the embedded feed."""
    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    """FastAGI, for the Asterisk beside this daemon only: it has no authentication."""
    workers: int = 1
    """Screening processes. One serves thousands of calls a second."""
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    http_cert: Path | None = None
    http_key: Path | None = None
    """PEM files of the portal's certificate and its key: with them it speaks HTTPS."""
    portal_url: str = "http://localhost:8080"
    """Where people reach the portal: what invitations, passkeys and notices point to."""
    trusted_proxy: str = ""
    """IP address of the proxy before the portal, whose X-Forwarded-For counts; empty: none."""
    police_consultation: str = ""
    """Number of the prefectural police's advice line, shown beside #9110; empty: none."""
    api_token: str = ""
    """What programs show that hand in reports over HTTP; empty: none may."""
    screen_token: str = ""
    """What a SIP proxy shows that asks for verdicts over HTTP; empty: none may."""
    screen_port: int = 4574
    """Where the screening workers answer it, on loopback."""
    kamailio_port: int = 0
    """Where a Kamailio on this host asks (evapi), on loopback; 0: there is none."""
    redress_url: str = ""
    """Where whoever was refused finds a contact (RFC 8688); empty: there is none."""
    redis_url: str = "embedded"
    """Where the police feed is read: a Redis URL, or ``embedded`` for a server of its own."""
    redis_ca: Path | None = None
    """PEM file of the CA that signed the Redis servers' certificates; the machine's CAs if None."""
    redis_cert: Path | None = None
    redis_key: Path | None = None
    """PEM files of this client's certificate and its key, for a Redis that asks for one."""
    database_url: str = ""
    """SQLAlchemy URL of the households; empty: SQLite in the data folder."""
    ami_host: str = "127.0.0.1"
    ami_port: int = 5038
    ami_user: str = "callguard"
    ami_secret: str = ""
    """Empty: callguard does not connect to AMI, and no call in progress is cut off."""
    protected_numbers: Path | None = None
    """CSV file of public numbers (first column) that are warned about, never refused."""
    mass_callers: Path | None = None
    """CSV file of numbers (first column) that may call many homes, and are no burst."""
    burst_key: str = ""
    """What the nodes of a carrier share to count calls to many homes; empty: nothing is counted."""
    burst_minutes: int = 10
    """Minutes that are counted together."""
    burst_homes: int = 20
    """Homes that an unknown number may call within them."""
    burst_range_homes: int = 40
    """Homes that the numbers of a range of a hundred may call together."""
    provisioning_token: str = ""
    """What a carrier's program shows that signs households up and removes them; empty: none may."""
    smtp_url: str = ""
    """Mail server that news is handed in to; empty: nobody is told by mail."""
    smtp_from: str = ""
    """The mail address that news comes from."""
    smtp_ca: Path | None = None
    """PEM file of the CA that signed the mail server's certificate; the machine's CAs if None."""
    news_private_targets: bool = False
    """Whether news may go to addresses within one's own network, also without TLS."""
    log_format: str = "text"
    """``text``, or ``json``: one object a line."""
    recordings_spool: Path | None = None
    """Folder in which Asterisk records, in clear; beside ``asterisk_config`` if None."""
    recordings_dir: Path | None = None
    """Folder in which recordings are kept, encrypted; in the data folder if None."""
    recordings_key_file: Path | None = None
    """File of the key of this node's recordings; in the data folder if None."""
    second_factor_key_file: Path | None = None
    """File of the key under which second factors are sealed; in the data folder if None."""
    trace_url: str = ""
    """Where traces are sent (OTLP over HTTP); empty: there are none."""
    asterisk_config: Path | None = None
    """The Asterisk's configuration folder, for ``callguard doctor``."""
    sip_codes: Mapping[Reason, int] | None = None
    """SIP answer by reason, such as ``{withheld = 433}``; the rest as shipped."""

    @property
    def households(self) -> str:
        """SQLAlchemy URL of the households database."""
        return self.database_url or f"sqlite:///{self.data / 'households.db'}"

    @property
    def database_file(self) -> Path:
        """The SQLite file that the screener reads policies from.

        The database itself, or with one elsewhere this node's copy of its policies.
        """
        if self.replicated:
            return self.data / "policies.db"
        return Path(self.households.removeprefix("sqlite:///").partition("?")[0])

    @property
    def replicated(self) -> bool:
        """Tell whether the policies come from a database elsewhere, into a copy on this node."""
        return not self.households.startswith("sqlite:")

    @property
    def lists(self) -> Path:
        """Folder of the police lists."""
        return self.data / "lists"

    @property
    def audit(self) -> Path:
        """Folder of what the police sources have said, as it was taken in."""
        return self.data / "audit"

    @property
    def reports(self) -> Path:
        """Folder of the scam reports that have not been sent yet, and of the key to their homes."""
        return self.data / "reports"

    @property
    def journal(self) -> Path:
        """Folder of the verdicts that are not in the database yet."""
        return self.data / "journal"

    @property
    def calls_in_progress(self) -> Path:
        """File in which one ``services`` hands the calls that it follows over to the next."""
        return self.data / "calls.json"

    @property
    def hidden_key(self) -> Path:
        """Key under which withheld numbers that the network disclosed are kept."""
        return self.data / "hidden.key"

    @property
    def bursts(self) -> Path:
        """File of the bursts in force."""
        return self.data / "bursts.json"

    @property
    def evidence_key(self) -> Path:
        """Private key that signs exported calls."""
        return self.data / "evidence.key.json"

    @property
    def spool(self) -> Path | None:
        """Folder in which Asterisk records, in clear; None: not known, and nothing is recorded."""
        if self.recordings_spool is not None:
            return self.recordings_spool
        if self.asterisk_config is not None:
            return self.asterisk_config.parent / "spool" / "recordings"
        rendered = self.data / "asterisk" / "spool" / "recordings"
        return rendered if rendered.is_dir() else None

    @property
    def recordings(self) -> Path:
        """Folder in which recordings are kept, encrypted."""
        return self.recordings_dir or self.data / "recordings"

    @property
    def recordings_key(self) -> Path:
        """Key of this node's recordings."""
        return self.recordings_key_file or self.data / "recordings.key"

    @property
    def second_factor_key(self) -> Path:
        """Key under which the secrets of second factors are sealed."""
        return self.second_factor_key_file or self.data / "second-factor.key"

    @property
    def news(self) -> Path:
        """Folder of what the process that tells news keeps beside the database."""
        return self.data / "news"

    @property
    def news_state(self) -> Path:
        """File of how the news stands, for the health pages."""
        return self.news / "state.json"

    @property
    def vapid_key(self) -> Path:
        """PEM file of the key by which push services know this callguard."""
        return self.news / "vapid.pem"

    @property
    def trust(self) -> Path:
        """Folder of the root of trust, and of the trusted sources' public keys."""
        return self.data / "trust"

    @property
    def services_socket(self) -> Path:
        """Unix socket at which the services answer for the node's health."""
        return self.data / "services.sock"

    @property
    def redis_tls(self) -> "TLS":
        """The PEM files of a TLS connection to the feed."""
        from ..feed.address import TLS

        return TLS(self.redis_ca, self.redis_cert, self.redis_key)

    @property
    def redis_socket(self) -> Path:
        """Unix socket of the embedded feed server."""
        return self.data / "feed" / "redis.sock"

    @property
    def redis(self) -> str:
        """Redis URL of the feed."""
        if self.redis_url == "embedded":
            return f"unix://{self.redis_socket.absolute()}"
        return self.redis_url


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: an unknown or unusable setting, or a file that cannot be read.

    """
    settings = _load(environ, secret_files.read_all)
    _check_binds(settings)
    if settings.smtp_url:
        _check_mail_server(settings)
    return settings


def load_to_screen(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings for a verdict alone, which takes no secret; one in a file may be missing.

    Raises:
        SettingsError: an unknown or unusable setting, or the file cannot be read.

    """
    return _load(environ, secret_files.read_what_can_be)


def load_to_back_up(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings for a backup, which takes no secret but that of the database.

    Raises:
        SettingsError: an unknown or unusable setting, or a file that cannot be read.

    """
    needed = frozenset({"database_url"})
    return _load(environ, partial(secret_files.read_what_can_be, needed=needed))


def _load(
    environ: Mapping[str, str], read_secrets: Callable[[dict[str, Any]], dict[str, Any]]
) -> Settings:
    path = file_of(environ)
    in_file = {
        _known(name, f"{path}: "): value
        for name, value in _read_file(path).items()
        if name not in TABLES
    }
    in_environment = {
        _known(name.removeprefix("CALLGUARD_").lower(), "environment: "): value
        for name, value in environ.items()
        if name.startswith("CALLGUARD_") and not name.startswith(_NOT_SETTINGS)
    }
    values: dict[str, Any] = {}
    try:
        secret_files.put(values, in_file, f"{path}: ")
        secret_files.put(values, in_environment, "environment: ")
        values = read_secrets(values)
    except secret_files.SecretFileError as error:
        raise SettingsError(str(error)) from error
    chosen = {name: _convert(name, value) for name, value in values.items()}
    if "http_port" in chosen:
        chosen.setdefault("portal_url", f"http://localhost:{chosen['http_port']}")
    return Settings(**chosen)


def file_of(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the settings' file, which need not be there."""
    return Path(environ.get("CALLGUARD_CONFIG") or DEFAULT_FILE)


def table(name: str, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the table *name* of the settings' file, as it stands there; nothing, if it is not.

    Raises:
        SettingsError: the file cannot be read, or has something else by that name.

    """
    path = file_of(environ)
    found = _read_file(path).get(name, {})
    if not isinstance(found, dict):
        raise SettingsError(f"{path}: {name} is {found!r}; write a table, [{name}]")
    return found


_NAMES = tuple(field.name for field in fields(Settings))
_FILE_NAMES = tuple(name + secret_files.SUFFIX for name in secret_files.SECRETS)
_PATHS = {
    *("data", "http_cert", "http_key", "redis_ca", "redis_cert", "redis_key", "smtp_ca"),
    *("protected_numbers", "mass_callers", "asterisk_config"),
    *("recordings_spool", "recordings_dir", "recordings_key_file", "second_factor_key_file"),
}
_SWITCHES = {"news_private_targets"}
_TOKENS = {"api_token", "screen_token", "provisioning_token"}
_LONG = {"burst_key": 32}
"""The secrets that must be longer, and how many characters at least."""
_NUMBERS = {
    "workers": 64,
    "burst_minutes": 60,
    "burst_homes": 100_000,
    "burst_range_homes": 100_000,
}
"""The settings that are a number, and the largest one."""
_TRACES = re.compile(r"https?://[A-Za-z0-9._:/\[\]-]{1,500}")
_REDRESS = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&*+,=%-]{1,500}")
"""It goes into a SIP header, between angle brackets."""


def _known(name: str, where: str) -> str:
    if name in _NAMES or name in _FILE_NAMES:
        return name
    close = get_close_matches(name, (*_NAMES, *_FILE_NAMES), n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise SettingsError(f"{where}there is no setting {name!r}{hint}")


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        if path == DEFAULT_FILE and isinstance(error, FileNotFoundError):
            return {}
        raise SettingsError(f"CALLGUARD_CONFIG: {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"{path} is not a TOML file: {error}") from error


def _convert(name: str, value: Any) -> Any:
    if name == "sip_codes":
        return _sip_codes(value)
    if name == "kamailio_port" and str(value) in {"", "0"}:
        return 0
    if name.endswith("_port") or name in _NUMBERS:
        limit = _NUMBERS.get(name, 65_535)
        if str(value).isdecimal() and 0 < int(value) <= limit:
            return int(value)
        raise SettingsError(f"{name} is {value!r}; give a number from 1 to {limit}")
    if name in _SWITCHES:
        known = {"on": True, "true": True, "off": False, "false": False, "": False}
        if str(value).lower() in known:
            return known[str(value).lower()]
        raise SettingsError(f"{name} is {value!r}; give on or off")
    if not isinstance(value, str):
        raise SettingsError(f"{name} is {value!r}; give one text, in quotes")
    if name in _TOKENS and 0 < len(value) < MIN_TOKEN:
        raise SettingsError(f"{name} has {len(value)} characters; give at least {MIN_TOKEN}")
    if name in _LONG and 0 < len(value) < _LONG[name]:
        raise SettingsError(f"{name} has {len(value)} characters; give at least {_LONG[name]}")
    if name == "redress_url" and value and not _REDRESS.fullmatch(value):
        raise SettingsError(
            f"{name} is {value!r}; give an address such as https://carrier.example.jp/redress"
        )
    if name == "trace_url" and value and not _TRACES.fullmatch(value):
        raise SettingsError(
            f"{name} is {value!r}; give an address such as http://127.0.0.1:4318/v1/traces"
        )
    if name == "log_format" and value not in LOG_FORMATS:
        raise SettingsError(f"{name} is {value!r}; give {' or '.join(LOG_FORMATS)}")
    if name == "police_consultation" and value:
        return _telephone(name, value)
    if name == "portal_url":
        return _site(name, value)
    if name in _PATHS:
        if name == "data" and not value:
            raise SettingsError("data is empty; give the path of a folder")
        return Path(value) if value else None
    return value


def _site(name: str, value: str) -> str:
    """Return the address of a whole site: invitations are made from it, passkeys bound to it."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    whole = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    plain = value.isascii() and value.isprintable() and " " not in value
    if parts.scheme in {"http", "https"} and parts.hostname and port != 0 and whole and plain:
        return value.rstrip("/")
    raise SettingsError(
        f"{name} is {value!r}; give the address of the portal, such as https://portal.example.jp"
    )


def _telephone(name: str, value: str) -> str:
    from ..numbers import NumberError, format_number, parse_typed

    try:
        return format_number(parse_typed(value).number)
    except NumberError as error:
        raise SettingsError(f"{name}: {error}") from error


def _check_binds(settings: Settings) -> None:
    try:
        check(
            agi_host=settings.agi_host,
            ami_host=settings.ami_host,
            http_host=settings.http_host,
            http_cert=settings.http_cert,
            portal_url=settings.portal_url,
        )
    except UnsafeBind as error:
        raise SettingsError(str(error)) from error


def _check_mail_server(settings: Settings) -> None:
    from ..notify.mail_server import MailServer, MailServerError

    try:
        MailServer.read(settings.smtp_url, settings.smtp_from, settings.smtp_ca)
    except MailServerError as error:
        raise SettingsError(str(error)) from error


def _sip_codes(value: Any) -> Mapping[Reason, int]:
    if isinstance(value, dict):
        pairs = [(reason, str(code)) for reason, code in value.items()]
    else:
        words = [word.partition("=") for word in str(value).split(",") if word.strip()]
        pairs = [(reason.strip(), code.strip()) for reason, _, code in words]
    codes: dict[Reason, int] = {}
    for name, code in pairs:
        try:
            reason = Reason(name)
        except ValueError as error:
            known = ", ".join(Reason)
            raise SettingsError(f"sip_codes: no reason {name!r}; there are {known}") from error
        if not code.isdecimal() or not 400 <= int(code) <= 699:
            raise SettingsError(
                f"sip_codes: {name}={code!r}; write {name}=603, a code from 400 to 699"
            )
        codes[reason] = int(code)
    return codes
