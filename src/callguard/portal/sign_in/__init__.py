"""Signing in by passkey or password, signing out, and confirming again who one is."""
