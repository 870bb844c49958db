"""A node's whole memory in one file, and back: its database, keys, trust, lists and journal."""
