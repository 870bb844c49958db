"""How the node's parts stand, gathered for the figures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.figures.verdicts import VerdictFigures
from callguard.node.standing import NodeStanding
from callguard.settings import Settings


def heard(moment: datetime) -> dict[str, NodeList]:
    return {"tokyo": NodeList(SourceList("tokyo"), heard_at=moment)}


def test_what_was_issued_before_the_node_began_is_not_late(tmp_path: Path) -> None:
    standing = NodeStanding(Settings(data=tmp_path), Mock(), Mock(), VerdictFigures())
    standing.enforced("tokyo", heard(datetime.now(UTC) - timedelta(hours=1)))
    assert standing.lags == {}
    standing.enforced("tokyo", heard(datetime.now(UTC)))
    assert 0 <= standing.lags["tokyo"] < 60
