"""A node: its processes, what each of them runs, and how an engineer sees how it stands.

:mod:`.run` builds the parts, and is the only place where everything meets. Processes import the
modules that they need and no others, so nothing is imported here.
"""
