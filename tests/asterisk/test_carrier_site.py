"""The configuration of a node at an exchange."""

from dataclasses import replace
from pathlib import Path

import pytest

from callguard.asterisk.carrier_site import CarrierSite, Egress, Ingress
from callguard.asterisk.site import Loader, SiteError, write_site

LOADER = Loader(("asterisk",), Path("/modules"), Path("/data"))


def carrier(folder: Path, **values: object) -> CarrierSite:
    chosen: dict[str, object] = {
        "folder": folder,
        "agi": "127.0.0.1:4573",
        "fallback": Path("/bin/callguard-agi"),
        "ami_port": 5038,
        "ami_secret": "secret",
        "ingresses": (
            Ingress("tokyo", ("192.0.2.64/28",)),
            Ingress("abroad", ("192.0.2.80",), abroad=True),
        ),
        "egresses": (Egress("tokyo", "192.0.2.65:5060"), Egress("osaka", "192.0.2.66:5060")),
        **values,
    }
    return CarrierSite(**chosen)  # type: ignore[arg-type]


def written(site: CarrierSite) -> dict[str, str]:
    etc = write_site(site, LOADER).parent
    return {str(path.relative_to(etc)): path.read_text() for path in etc.rglob("*.conf")}


def test_a_carrier_has_no_telephone_and_no_line(tmp_path: Path) -> None:
    files = written(carrier(tmp_path))
    assert "CALLGUARD_LINE" not in files["site/globals.conf"]
    assert "phone" not in files["site/pjsip.conf"]


def test_only_a_trunk_from_abroad_says_so(tmp_path: Path) -> None:
    pjsip = written(carrier(tmp_path))["site/pjsip.conf"]
    sections = {part.partition("]")[0]: part for part in pjsip.split("[") if "(ingress)" in part}
    assert "set_var=CALLGUARD_ABROAD=1" in sections["ingress-abroad"]
    assert "CALLGUARD_ABROAD" not in sections["ingress-tokyo"]


def test_an_outbound_trunk_has_a_dialplan_of_its_own(tmp_path: Path) -> None:
    own = Ingress("own", ("192.0.2.88",), outbound=True)
    pjsip = written(replace(carrier(tmp_path), ingresses=(own,)))["site/pjsip.conf"]
    assert "[ingress-own](outbound)" in pjsip
    with pytest.raises(SiteError, match="not both"):
        replace(own, abroad=True)


def test_calls_go_back_by_each_trunk_in_turn(tmp_path: Path) -> None:
    files = written(carrier(tmp_path))
    assert "CALLGUARD_EGRESSES=tokyo-osaka\n" in files["site/globals.conf"]
    assert "[egress-osaka](egress-aor)\ncontact=sip:192.0.2.66:5060\n" in files["site/pjsip.conf"]
    assert "maxcalls" not in files["asterisk.conf"]
    assert "maxcalls=300\n" in written(carrier(tmp_path, max_calls=300))["asterisk.conf"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"egresses": ()}, "no egress"),
        ({"ingresses": ()}, "no ingress and no edge"),
        ({"egresses": (Egress("a", "192.0.2.1:1"), Egress("a", "192.0.2.2:1"))}, "there twice"),
        ({"edges": ("edge.example.jp",)}, "not an IPv4 address"),
        ({"codecs": ("ulaw", "g729")}, "codec 'g729'"),
        ({"mark_secret": "short"}, "mark_secret"),
        ({"mark_secret": "0123456789abcdef,evil"}, "mark_secret"),
    ],
)
def test_what_cannot_be_used_is_refused(
    tmp_path: Path, values: dict[str, object], told: str
) -> None:
    with pytest.raises(SiteError, match=told):
        carrier(tmp_path, **values)
