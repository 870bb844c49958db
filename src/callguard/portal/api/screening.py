"""The verdict on a call that no node has seen: for SIP proxies and switches."""

from ...proxy.inquiry import MAX_BODY
from ...proxy.listener import PATH
from .operation import Answer, Operation
from .shapes import ref

OPERATIONS = (
    Operation(
        name="screenCall",
        method="POST",
        path=PATH,
        summary="Screen a call: the verdict, and the SIP answer to give",
        description="Kept and logged as a node's own verdicts are, before it is told. Answered "
        "within 0.3 s; without a verdict the call goes on (`open`), and the header Callguard-Open "
        "says why. From this machine or a private network only; programs of this machine ask the "
        "workers themselves, at the setting `screen_port`. How to use it: docs/proxy.md.",
        right=None,
        scope=None,
        body=ref("CallAtAProxy"),
        max_body=MAX_BODY,
        answers=(Answer(200, "What to do with the call.", ref("AnswerToAProxy")),),
        can_fail=True,
        handle=None,
        token="screen_token",  # noqa: S106 - a setting's name
    ),
)
