"""The police list: signed batches from each source, followed from Redis, kept and asked on disk."""
