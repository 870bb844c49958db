"""Faults of an exchange, and how its calls end meanwhile; ``script/chaos`` shows all of them."""
