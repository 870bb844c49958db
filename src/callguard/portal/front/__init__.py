"""The way in: the first page, and the language of the pages."""
