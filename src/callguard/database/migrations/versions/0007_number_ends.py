"""An index by which SQLite finds the end of a number among all calls of a household."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: Any = None
depends_on: Any = None

NAME = "ix_calls_household_end"


def upgrade() -> None:
    """Bring the tables to this revision."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(NAME, "calls", ["household_id", sa.text("number % 1000"), "number"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(NAME, "calls")
