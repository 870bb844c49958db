"""Subscribers: households, their consent, policies and lists; knows nothing of Asterisk.

``models`` and ``registry`` are the system of record (SQLAlchemy). Each change also writes the
household's policy as one document, in the same transaction; ``reader`` reads those documents with
nothing but the standard library, for the screener and the fallback script.
"""
