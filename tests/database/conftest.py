"""The database of the households' tests."""

from ..households.conftest import *  # noqa: F403
