"""How the node's parts stand, gathered for the figures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.figures.verdicts import VerdictFigures
from callguard.node.standing import NodeStanding
from callguard.screening import Action, Reason
from callguard.settings import Settings


def heard(moment: datetime) -> dict[str, NodeList]:
    return {"tokyo": NodeList(SourceList("tokyo"), heard_at=moment)}


def test_what_was_issued_before_the_node_began_is_not_late(tmp_path: Path) -> None:
    standing = NodeStanding(Settings(data=tmp_path), Mock(), Mock(), VerdictFigures())
    standing.enforced("tokyo", heard(datetime.now(UTC) - timedelta(hours=1)))
    assert standing.lags == {}
    standing.enforced("tokyo", heard(datetime.now(UTC)))
    assert 0 <= standing.lags["tokyo"] < 60


async def test_what_the_workers_refuse_is_counted_from_the_start_of_the_services_on(
    tmp_path: Path,
) -> None:
    verdicts = VerdictFigures()
    worker = verdicts.worker(0)
    worker.decided(Action.REJECT, Reason.WITHHELD)
    worker.tell(0)
    keeping = Mock(fault="", unreadable=0)
    keeping.channels.return_value = {}
    standing = NodeStanding(Settings(data=tmp_path), Mock(connected=False), keeping, verdicts)
    for reason in (Reason.WITHHELD, Reason.OVERSEAS):
        worker.decided(Action.REJECT, reason)
    worker.decided(Action.WARN, Reason.UNLISTED)
    worker.tell(0)
    standing.told("UserEvent", {"UserEvent": "Callguard", "Action": "warn", "Defence": "daemon"})
    await standing.look()
    assert standing.now.defences == {"daemon": 3}
    assert standing.now.outcomes == {"refused": 2}
