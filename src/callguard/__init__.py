"""callguard screens the telephone calls of a household before the phone rings."""

__version__ = "0.1.0"
