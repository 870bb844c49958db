"""Address books as people have them, vCard and CSV, read into numbers with names."""
