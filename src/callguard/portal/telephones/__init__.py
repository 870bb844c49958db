"""Whose telephones of the family are called about a call: listed, added, removed, put first."""
