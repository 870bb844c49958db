"""Households, what they agreed to, and whom they let through or keep out."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database.base import Base, UTCDateTime


class HouseholdGroup(Base):
    """A named set of defaults, which the households in it follow."""

    __tablename__ = "household_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What differs from callguard's own defaults."""
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Goes up with each change of the settings."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Household(Base):
    """One home with one telephone line."""

    __tablename__ = "households"
    __table_args__ = (Index("ix_households_group", "group_id", "group_revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, unique=True)
    """E.164 digits of the home's number."""
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the household chose, where it differs from the defaults."""
    retention_days: Mapped[int] = mapped_column(default=90, server_default="90")
    """Days that the log of a call is kept."""
    group_id: Mapped[int | None] = mapped_column(ForeignKey("household_groups.id"))
    """The group whose defaults it follows."""
    group_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """The revision of the group that the policy document was written with."""
    consents: Mapped[list["Consent"]] = relationship(
        back_populates="household", cascade="all, delete-orphan", order_by="Consent.given_at"
    )
    numbers: Mapped[list["ListedNumber"]] = relationship(
        back_populates="household", cascade="all, delete-orphan", order_by="ListedNumber.id"
    )
    family: Mapped[list["FamilyMember"]] = relationship(
        back_populates="household", cascade="all, delete-orphan", order_by="FamilyMember.place"
    )
    expectations: Mapped[list["Expectation"]] = relationship(
        back_populates="household", cascade="all, delete-orphan", order_by="Expectation.until"
    )


class Consent(Base):
    """The household's agreement to one purpose (通信の秘密: specific, recorded, revocable)."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_household", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(
        String(10), default="screening", server_default="screening"
    )
    """A :class:`Purpose`; the others are in force only with ``screening``."""
    text_version: Mapped[str] = mapped_column(String(40))
    """Which wording was agreed to."""
    given_by: Mapped[str] = mapped_column(String(100))
    evidence: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))
    """How it is known, such as the number of a signed form."""
    evidence_digest: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    """SHA-256 of the document that proves it, in hexadecimal; empty: there is none."""
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_by: Mapped[str] = mapped_column(String(100), default="", server_default=text("''"))
    household: Mapped[Household] = relationship(back_populates="consents")


class ListedNumber(Base):
    """A number on a household's allowlist or block list; on one of them, never on both."""

    __tablename__ = "listed_numbers"
    __table_args__ = (UniqueConstraint("household_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(BigInteger)
    """E.164 digits, or an emergency service's short code."""
    allowed: Mapped[bool]
    """True: allowlist; False: block list."""
    name: Mapped[str] = mapped_column(String(100), default="")
    note: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))
    confirmed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    household: Mapped[Household] = relationship(back_populates="numbers")


class FamilyMember(Base):
    """Somebody of the family whose telephone is called about the home's calls."""

    __tablename__ = "family_telephones"
    __table_args__ = (UniqueConstraint("household_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    place: Mapped[int]
    """The lower, the sooner it is called; telephones of one household have different ones."""
    name: Mapped[str] = mapped_column(String(100))
    number: Mapped[int] = mapped_column(BigInteger)
    """E.164 digits."""
    household: Mapped[Household] = relationship(back_populates="family")


class Expectation(Base):
    """A call that the family expects: for a while unknown callers ring without the warning."""

    __tablename__ = "expectations"
    __table_args__ = (UniqueConstraint("household_id", "country"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    country: Mapped[str] = mapped_column(String(2), default="JP")
    """ISO 3166 code of where the call is to come from; JP: any domestic number."""
    until: Mapped[datetime] = mapped_column(UTCDateTime)
    household: Mapped[Household] = relationship(back_populates="expectations")


class Move(Base):
    """A line that a household had before; for a while it tells known callers the new one."""

    __tablename__ = "moves"
    __table_args__ = (Index("ix_moves_household", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    old_line: Mapped[int] = mapped_column(BigInteger, unique=True)
    """E.164 digits of the number that it had."""
    moved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime] = mapped_column(UTCDateTime)


class Proposal(Base):
    """A stronger protection that is proposed to a household at risk; nothing until it agrees."""

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_household", "household_id", "decided_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    profile: Mapped[str] = mapped_column(String(20))
    """The profile that is proposed; once accepted, the one that was chosen."""
    reference: Mapped[str] = mapped_column(String(200))
    """Of the list that the household stands on, as the police call it."""
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(String(100))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None: it is open."""
    decision: Mapped[str] = mapped_column(String(10), default="", server_default=text("''"))
    """``accepted``, ``declined`` or ``withdrawn``; empty while it is open."""
    decided_by: Mapped[str] = mapped_column(String(100), default="", server_default=text("''"))
    """Who decided for the household."""
    evidence: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))
    """How that is known, where it was not decided in the portal."""


class PolicyDocument(Base):
    """A household's policy as the screener reads it; written in the transaction that changes it."""

    __tablename__ = "policy_documents"

    line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    document: Mapped[str] = mapped_column(Text)
