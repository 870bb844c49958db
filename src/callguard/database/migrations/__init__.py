"""Alembic migrations of the households database."""
