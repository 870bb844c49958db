"""Web push: a notification of the browser, encrypted for it alone (RFC 8030, 8188, 8291, 8292)."""

import asyncio
import json
import time
from urllib.parse import urlsplit

import aiohttp
from joserfc import jwt
from joserfc.jwk import ECKey

from ..addresses import push_subscription
from ..faults import Failure, Fault
from ..letters import Letter
from ..refusals import NoticeRefused
from ..vapid import VapidKey
from .egress import PrivateTargetError, http_session
from .sender import Commit

WHOLE_SECONDS = 30.0
TTL_SECONDS = 24 * 3600
"""How long a push service keeps a message for a browser that is off."""
TOKEN_SECONDS = 12 * 3600
"""RFC 8292, section 2: at most 24 hours."""
MAX_TEXT = 2400
"""Bytes of a text: the whole may have 3,993 (RFC 8291, section 4)."""
MAX_TITLE = 600


class Push:
    """Sends web push messages, as the callguard at *contact* with *key*."""

    def __init__(
        self,
        key: VapidKey | None,
        contact: str,
        *,
        private_targets: bool = False,
        seconds: float = WHOLE_SECONDS,
    ) -> None:
        """Sign with *key*; ``contact`` is a mailto: or https: URL for the push service's staff.

        Without a key, every message fails until there is one.
        """
        self._public = key.public if key else ""
        self._key = ECKey.import_key(key.pem) if key else None
        self._contact = contact
        self._private = private_targets
        self._seconds = seconds

    async def send(self, letter: Letter, commit: Commit) -> Failure | None:
        """Send *letter*; see :class:`.sender.Sender`.

        It has a topic of its own: of two with the same, a push service keeps one (RFC 8030,
        section 5.4), and the browser shows the later in place of the earlier.
        """
        if self._key is None:
            return Failure(Fault.NO_KEY)
        try:
            subscription = push_subscription(letter.address, private_targets=self._private)
        except NoticeRefused:
            return Failure(Fault.BAD_ADDRESS)
        from pywebpush import WebPusher  # by the first message, not by every start

        browser = WebPusher(json.loads(subscription.to_json()))
        try:
            body = browser.encode(_payload(letter), "aes128gcm")["body"]
        except ValueError:  # a point that is not on the curve
            return Failure(Fault.BAD_ADDRESS)
        token = self._token(subscription.endpoint, self._key)
        headers = {
            "Authorization": f"vapid t={token}, k={self._public}",
            "Content-Encoding": "aes128gcm",
            "TTL": str(TTL_SECONDS),
            "Topic": letter.reference,
            "Urgency": "high" if letter.urgent else "normal",
        }
        await commit()
        try:
            async with (
                asyncio.timeout(self._seconds),
                http_session(private_targets=self._private) as session,
                session.post(
                    subscription.endpoint, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                return _classify(answer.status)
        except TimeoutError:
            return Failure(Fault.TIMEOUT)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PrivateTargetError):
                return Failure(Fault.PRIVATE_TARGET)
            return Failure(Fault.UNREACHABLE)
        except (aiohttp.ClientError, OSError, ValueError):
            return Failure(Fault.UNREACHABLE)

    def _token(self, endpoint: str, key: ECKey) -> str:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + TOKEN_SECONDS,
            "sub": self._contact,
        }
        return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, key)


def _payload(letter: Letter) -> bytes:
    content = {
        "title": _cut(letter.title, MAX_TITLE),
        "body": _cut(letter.text, MAX_TEXT),
        "link": letter.link,
        "tag": letter.reference,
        "lang": letter.language,
        "urgent": letter.urgent,
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _cut(text: str, longest: int) -> str:
    return text.encode()[:longest].decode(errors="ignore")


def _classify(status: int) -> Failure | None:
    if 200 <= status <= 299:
        return None
    if status in {404, 410}:
        return Failure(Fault.GONE, status)
    if status in {401, 403}:
        return Failure(Fault.LOGIN, status)
    if 400 <= status <= 499 and status not in {408, 425, 429}:
        return Failure(Fault.REFUSED, status)
    return Failure(Fault.BUSY, status)
