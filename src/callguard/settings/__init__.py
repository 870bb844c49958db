"""What differs from one installation to another: a table of settings, and where it comes from."""

from .settings import Settings, SettingsError, file_of, load, load_to_back_up, load_to_screen, table

__all__ = [
    "Settings",
    "SettingsError",
    "file_of",
    "load",
    "load_to_back_up",
    "load_to_screen",
    "table",
]
