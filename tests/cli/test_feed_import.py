"""``callguard feed import``, into a real feed."""

from pathlib import Path

import pytest
import redis

from callguard.blocklist.listing import Category
from callguard.blocklist.source_list import SourceList
from callguard.feed import import_plan
from callguard.feed.outbox import Outbox
from callguard.feed.trusted_source import Quota

from .conftest import Ran, Run, trust

STREAM = "callguard:feed:tokyo"


class Importing:
    """A source with a file."""

    def __init__(self, run: Run, key: Path, feed: redis.Redis) -> None:
        self.run = run
        self.key = key
        self.feed = feed
        self.file = key.with_name("list.csv")

    def __call__(self, text: str | bytes, *options: str) -> Ran:
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.run("feed", "import", str(self.file), "--key", str(self.key), *options)

    def published(self) -> int:
        return int(self.feed.xlen(STREAM))

    @property
    def list(self) -> SourceList:
        return Outbox(self.key.with_name(f"{self.key.name}.outbox"), "tokyo").load()


@pytest.fixture
def importing(run: Run, tokyo: Path, feed: redis.Redis) -> Importing:
    return Importing(run, tokyo, feed)


THREE = (
    "番号,手口,参照\n"
    "0422-99-0001,還付金,A-1\n"
    "０４２２－９９－０００２,ニセ警察,\n"
    "050-9999-0000..050-9999-0009,還付金,A-1\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_file_becomes_a_batch(importing: Importing, encoding: str) -> None:
    ran = importing(THREE.encode(encoding))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        f"{importing.file}: 3 rows; 12 new numbers, 0 on other terms than before, 0 unchanged; "
        "12 on the list after it\n"
        "source tokyo: batch 1 published\n"
    )
    assert importing.published() == 1
    terms = importing.list.find(81_422_990_001)
    assert terms is not None
    assert (terms.category, terms.evidence) == (Category.REFUND, "A-1")


def test_a_file_that_is_imported_again_publishes_nothing(importing: Importing) -> None:
    importing(THREE)
    ran = importing(THREE)
    assert "0 new numbers, 0 on other terms than before, 12 unchanged; 12 on" in ran.out
    assert ran.out.endswith("source tokyo: nothing to publish\n")
    assert importing.published() == 1


def test_a_large_file_becomes_several_batches(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_plan, "BATCH_NUMBERS", 5)
    assert importing(THREE).out.endswith("source tokyo: batches 1 to 3 published\n")
    assert len(importing.list.listed) == 12


def test_a_dry_run_says_what_would_change_and_changes_nothing(importing: Importing) -> None:
    importing("0422-99-0001\n0422-99-0002\n", "--category", "refund")
    ran = importing("0422-99-0002\n0422-99-0003\n", "--category", "other", "--dry-run")
    assert ran.out == (
        f"{importing.file}: 2 rows; 1 new numbers, 1 on other terms than before, 0 unchanged; "
        "3 on the list after it\n"
        "nothing published: 1 batch would be\n"
    )
    assert (importing.published(), importing.list.sequence) == (1, 1)


def test_the_options_say_what_the_rows_do_not(importing: Importing) -> None:
    options = ("--category", "robocall", "--reference", "B-2", "--days", "3", "--simulated")
    assert importing("0422-99-0001\n", *options).status == 0
    terms = importing.list.find(81_422_990_001)
    assert terms is not None
    assert terms.until is not None
    assert (terms.category, terms.evidence, terms.simulated) == (Category.ROBOCALL, "B-2", True)
    assert (terms.until - terms.listed_at).days in {2, 3}


def test_numbers_are_taken_off(importing: Importing) -> None:
    importing(THREE)
    ran = importing("number\n0422-99-0001\n0422-99-0009\n", "--retract")
    assert "2 rows; 1 taken off, 1 not on the list; 11 on the list after it" in ran.out
    assert importing.list.find(81_422_990_001) is None
    assert importing.published() == 2


# Wrong rows


WRONG = "number\n0422-99-0001\n422990002\nx\n"


def test_one_wrong_row_publishes_nothing_and_each_is_told(importing: Importing) -> None:
    ran = importing(WRONG, "--category", "refund")
    assert (ran.status, ran.out) == (1, "")
    first, second, last = ran.err.splitlines()
    assert first.startswith("line 3: '422990002' begins with neither 0 nor +")
    assert second.startswith("line 4: ")
    assert last == (
        "callguard: 2 of 3 rows are wrong, and nothing is published; mend them, or pass over them "
        "with --skip-bad"
    )
    assert importing.published() == 0


def test_wrong_rows_can_be_passed_over(importing: Importing) -> None:
    ran = importing(WRONG, "--category", "refund", "--skip-bad")
    assert ran.status == 0
    assert len(ran.err.splitlines()) == 2
    assert "3 rows, 2 wrong and passed over; 1 new numbers" in ran.out
    assert set(importing.list.listed) == {81_422_990_001}


def test_of_a_thousand_wrong_rows_twenty_are_told(importing: Importing) -> None:
    ran = importing("number\n" + "x\n" * 1_020, "--category", "refund")
    assert len(ran.err.splitlines()) == 22
    assert ran.err.splitlines()[20] == "… and 1,000 more"


def test_columns_that_are_not_read_are_told(importing: Importing) -> None:
    ran = importing("number,memo\n0422-99-0001,x\n", "--category", "refund")
    assert (ran.status, ran.err) == (0, "columns that are not read: memo\n")


def test_a_file_that_is_none_is_told(importing: Importing, run: Run, tokyo: Path) -> None:
    ran = run("feed", "import", "none.csv", "--key", str(tokyo))
    assert ran.error == "none.csv cannot be read: No such file or directory"
    assert importing("number\n0422-99-0001\n".encode("utf-16")).error == (
        f"{importing.file}: the file is not text, or in UTF-16; save it as CSV UTF-8"
    )
    assert importing("").error == f"{importing.file}: the file is empty"


def test_a_file_that_is_too_large_is_told(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callguard.cli.feed_import.MAX_FILE_BYTES", 10)
    assert importing("0422-99-0001\n").error.endswith("has more than 10 bytes; divide it")


# What nodes would do


def test_what_nodes_would_hold_is_told(importing: Importing, tokyo: Path, data: Path) -> None:
    trust(tokyo, data, quota=Quota(batch=11))
    ran = importing(THREE, "--dry-run")
    assert (
        "nodes will hold new numbers until someone approves them: 12 new numbers at once; its "
        "quota is 11\n"
    ) in ran.out
    assert importing(THREE).status == 0  # it is a note, and no refusal


def test_what_nodes_would_refuse_is_not_published(
    importing: Importing, tokyo: Path, data: Path
) -> None:
    trust(tokyo, data, categories=frozenset({Category.REFUND}))
    assert importing(THREE).error == (
        "source tokyo has no right to list fake-police; nodes would refuse the batch"
    )
    assert importing.published() == 0


def test_protected_numbers_are_noted(importing: Importing) -> None:
    ran = importing("110\n#9110\n0422-99-0001\n", "--category", "fake-police")
    assert "110, #9110: protected; nodes warn of such calls, and refuse none\n" in ran.out
    assert set(importing.list.listed) == {81110, 819110, 81_422_990_001}


def test_a_feed_that_is_away_is_told_and_the_rest_is_published_next_time(
    importing: Importing, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing("0422-99-0001\n", "--category", "refund")
    monkeypatch.setenv("CALLGUARD_REDIS_URL", "redis://127.0.0.1:1")
    ran = importing(THREE)
    assert ran.status == 1
    assert "0 of 1 batches are published; give the command again for the rest." in ran.err
    assert "signed and kept" in ran.err
    monkeypatch.setenv("CALLGUARD_REDIS_URL", server)
    importing("0422-99-0009\n", "--category", "refund")
    assert importing.published() == 3
