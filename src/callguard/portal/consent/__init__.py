"""Consent: its text, who gave it and when, to give it and to revoke it."""
