"""News for the family: what happened, who is told, by which way, once."""
