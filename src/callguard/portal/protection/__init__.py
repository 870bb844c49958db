"""The protection: each kind of call and what is done with it, hours, countries, announcements."""
