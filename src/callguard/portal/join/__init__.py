"""Joining by invitation: with a passkey, or with a password and a second factor."""
