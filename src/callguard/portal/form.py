"""Reading what people typed into a form, or what a stranger sent in its place.

A handler names each field that it takes, with its limits; what is wrong with one is kept beside
it, to be said there. What no browser would send (a field twice, a field nobody named, bytes that
are no UTF-8) is refused as a whole: :class:`BadForm`.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.multipart import MultipartReader
from multidict import MultiMapping

CSRF = "csrf"
"""The field that shows that the form came from a page of ours."""

MAX_FIELDS = 5_000
"""Fields of a form: a tick for each contact of an import is the most that a page has."""
MAX_NAME = 100
"""Characters of a field's name."""

_UNWRITTEN = {"Cc", "Cs"}
"""Control characters and halves of characters: PostgreSQL and XML refuse some, people type none."""
_TURNING = set(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff"
)
"""Marks that turn the order of letters around, or break lines: a name could pose as another."""


class BadForm(Exception):
    """A form that no page of ours sends; the message says what is wrong."""

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field: the key of the words that say so, and their values."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent."""

    name: str
    """Its name without any folder; only to be shown."""
    content: bytes


class Form:
    """The fields of one form."""

    def __init__(
        self, fields: Mapping[str, list[str]], uploads: Mapping[str, Upload] | None = None
    ) -> None:
        self._fields = fields
        self._uploads = uploads or {}
        self._named: set[str] = {CSRF}
        self.faults: dict[str, Fault] = {}
        """What is wrong, by field."""

    @classmethod
    def of(cls, given: MultiMapping[str]) -> "Form":
        """Return the form of what stands behind the ``?`` of an address."""
        return cls({name: list(given.getall(name)) for name in set(given)})

    @classmethod
    async def read(cls, request: web.Request, most: int, upload: int) -> "Form":
        """Read the body of *request*.

        Args:
            request: what came.
            most: bytes of all fields together.
            upload: bytes of a file; 0 if the form has none.

        Raises:
            BadForm: it is too large, or no form.

        """
        try:
            if request.content_type == "multipart/form-data" and upload:
                return await _read_parts(request, most, upload)
            if request.content_type == "application/x-www-form-urlencoded":
                return cls(_read_pairs(await _bounded(request, most)))
        except (ValueError, HttpProcessingError, ClientPayloadError, ConnectionError) as error:
            raise BadForm("the form cannot be read") from error
        if request.can_read_body:
            raise BadForm("the form is of a kind that no page here sends")
        return cls({})

    def fault(self, name: str, key: str, **values: Any) -> None:
        """Say what is wrong with a field; the first thing that is wrong counts."""
        self.faults.setdefault(name, Fault(key, values))

    def good(self) -> bool:
        """Tell whether every field was right.

        Raises:
            BadForm: there is a field that the handler has not named.

        """
        unnamed = (set(self._fields) | set(self._uploads)) - self._named
        if unnamed:
            raise BadForm("the form has a field that this page does not know")
        return not self.faults

    def typed(self, name: str) -> str:
        """Return what was typed, to be shown again."""
        return (self._fields.get(name) or [""])[0]

    def text(self, name: str, *, most: int, needed: bool = True, lines: bool = False) -> str:
        """Return a text of at most *most* characters, without blanks around it ("" if faulty).

        ``lines`` says that it may have several.
        """
        value = unicodedata.normalize("NFC", self._one(name)).strip()
        if lines:
            value = value.replace("\r\n", "\n")
        if not value:
            if needed:
                self.fault(name, "layout.form.missing")
        elif len(value) > most:
            self.fault(name, "layout.form.too_long", most=most, n=len(value))
        elif _unwritten(value, "\n\t" if lines else ""):
            self.fault(name, "layout.form.unreadable")
        else:
            return value
        return ""

    def secret(self, name: str, *, most: int) -> str:
        """Return a password or code as it was typed, blanks and all ("" if faulty)."""
        value = self._one(name)
        if not value:
            self.fault(name, "layout.form.missing")
        elif len(value) > most:
            self.fault(name, "layout.form.too_long", most=most, n=len(value))
        elif _unwritten(value, ""):
            self.fault(name, "layout.form.unreadable")
        else:
            return value
        return ""

    def choice(self, name: str, choices: Iterable[str], *, default: str | None = None) -> str:
        """Return one of *choices*, or *default* if the field was left away."""
        value = self._one(name)
        known = tuple(choices)
        if value in known:
            return value
        if not value and default is not None:
            return default
        self.fault(name, "layout.form.no_choice")
        return known[0]

    def many(self, name: str, choices: Iterable[str]) -> tuple[str, ...]:
        """Return those of *choices* that were ticked or selected."""
        self._named.add(name)
        known = set(choices)
        values = tuple(dict.fromkeys(self._fields.get(name, ())))
        if not known.issuperset(values):
            self.fault(name, "layout.form.no_choice")
            return ()
        return values

    def ticked(self, name: str) -> bool:
        """Tell whether a box is ticked; its value is ``on``."""
        return self.choice(name, ("", "on"), default="") == "on"

    def whole(self, name: str, low: int, high: int, *, default: int | None = None) -> int:
        """Return a whole number from *low* to *high*, or *default* if the field was left empty."""
        value = unicodedata.normalize("NFKC", self._one(name)).strip()
        if not value and default is not None:
            return default
        if not value:
            self.fault(name, "layout.form.missing")
        elif not value.isascii() or not value.isdecimal() or not low <= int(value[:20]) <= high:
            self.fault(name, "layout.form.not_between", low=low, high=high)
        else:
            return int(value)
        return low

    def upload(self, name: str) -> Upload | None:
        """Return the file, or None if there is none."""
        self._named.add(name)
        found = self._uploads.get(name)
        if found is None or not found.content:
            self.fault(name, "layout.form.no_file")
            return None
        return found

    def _one(self, name: str) -> str:
        self._named.add(name)
        values = self._fields.get(name, ())
        if len(values) > 1:
            raise BadForm("the form has the same field twice")
        return values[0] if values else ""


def _unwritten(text: str, allowed: str) -> bool:
    return any(
        (unicodedata.category(one) in _UNWRITTEN or one in _TURNING) and one not in allowed
        for one in text
    )


async def _bounded(request: web.Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        body += chunk
        if len(body) > most:
            raise BadForm("the form is too large", too_large=True)
    return bytes(body)


def _read_pairs(body: bytes) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    pairs = parse_qsl(
        body.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=bool(body),
        errors="strict",
        max_num_fields=MAX_FIELDS,
    )
    for name, value in pairs:
        _keep(fields, name, value)
    return fields


def _keep(fields: dict[str, list[str]], name: str, value: str) -> None:
    if len(name) > MAX_NAME:
        raise BadForm("the form has a field that this page does not know")
    fields.setdefault(name, []).append(value)


async def _read_parts(request: web.Request, most: int, upload: int) -> Form:
    fields: dict[str, list[str]] = {}
    uploads: dict[str, Upload] = {}
    left = most
    reader = await request.multipart()
    for _ in range(MAX_FIELDS):
        part = await reader.next()
        if part is None:
            return Form(fields, uploads)
        if isinstance(part, MultipartReader) or not part.name:
            raise BadForm("the form cannot be read")
        if part.filename is not None:
            if part.name in uploads:
                raise BadForm("the form has the same field twice")
            uploads[part.name] = Upload(_base(part.filename), await _part(part, upload))
        else:
            value = await _part(part, left)
            left -= len(value)
            _keep(fields, part.name, value.decode("utf-8"))
    raise BadForm("the form has too many fields", too_large=True)


async def _part(part: BodyPartReader, most: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65_536):
        content += chunk
        if len(content) > most:
            raise BadForm("the file or the form is too large", too_large=True)
    return bytes(content)


def _base(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in last if not _unwritten(one, ""))[:MAX_NAME]
