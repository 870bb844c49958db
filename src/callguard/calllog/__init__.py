"""What was decided about each call, and how the call ended."""
