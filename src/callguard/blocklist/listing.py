"""What a police source says of the numbers that it lists."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Terms:
    """What one operation says of all its numbers."""

    category: Category
    listed_at: datetime
    """When the batch was issued (aware)."""
    until: datetime | None = None
    evidence: str = ""
    """The source's own reference, opaque to callguard."""
    simulated: bool = False
    """Listed on trial: to be noted, never to be acted on."""

    def in_force(self, now: datetime) -> bool:
        """Tell whether the listing is acted on at *now*."""
        return not self.simulated and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Listing:
    """One number's listing by one source."""

    source: str
    terms: Terms

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
        return shown
