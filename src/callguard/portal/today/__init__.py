"""The first page: how the protection is, what it did, and what needs attention."""
