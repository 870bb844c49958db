"""What was said: recordings of calls and messages, encrypted on disk, kept for a while, erased."""
