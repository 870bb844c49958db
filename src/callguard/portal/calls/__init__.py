"""The calls: what happened, why, and what to do about the caller; evidence and erasure."""
