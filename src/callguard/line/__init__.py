"""What becomes of a call once the dialplan has it: keys, long calls, and reports of scams.

The dialplan acts by itself; this runs in ``services`` afterwards, and no call waits for it.
"""
