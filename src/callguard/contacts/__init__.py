"""Address books: read from the files that telephones and mail programs write, and written back."""
