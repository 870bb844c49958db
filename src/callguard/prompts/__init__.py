"""The announcements that callers and subscribers hear: texts, recordings, lengths."""

from callguard.prompts.catalogue import Prompt, audio_folder, load

__all__ = ["Prompt", "audio_folder", "load"]
