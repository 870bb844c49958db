"""How the police list travels: signed statements, published to Redis and followed from it."""
