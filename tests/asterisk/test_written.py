"""What a person has edited is not lost unawares, and no secret is shown."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk.written import RECORD, EditedError, Written

FILES = {"a.conf": "one\n", "site/b.conf": "two\n"}


@pytest.fixture
def written(tmp_path: Path) -> Written:
    (tmp_path / "site").mkdir()
    return Written(tmp_path)


def test_files_are_written_for_their_owner_only_and_nothing_else_is_left(written: Written) -> None:
    changes = written.write(FILES)
    assert changes.new == ("a.conf", "site/b.conf")
    found = {path for path in written.folder.rglob("*") if path.is_file()}
    assert found == {written.folder / name for name in (*FILES, RECORD)}
    assert {path.stat().st_mode & 0o777 for path in found} == {0o600}
    assert not written.write(FILES).any


def test_what_was_written_and_not_touched_is_written_over(written: Written) -> None:
    written.write(FILES)
    changes = written.write({**FILES, "a.conf": "three\n"})
    assert changes.changed == ("a.conf",)
    assert (written.folder / "a.conf").read_text() == "three\n"


def test_an_edited_file_stops_everything(written: Written) -> None:
    written.write(FILES)
    (written.folder / "a.conf").write_text("mine\n")
    with pytest.raises(EditedError, match=r"somebody has edited a\.conf: nothing was written"):
        written.write({"a.conf": "new\n", "site/b.conf": "new\n"})
    assert (written.folder / "a.conf").read_text() == "mine\n"
    assert (written.folder / "site" / "b.conf").read_text() == "two\n"


def test_an_edit_that_is_what_would_be_written_is_none(written: Written) -> None:
    written.write(FILES)
    (written.folder / "a.conf").write_text("new\n")
    assert written.write({**FILES, "a.conf": "new\n"}).edited == ()


def test_by_force_an_edited_file_is_written_over_and_kept_beside(written: Written) -> None:
    written.write(FILES)
    (written.folder / "a.conf").write_text("mine\n")
    assert written.write(FILES, force=True).edited == ("a.conf",)
    assert (written.folder / "a.conf").read_text() == "one\n"
    assert (written.folder / "a.conf.edited").read_text() == "mine\n"


def test_a_file_that_was_there_before_counts_as_edited(written: Written) -> None:
    (written.folder / "a.conf").write_text("the distribution's\n")
    with pytest.raises(EditedError):
        written.write(FILES)


def test_a_file_that_is_not_needed_any_more_is_removed_unless_edited(written: Written) -> None:
    written.write({**FILES, "old.conf": "x\n", "older.conf": "x\n"})
    (written.folder / "older.conf").write_text("mine\n")
    assert written.write(FILES).dropped == ("old.conf",)
    assert not (written.folder / "old.conf").exists()
    assert (written.folder / "older.conf").read_text() == "mine\n"


@pytest.mark.parametrize(
    "record", ["", "{", "[]", '{"a.conf": 1}', '{"../../etc/passwd": ["x"]}', "\0"]
)
def test_with_a_damaged_record_every_file_counts_as_edited(written: Written, record: str) -> None:
    written.write(FILES)
    (written.folder / RECORD).write_text(record)
    with pytest.raises(EditedError):
        written.write({**FILES, "a.conf": "new\n"})


def test_cut_short_before_the_files_were_replaced_nothing_counts_as_edited(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.write(FILES)
    replace = Path.replace

    def power_cut(path: Path, target: Path) -> Path:
        if target.name == "b.conf":
            raise OSError("power cut")
        return replace(path, target)

    new = {"a.conf": "new\n", "site/b.conf": "new\n"}
    with monkeypatch.context() as cut:
        cut.setattr(Path, "replace", power_cut)
        with pytest.raises(OSError, match="power cut"):
            written.write(new)
    assert written.write({"a.conf": "newer\n", "site/b.conf": "newer\n"}).edited == ()


def test_a_name_in_the_record_does_not_lead_out_of_the_folder(written: Written) -> None:
    outside = written.folder.parent / "outside"
    outside.write_text("x")
    written.write(FILES)
    record = json.loads((written.folder / RECORD).read_text())
    record["../outside"] = record["a.conf"]
    (written.folder / RECORD).write_text(json.dumps(record))
    written.write(FILES)
    assert outside.exists()


def test_a_difference_shows_no_secret_but_that_it_is_another(written: Written) -> None:
    old = "[trunk]\npassword=old-word\nuser=3\n; password = forgotten\n"
    written.write({"a.conf": old})
    said = written.diff({"a.conf": "[trunk]\npassword=new-word\nuser=4\n"})
    assert "+password=(hidden, another)" in said
    assert "-user=3" in said
    assert not [word for word in ("old-word", "new-word", "forgotten") if word in said]
    assert written.diff({"a.conf": old}) == ""


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1, max_size=30))
def test_no_secret_is_ever_shown(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    written = Written(tmp_path_factory.mktemp("etc"))
    marked = f"»{secret}«"
    said = written.diff({"a.conf": f"secret={marked}\npassword={marked}\n"})
    assert marked not in said
