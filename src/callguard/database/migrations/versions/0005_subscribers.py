"""Groups with defaults, evidence of consent, former lines, proposals to households at risk."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from callguard.database.base import UTCDateTime

revision = "0005"
down_revision: str | None = "0004"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "household_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    # As a statement, since Alembic would make the whole table anew in SQLite for a foreign key.
    op.execute(
        "ALTER TABLE households ADD COLUMN group_id INTEGER REFERENCES household_groups (id)"
    )
    op.add_column(
        "households", sa.Column("group_revision", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index("ix_households_group", "households", ["group_id", "group_revision"])
    op.add_column(
        "consents",
        sa.Column(
            "evidence_digest", sa.String(length=64), nullable=False, server_default=sa.text("''")
        ),
    )
    op.create_table(
        "moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("old_line", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", UTCDateTime(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("old_line"),
    )
    op.create_index("ix_moves_household", "moves", ["household_id"])
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("decided_at", UTCDateTime()),
        *(
            sa.Column(name, sa.String(length=length), nullable=False, server_default=sa.text("''"))
            for name, length in (("decision", 10), ("decided_by", 100), ("evidence", 500))
        ),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_proposals_household", "proposals", ["household_id", "decided_at"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("proposals")
    op.drop_table("moves")
    op.drop_column("consents", "evidence_digest")
    op.drop_index("ix_households_group", "households")
    op.drop_column("households", "group_revision")
    op.drop_column("households", "group_id")
    op.drop_table("household_groups")
