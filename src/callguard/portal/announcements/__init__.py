"""The announcements, to be heard in a page: what callers and the household hear."""
