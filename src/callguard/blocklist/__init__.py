"""The police list: what is listed, the lists on disk, and the look-up; not how they travel."""
