"""Who may do what, and how they get in."""
