"""Bursts: callers who call many homes within minutes, found across nodes, forgotten soon."""
