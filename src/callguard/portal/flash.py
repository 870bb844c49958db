"""What a page leaves to be said by the next one: "the number was added", with a way back."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

COOKIE = "callguard-said"
MOST = 2_000
"""Characters of the cookie; browsers keep about 4,000 of each."""


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes a deed back."""

    path: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flash:
    """The key of some words, what is put into them, and a way back."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    undo: Undo | None = None
    done: bool = True
    """Something was done; else the words say why not."""


def seal(flash: Flash, secret: str) -> str:
    """Return the cookie; signed, since a neighbouring site can plant cookies ("" if too long)."""
    undo = None if flash.undo is None else [flash.undo.path, flash.undo.fields]
    content = json.dumps([flash.key, flash.values, undo, flash.done], ensure_ascii=False).encode()
    text = base64.urlsafe_b64encode(content).decode()
    cookie = f"{_signature(text, secret)}.{text}"
    return cookie if len(cookie) <= MOST else ""


def unseal(cookie: str, secret: str) -> Flash | None:
    """Return what *cookie* says, or None if it was not sealed with *secret*."""
    signature, _, text = cookie.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(text, secret).encode()):
        return None
    # A cookie of an earlier callguard has no fourth.
    key, values, undo, *done = json.loads(base64.urlsafe_b64decode(text))
    return Flash(key, values, None if undo is None else Undo(*undo), *done)


def _signature(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), b"flash:" + text.encode(), hashlib.sha256).hexdigest()[:32]
