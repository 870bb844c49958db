"""What a new home is asked, and the files that the answers become; ``callguard init`` asks."""
