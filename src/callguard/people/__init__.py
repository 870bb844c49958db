"""Who may do what: people, their households, how they sign in, and the trail of what they did."""
