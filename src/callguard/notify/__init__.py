"""News: what a family is told, by which way, and when; kept until it has arrived."""
