"""Things to try out: a home, a feed, an exchange with real calls; a month of invented ones."""
