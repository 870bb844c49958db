"""The tables of the households database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy import DateTime as SQLDateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite itself forgets the zone."""

    impl = SQLDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Convert to UTC on the way in."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Say on the way out that it is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of all tables."""


class Household(Base):
    """One home with one telephone line."""

    __tablename__ = "households"

    id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, unique=True)
    """E.164 digits of the home's number."""
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the household chose, where it differs from the defaults."""
    consents: Mapped[list["Consent"]] = relationship(
        back_populates="household", cascade="all, delete-orphan", order_by="Consent.given_at"
    )
    numbers: Mapped[list["ListedNumber"]] = relationship(
        back_populates="household", cascade="all, delete-orphan", order_by="ListedNumber.id"
    )


class Consent(Base):
    """The household's agreement to screening (通信の秘密: specific, recorded, revocable)."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    text_version: Mapped[str] = mapped_column(String(40))
    """Which wording was agreed to."""
    given_by: Mapped[str] = mapped_column(String(100))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
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
    confirmed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    household: Mapped[Household] = relationship(back_populates="numbers")


class PolicyDocument(Base):
    """A household's policy as the screener reads it; written in the transaction that changes it."""

    __tablename__ = "policy_documents"

    line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    document: Mapped[str] = mapped_column(Text)
