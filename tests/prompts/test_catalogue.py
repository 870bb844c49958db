"""What is said, and how it sounds: the catalogue, the recordings and the document agree."""

import hashlib
import json
import math
import shutil
import subprocess
import sys
import wave
from array import array
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from callguard import prompts
from callguard.prompts import Prompt

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "script" / "build-prompts"
CATALOGUE = ROOT / "src" / "callguard" / "prompts"

CALLER = {
    "refused-withheld",
    "refused-payphone",
    "refused-unavailable",
    "refused-overseas",
    "refused-malformed",
    "refused-fraud-list",
    "refused-household",
    "refused-allowlist-only",
    "refused-quiet-hours",
    "warning",
    "warning-recorded",
    "one-moment",
    *(f"challenge-{digit}" for digit in "02345678"),
    "refused-challenge",
    "say-your-name",
    "asking",
    "refused-name",
    "leave-message",
    "message-taken",
    "refused-not-in-use",
    "refused-moved",
    "moved-again",
    "refused-suspended",
    *(f"digit-{digit}" for digit in range(10)),
}
SUBSCRIBER = {
    "test-call",
    "whisper-unlisted",
    "whisper-payphone",
    "whisper-unverified",
    "whisper-protected",
    "whisper-listed",
    "whisper-family",
    "just-listed",
    "advice-9110",
    "name-offer",
    "name-choices",
    "refused-now",
    "refused-always",
    "whisper-unlisted-key",
    "scam-key",
    "calling-family",
    "family-away",
    *(
        f"dial-{what}{then}"
        for what in ("listed", "overseas", "premium")
        for then in ("", "-confirm")
    ),
    "last-allowed",
    "last-blocked",
    "last-unknown",
    "not-now",
    *(f"refused-today-{count}" for count in (*range(10), "many")),
}
FAMILY = {"family-offer", "family-choices", "family-join", "family-done"}

FOLLOWED = {"name-offer", "family-offer", "refused-moved"}
"""These end in the middle of a sentence: the caller's own voice, or a number's digits, go on."""

# The recordings are made equally loud by ITU-R BS.1770 (-19 LUFS). The measure here lacks its
# weighting by frequency: for this voice it reads half a decibel more, and differs by less than
# 0.2 dB from prompt to prompt. A difference of 1 dB is about the least that a listener notices.
USUAL_LEVEL = -18.5
TOLERANCE = 0.5

every_prompt = pytest.mark.parametrize("prompt", prompts.load().values(), ids=lambda p: p.name)


def samples(prompt: Prompt) -> "array[int]":
    with wave.open(str(prompt.audio())) as recording:
        return array("h", recording.readframes(recording.getnframes()))


def gated_level(sound: "array[int]") -> float:
    """Return the level of what is louder than the pauses, in dB below full scale."""
    tenths = [sum(s * s for s in sound[i : i + 800]) / 800 for i in range(0, len(sound) - 800, 800)]
    blocks = [sum(tenths[i : i + 4]) / 4 for i in range(len(tenths) - 3)]
    gate = sum(blocks) / len(blocks) / 10
    speech = [block for block in blocks if block > gate]
    return 10 * math.log10(sum(speech) / len(speech) / 32768**2)


def quiet_seconds(sound: "array[int]") -> float:
    """Return how long it takes until the first sample above -40 dB."""
    return next(i for i, sample in enumerate(sound) if abs(sample) > 328) / 8000


# The words


def test_every_announcement_is_there_for_those_who_hear_it() -> None:
    heard_by: dict[str, set[str]] = {"caller": set(), "subscriber": set(), "family": set()}
    for name, prompt in prompts.load().items():
        assert prompt.name == name
        heard_by[prompt.to].add(name)
    assert heard_by == {"caller": CALLER, "subscriber": SUBSCRIBER, "family": FAMILY}


def test_a_prompt_cannot_be_changed() -> None:
    prompt = prompts.load()["warning"]
    with pytest.raises(FrozenInstanceError):
        prompt.ja = "もしもし"  # type: ignore[misc]


@every_prompt
def test_every_prompt_is_complete(prompt: Prompt) -> None:
    assert prompt.when.endswith(".")
    assert "\n" not in prompt.when
    if prompt.name.startswith("digit-"):
        return  # a word of a number, no sentence
    follows = prompt.name in FOLLOWED
    assert prompt.ja.endswith("、" if follows else "。")
    assert prompt.en.endswith(":" if follows else ".")


@every_prompt
def test_spoken_is_given_only_where_the_voice_would_misread(prompt: Prompt) -> None:
    assert prompt.spoken != prompt.ja
    numbers = any(character.isdigit() for character in prompt.ja)
    assert (prompt.spoken is not None) == numbers
    assert not any(character.isdigit() for character in prompt.spoken or "")


@every_prompt
def test_a_recording_is_announced_only_by_the_prompt_for_it(prompt: Prompt) -> None:
    assert ("録音" in prompt.ja) == (prompt.name in {"warning-recorded", "leave-message"})


@every_prompt
def test_186_is_asked_for_only_where_the_caller_can_dial_it(prompt: Prompt) -> None:
    assert ("186" in prompt.ja) == (prompt.name == "refused-withheld")


@pytest.mark.parametrize("name", ["warning", "warning-recorded", "just-listed", "advice-9110"])
def test_9110_is_named(name: str) -> None:
    assert "#9110" in prompts.load()[name].ja


@pytest.mark.parametrize("name", sorted(CALLER))
def test_no_caller_is_called_a_fraud(name: str) -> None:
    accusing = {"犯罪", "犯人", "不審", "怪しい", "あやしい", "警察に通報"}
    words = prompts.load()[name].ja
    assert not [word for word in accusing if word in words]
    assert "詐欺" not in words.replace("特殊詐欺を防ぐ", "")


# The recordings


def test_every_recording_has_a_prompt() -> None:
    recorded = {path.stem for path in (prompts.audio_folder() / "ja").glob("*.wav")}
    assert recorded == set(prompts.load())


@every_prompt
def test_a_recording_is_what_a_telephone_line_carries(prompt: Prompt) -> None:
    with wave.open(str(prompt.audio())) as recording:
        assert recording.getframerate() == 8000
        assert recording.getnchannels() == 1
        assert recording.getsampwidth() == 2
        assert recording.getcomptype() == "NONE"


@every_prompt
def test_nobody_is_kept_waiting_by_an_announcement(prompt: Prompt) -> None:
    assert prompt.seconds() < 12.0
    if prompt.name.startswith("whisper-"):  # the caller waits in silence meanwhile
        assert prompt.seconds() <= (7.5 if prompt.name.endswith("-key") else 6.0)


def test_a_language_without_recordings_has_no_length() -> None:
    with pytest.raises(FileNotFoundError):
        prompts.load()["warning"].seconds("en")


@every_prompt
def test_all_prompts_are_equally_loud(prompt: Prompt) -> None:
    # Half a second of speech is measured in one or two blocks only.
    tolerance = 2.0 if prompt.name.startswith("digit-") else TOLERANCE
    assert gated_level(samples(prompt)) == pytest.approx(USUAL_LEVEL, abs=tolerance)


@every_prompt
def test_nothing_is_clipped(prompt: Prompt) -> None:
    assert max(map(abs, samples(prompt))) <= 32768 * 10 ** (-2 / 20)


@every_prompt
def test_a_short_silence_surrounds_the_words(prompt: Prompt) -> None:
    sound = samples(prompt)
    assert 0.08 <= quiet_seconds(sound) <= 0.2
    assert 0.2 <= quiet_seconds(sound[::-1]) <= 0.4


# Catalogue, recordings and document agree


def test_the_recordings_are_those_that_were_made_from_the_catalogue() -> None:
    manifest = json.loads((prompts.audio_folder() / "ja" / "manifest.json").read_text())
    assert {name: entry["sound"] for name, entry in manifest.items()} == {
        name: hashlib.sha256(prompt.audio().read_bytes()).hexdigest()
        for name, prompt in prompts.load().items()
    }


def check(root: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(root / "script" / "build-prompts"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_recordings_say_what_the_catalogue_says() -> None:
    result = check(ROOT)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_check_tells_of_each_prompt_that_must_be_recorded_again(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "callguard" / "prompts"
    shutil.copytree(CATALOGUE, folder)
    (tmp_path / "script").mkdir()
    shutil.copy(SCRIPT, tmp_path / "script")
    assert check(tmp_path).returncode == 0

    audio = folder / "audio" / "ja"
    texts = (folder / "catalogue.toml").read_text()
    texts = texts.replace("このお電話は、お受け", "この電話は、お受け")
    (folder / "catalogue.toml").write_text(texts)
    (audio / "warning.wav").unlink()
    (audio / "farewell.wav").touch()
    shutil.copy(audio / "whisper-listed.wav", audio / "one-moment.wav")

    result = check(tmp_path)
    assert result.returncode == 1
    assert [line.partition(";")[0] for line in result.stdout.splitlines()] == [
        "farewell: is recorded, but not in the catalogue",
        "one-moment: its recording is not the one that was made",
        "refused-household: its words or voice have changed since it was recorded",
        "warning: has no recording",
    ]


def test_the_document_lists_every_prompt_as_it_is() -> None:
    lines = (ROOT / "docs" / "announcements.md").read_text().splitlines()
    rows = lines[lines.index("<!-- announcements -->") : lines.index("<!-- /announcements -->")]
    assert [row for row in rows if row.startswith("| `")] == [
        f"| `{p.name}` | {p.to} | {p.when} | {p.ja} | {p.en} | {p.seconds():.1f} |"
        for p in prompts.load().values()
    ]


def test_the_document_tells_how_each_prompt_was_heard() -> None:
    lines = (ROOT / "docs" / "announcements.md").read_text().splitlines()
    rows = lines[lines.index("<!-- heard -->") : lines.index("<!-- /heard -->")]
    assert [row.split(" | ")[:2] for row in rows if row.startswith("| `")] == [
        [f"| `{p.name}`", f"{p.seconds():.2f}"] for p in prompts.load().values()
    ]
