"""What the dialplan sends, as ``asterisk-config/common/screening.conf`` puts it together."""

from base64 import b64encode

LINE = "0422-99-0000"
"""The one household's line."""
ALLOWED = "0422-99-1111"
"""The one number on its allowlist."""

_IN_BASE64 = {"line", "called", "number", "from", "privacy", "pai", "pai2"}


def arguments(**fields: str) -> list[str]:
    """Return the AGI arguments for a call; ``from_`` stands for ``from``."""
    words = {name.rstrip("_"): value for name, value in fields.items()}
    return [
        f"{name}={b64encode(f':{value}'.encode()).decode() if name in _IN_BASE64 else value}"
        for name, value in words.items()
    ]


def environment(*words: str) -> bytes:
    """Return the AGI environment with these arguments, to its blank line."""
    lines = [
        "agi_network: yes",
        "agi_network_script: screen",
        "agi_request: agi://127.0.0.1/screen",
        "agi_channel: PJSIP/trunk-00000001",
        "agi_language: ja",
        "agi_type: PJSIP",
        "agi_uniqueid: 1795489200.1",
        "agi_version: 22.10.1",
        "agi_callerid: unknown",
        "agi_calleridname: unknown",
        "agi_callingpres: 0",
        "agi_callingani2: 0",
        "agi_callington: 0",
        "agi_callingtns: 0",
        "agi_dnid: unknown",
        "agi_rdnis: unknown",
        "agi_context: callguard-screen",
        "agi_extension: ask",
        "agi_priority: 23",
        "agi_enhanced: 0.0",
        "agi_accountcode: ",
        "agi_threadid: 140000000000000",
    ]
    lines += [f"agi_arg_{position}: {word}" for position, word in enumerate(words, 1)]
    return "\n".join(lines).encode() + b"\n\n"
