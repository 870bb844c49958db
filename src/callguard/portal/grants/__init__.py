"""Letting the telephone company see the calls, for some days."""
