"""What callguard says to people, in Japanese and English."""
