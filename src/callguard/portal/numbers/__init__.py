"""The numbers that the household lets through or refuses: lists, address books in and out."""
