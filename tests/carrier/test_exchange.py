"""The exchange's file: read whole, or refused in one line that says what to mend."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk.carrier_site import Egress, Ingress
from callguard.asterisk.site import SiteError
from callguard.carrier.exchange import load_exchange

WHOLE = """
edges = ["192.0.2.1:5060", "192.0.2.2:5060"]
mark_secret_file = "/etc/callguard/mark.secret"
codecs = ["ulaw"]
direct_media = true
max_calls = 500

[[ingress]]
name = "tokyo"
match = ["192.0.2.64/28", "192.0.2.99:5062"]

[[ingress]]
name = "abroad"
match = ["192.0.2.80"]
abroad = true

[[ingress]]
name = "own"
match = ["192.0.2.88"]
outbound = true

[[egress]]
name = "tokyo"
contact = "192.0.2.65:5060"

[[egress]]
name = "osaka"
contact = "192.0.2.66:5060"
options = false
"""


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text(WHOLE)
    exchange = load_exchange(path)
    assert exchange.ingresses == (
        Ingress("tokyo", ("192.0.2.64/28", "192.0.2.99:5062")),
        Ingress("abroad", ("192.0.2.80",), abroad=True),
        Ingress("own", ("192.0.2.88",), outbound=True),
    )
    assert exchange.egresses[1] == Egress("osaka", "192.0.2.66:5060", options=False)
    assert exchange.edges == ("192.0.2.1:5060", "192.0.2.2:5060")
    assert (exchange.codecs, exchange.direct_media, exchange.max_calls) == (("ulaw",), True, 500)
    assert exchange.early_media


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("edges = 1\n" + WHOLE.replace("edges = [", "others = ["), "edges is 1"),
        (WHOLE.replace("edges =", "edge ="), "no setting 'edge'"),
        (WHOLE.replace("abroad = true", "abroad = 1"), "ingress abroad: abroad is 1"),
        (WHOLE.replace("abroad = true", "foreign = true"), "no setting 'foreign'"),
        (WHOLE.replace('"192.0.2.80"', '"trunk.example.jp"'), "trunk.example.jp"),
        (WHOLE.replace("192.0.2.65:5060", "192.0.2.65:0"), "no port"),
        (WHOLE.replace("192.0.2.2:5060", "192.0.2.2"), "write 192.0.2.2:5060"),
        (WHOLE.replace('name = "osaka"', 'name = "a]b"'), "a name is"),
        (WHOLE.replace("max_calls = 500", "max_calls = -1"), "max_calls is -1"),
        (WHOLE.replace('["ulaw"]', '"ulaw"'), "codecs is 'ulaw'"),
        ("mark_secret_file = 'x'", "at least one"),
        ("= what", "not a TOML file"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path: Path, wrong: str, told: str) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text(wrong)
    with pytest.raises(SiteError) as refused:
        load_exchange(path)
    message = str(refused.value)
    assert told in message
    assert message.startswith(str(path))
    assert "\n" not in message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="cannot be read"):
        load_exchange(tmp_path / "none.toml")


@given(st.text(max_size=60))
def test_no_text_is_taken_for_an_address_that_ends_a_line(text: str) -> None:
    try:
        one = Ingress("a", (text,))
    except SiteError:
        return
    assert set("".join(one.match)) <= set("0123456789abcdefABCDEF.:/")


def test_the_secret_is_read_when_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text(WHOLE.replace("/etc/callguard/mark.secret", str(tmp_path / "secret")))
    exchange = load_exchange(path)
    with pytest.raises(SiteError, match="openssl rand"):
        exchange.mark_secret()
    (tmp_path / "secret").write_text("0123456789abcdef\n")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(SiteError, match="everybody on this machine can read"):
        exchange.mark_secret()
    (tmp_path / "secret").chmod(0o600)
    assert exchange.mark_secret() == "0123456789abcdef"
