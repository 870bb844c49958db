"""What a police source says of the numbers that it lists."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from .moments import read_moment, write_moment

MAX_REFERENCE = 200
"""Characters of an evidence reference."""


class Category(StrEnum):
    """The kinds of fraud that numbers are listed for (警察庁の手口の分類に沿う)."""

    FAKE_POLICE = "fake-police"
    """ニセ警察."""
    REFUND = "refund"
    """還付金詐欺."""
    PRECURSOR = "precursor"
    """アポ電."""
    ROBOCALL = "robocall"
    """自動音声."""
    FORWARDER_STOCK = "forwarder-stock"
    """在庫番号: numbers that a malicious forwarder holds in reserve."""
    SUSPENDED = "suspended"
    """利用停止: a carrier's own lines that the police had suspended; none of them calls out."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Terms:
    """What one operation says of all its numbers."""

    category: Category
    listed_at: datetime
    """When the batch was issued (aware, to the millisecond)."""
    until: datetime | None = None
    evidence: str = ""
    """The source's own reference, opaque to callguard."""
    simulated: bool = False
    """Listed on trial: to be noted, never to be acted on."""

    def ended(self, now: datetime) -> bool:
        """Tell whether the listing has ended by itself."""
        return self.until is not None and now >= self.until

    def to_json(self) -> dict[str, Any]:
        """Return the terms as JSON values; what is not said is left out."""
        values: dict[str, Any] = {
            "category": self.category.value,
            "listed": write_moment(self.listed_at),
        }
        if self.evidence:
            values["reference"] = self.evidence
        if self.simulated:
            values["simulated"] = True
        if self.until is not None:
            values["until"] = write_moment(self.until)
        return values

    def line(self) -> str:
        """Return the one way to write these terms: digests are taken over it."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` returned.

        Raises:
            ValueError: a value is not one; KeyError: one is missing.

        """
        reference = values.get("reference", "")
        if not isinstance(reference, str) or len(reference) > MAX_REFERENCE:
            raise ValueError(
                f"a reference of {len(str(reference))} characters; at most {MAX_REFERENCE}"
            )
        reference.encode()  # JSON can escape what is no text, and no digest could be taken over it
        return cls(
            Category(values["category"]),
            read_moment(values["listed"]),
            read_moment(values["until"]) if "until" in values else None,
            reference,
            values.get("simulated", False) is True,
        )


class Trial(StrEnum):
    """Why a listing is noted and not acted on."""

    SIMULATED = "simulated"
    """Its source listed the number on trial."""
    SHADOW = "shadow"
    """The whole source is on trial."""
    HELD = "held"
    """The batch was too large, and nobody has approved it yet."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One number's listing by one source."""

    source: str
    terms: Terms
    trial: Trial | None = None

    @property
    def listed_at(self) -> datetime:
        """When the source listed the number (aware)."""
        return self.terms.listed_at

    def to_json(self) -> dict[str, Any]:
        """Return the listing as JSON values, for the evidence of a verdict."""
        terms = self.terms
        shown: dict[str, Any] = {
            "source": self.source,
            "category": terms.category.value,
            "listed_at": terms.listed_at.isoformat(timespec="seconds"),
        }
        if terms.until is not None:
            shown["until"] = terms.until.isoformat(timespec="seconds")
        if terms.evidence:
            shown["reference"] = terms.evidence
        if self.trial is not None:
            shown["trial"] = self.trial.value
        return shown
