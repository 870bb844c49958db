"""Subscribers: households, their consent, policies and lists; knows nothing of Asterisk.

The system of record (``models``, SQLAlchemy) has a file for each thing that is done with it:
``registry``, ``lists``, ``consent``, ``settings``, ``expectations``; for the operator
``directory``, ``applicants``, ``onboarding``, ``groups``, ``moving``, ``at_risk``, ``profiles`` and
``proposals``. Each change goes through ``change``, which also writes the household's policy as one
document, in the same transaction. ``reader`` reads those documents with nothing but the standard
library, for the screener and the fallback script; ``replica`` brings them to each node where the
database is elsewhere.
"""
