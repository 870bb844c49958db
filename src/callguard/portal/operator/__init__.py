"""The carrier's staff: households without their calls, on-boarding, the node, the staff itself.

Operators see no call of a household without its grant. Whatever they look at of one household is
in that household's trail.
"""
