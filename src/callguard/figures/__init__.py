"""What a node counts about itself, in memory that its processes share."""
