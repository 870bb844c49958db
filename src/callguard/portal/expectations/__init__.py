"""We expect a call: for some hours unknown callers ring without the warning."""
