"""Help: the police, what to do when something seems odd, and what callguard does."""
