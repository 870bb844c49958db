"""A stronger protection that is proposed to the household: accepted or declined by itself."""
