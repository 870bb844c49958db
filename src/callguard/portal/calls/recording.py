"""What was recorded of a call: shown, heard, erased."""

from collections.abc import Collection, Mapping

from aiohttp import web

from ...people.rights import Right
from ...recordings.errors import DamagedRecording, NoRecording, RecordingElsewhere
from ...recordings.recordings import Recording, Recordings
from ...recordings.shelf import Shelf
from ..asked import Asked
from ..form import Form
from ..ranges import Unsatisfiable, read_range
from ..sound import send_sound
from .finding import find_call
from .shown import show


def recordings(asked: Asked) -> Recordings:
    """Return the recordings as this request reaches them."""
    settings = asked.settings
    return Recordings(asked.database, Shelf(settings.recordings), settings.recordings_key)


async def recorded(asked: Asked, call_ids: Collection[str]) -> Mapping[str, Recording]:
    """Return the recordings of calls, by the calls' names; none to who may not hear them."""
    if not asked.may(Right.LISTEN):
        return {}
    return await asked.work(recordings(asked).of_calls, asked.household, call_ids)


async def sound(asked: Asked) -> web.StreamResponse:
    """Send what was said, or a part of it."""
    call_id = asked.part("call")
    try:
        reader = await asked.work(recordings(asked).open, asked.household, call_id)
    except (NoRecording, RecordingElsewhere, DamagedRecording) as error:
        raise web.HTTPNotFound from error
    with reader:
        try:
            part = read_range(asked.request.headers.get("Range"), reader.length)
        except Unsatisfiable:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{reader.length}"})
        if part.begin == 0 and asked.request.method == "GET":
            await asked.work(
                recordings(asked).heard, asked.household, call_id, by=asked.doer, now=asked.now
            )
        return await send_sound(asked.request, reader, part)


async def ask(asked: Asked) -> web.Response:
    """Ask whether a recording is to be erased."""
    return await _ask(asked, None)


async def erase(asked: Asked) -> web.Response:
    """Erase a recording for good; its call stays."""
    if not asked.form.ticked("sure"):
        asked.form.fault("sure", "calls.erase.sure_missing")
    if not asked.form.good():
        return await _ask(asked, asked.form)
    call_id = asked.part("call")
    try:
        await asked.work(
            recordings(asked).erase, asked.household, call_id, by=asked.doer, now=asked.now
        )
    except NoRecording as error:
        raise web.HTTPNotFound from error
    return asked.onward(asked.path(f"calls/{call_id}"), "calls.recording.erased")


async def _ask(asked: Asked, form: Form | None) -> web.Response:
    call = await find_call(asked, asked.part("call"))
    if not await asked.work(recordings(asked).of_calls, asked.household, [call.call_id]):
        raise web.HTTPNotFound
    return asked.page(
        "calls/recording.html",
        status=200 if form is None else 422,
        form=form,
        one=show(call, asked.language, now=asked.now),
    )
