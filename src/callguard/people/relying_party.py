"""The portal as passkeys know it: WebAuthn's relying party, and the only place that speaks it.

The library ``webauthn`` verifies; this module says what must hold, by the sections of W3C Web
Authentication Level 2. It is loaded by the first passkey: a tenth of a second, mostly ASN.1, for
which the start of a node need not wait.
"""

import json
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

from .errors import Fault, PeopleError

MAX_ANSWER = 16_384
"""Characters of a passkey's answer: a few hundred are usual, an attestation may be longer."""

_TIMEOUT = 120_000
"""Milliseconds that the browser is told to wait: fingers are slow, telephones in another room."""

_NAME = "callguard"


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A credential whose registration was verified."""

    credential: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Assertion:
    """A passkey's answer as read, nothing of it verified."""

    credential: bytes
    """Which passkey it claims to be."""
    user_handle: bytes | None
    challenge: str
    """Which challenge it claims to answer: the token of a ceremony."""
    text: str


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The portal: passkeys are bound to its host name, answers to its origin."""

    host: str
    origin: str

    @classmethod
    def of(cls, portal_url: str) -> "RelyingParty":
        """Return the relying party at *portal_url*, such as ``https://portal.example.jp``.

        Raises:
            ValueError: it is no such address.

        """
        parts = urlsplit(portal_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{portal_url!r} is no address such as https://portal.example.jp")
        usual = {"http": 80, "https": 443}[parts.scheme]
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = "" if parts.port in {None, usual} else f":{parts.port}"
        return cls(parts.hostname, f"{parts.scheme}://{host}{port}")

    def registration(
        self, challenge: str, *, handle: bytes, name: str, known: list[bytes]
    ) -> dict[str, Any]:
        """Return what ``navigator.credentials.create`` is asked for (section 5.4).

        Args:
            challenge: the token of the ceremony.
            handle: the person's user handle.
            name: what the browser shows beside the passkey.
            known: credentials that the person has already.

        """
        import webauthn
        from webauthn.helpers import base64url_to_bytes, options_to_json_dict
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        return options_to_json_dict(
            webauthn.generate_registration_options(
                rp_id=self.host,
                rp_name=_NAME,
                user_id=handle,
                user_name=name,
                challenge=base64url_to_bytes(challenge),
                timeout=_TIMEOUT,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED,
                    user_verification=UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            )
        )

    def authentication(self, challenge: str, *, known: list[bytes]) -> dict[str, Any]:
        """Return what ``navigator.credentials.get`` is asked for (section 5.5).

        With *known* empty the browser offers every passkey that it has for the portal.
        """
        import webauthn
        from webauthn.helpers import base64url_to_bytes, options_to_json_dict
        from webauthn.helpers.structs import (
            PublicKeyCredentialDescriptor,
            UserVerificationRequirement,
        )

        return options_to_json_dict(
            webauthn.generate_authentication_options(
                rp_id=self.host,
                challenge=base64url_to_bytes(challenge),
                timeout=_TIMEOUT,
                allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    def verify_registration(self, answer: str, challenge: str) -> NewPasskey:
        """Verify the answer of ``navigator.credentials.create`` (section 7.1).

        Raises:
            PeopleError: it does not hold.

        """
        import webauthn
        from webauthn.helpers import base64url_to_bytes

        try:
            verified = webauthn.verify_registration_response(
                credential=_bounded(answer),
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except Exception as error:  # noqa: BLE001 - it parses strangers' CBOR, ASN.1 and keys
            _refuse(error)
        if not 16 <= len(verified.credential_id) <= 1023:  # section 4, "Credential ID"
            raise _does_not_hold()
        return NewPasskey(
            verified.credential_id, verified.credential_public_key, verified.sign_count
        )

    def verify_assertion(self, answer: Assertion, *, public_key: bytes, sign_count: int) -> int:
        """Verify the answer of ``navigator.credentials.get`` (section 7.2).

        Returns:
            the new count of signatures. A passkey that counts must count up: a copy of it does
            not (section 6.1.1).

        Raises:
            PeopleError: it does not hold.

        """
        import webauthn
        from webauthn.helpers import base64url_to_bytes

        try:
            return webauthn.verify_authentication_response(
                credential=answer.text,
                expected_challenge=base64url_to_bytes(answer.challenge),
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            ).new_sign_count
        except Exception as error:  # noqa: BLE001 - it parses strangers' CBOR and keys
            _refuse(error)


def read_assertion(answer: str) -> Assertion:
    """Read which passkey answers which challenge; nothing of it is verified.

    Raises:
        PeopleError: it is no answer of a passkey.

    """
    from webauthn.helpers import parse_authentication_credential_json

    try:
        read = parse_authentication_credential_json(_bounded(answer))
        challenge = _challenge(read.response.client_data_json)
    except Exception as error:  # noqa: BLE001 - it parses strangers' JSON
        _refuse(error)
    return Assertion(read.raw_id, read.response.user_handle, challenge, answer)


def challenge_of(answer: str) -> str:
    """Return which challenge a registration answers; nothing of it is verified.

    Raises:
        PeopleError: it is no answer of a passkey.

    """
    from webauthn.helpers import parse_registration_credential_json

    try:
        read = parse_registration_credential_json(_bounded(answer))
        return _challenge(read.response.client_data_json)
    except Exception as error:  # noqa: BLE001 - it parses strangers' JSON
        _refuse(error)


def _challenge(client_data: bytes) -> str:
    challenge = json.loads(client_data)["challenge"]
    if not isinstance(challenge, str):
        raise _does_not_hold()
    return challenge


def _bounded(answer: str) -> str:
    if len(answer) > MAX_ANSWER:
        raise _does_not_hold()
    return answer


def _refuse(error: Exception) -> NoReturn:
    raise _does_not_hold() from error


def _does_not_hold() -> PeopleError:
    return PeopleError(Fault.PASSKEY, "the passkey's answer does not hold; try again")
