"""The proposal of a stronger protection."""
