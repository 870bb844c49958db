"""Who looks after the household: its people, what they may do, and invitations."""
