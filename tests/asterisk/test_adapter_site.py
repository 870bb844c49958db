"""From the settings of a home adapter to its Asterisk: what a line needs, what is refused."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk.adapter import Adapter
from callguard.asterisk.adapter_site import Kind, household_site
from callguard.asterisk.conf import SiteError
from callguard.asterisk.site import HouseholdSite, Loader, site_files
from callguard.asterisk.telephone import Telephone
from callguard.settings import Settings, SettingsError

LOADER = Loader(("asterisk",), Path("/modules"), Path("/data"))
SETTINGS = Settings(ami_secret="ami-secret-000001", police_consultation="0422-99-0110")
PHONES = (Telephone(name="living", secret="living-secret-1"), Telephone(contact="192.168.1.20"))
HOME = Adapter(
    line="0422-99-0000",
    gateway="hgw",
    server="192.168.1.1",
    user="3",
    secret="word",
    sip_bind="192.168.1.10",
    phones=PHONES,
)
LINES = {
    Kind.HGW: HOME,
    Kind.NGN: replace(
        HOME,
        gateway="ngn",
        server="203.0.113.1",
        domain="ngn.example.jp",
        network_bind="198.51.100.2:5060",
    ),
    Kind.PROVIDER: replace(HOME, gateway="provider", server="sip.example.jp", user="05099990000"),
    Kind.FXO: replace(HOME, gateway="fxo", server="192.168.1.30:5062"),
}


def site(adapter: Adapter, settings: Settings = SETTINGS) -> HouseholdSite:
    return household_site(adapter, settings)


def pjsip(adapter: Adapter) -> str:
    return site_files(site(adapter), LOADER)["site/pjsip.conf"]


def refusal(adapter: Adapter, settings: Settings = SETTINGS) -> str:
    with pytest.raises((SettingsError, SiteError)) as caught:
        site_files(household_site(adapter, settings), LOADER)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def sections(text: str, kind: str) -> list[dict[str, str]]:
    """Return the sections of ``type=kind``, those of a template by the template's name."""
    found = []
    for block in text.strip().split("\n\n"):
        head, *lines = block.splitlines()
        values = {"section": head} | dict(line.split("=", 1) for line in lines)
        if values.get("type") == kind or f"({kind})" in head:
            found.append(values)
    return found


def test_a_home_gateway_is_registered_at_as_an_extension() -> None:
    text = pjsip(HOME)
    (registration,) = sections(text, "registration")
    assert registration["server_uri"] == "sip:192.168.1.1"
    assert registration["client_uri"] == "sip:3@192.168.1.1"
    assert registration["contact_user"] == "3"
    assert registration["outbound_auth"] == "trunk"
    assert "line" not in registration
    (trunk,) = sections(text, "trunk-common")
    assert (trunk["from_user"], trunk["from_domain"]) == ("3", "192.168.1.1")
    (auth, living) = sections(text, "auth")
    assert (auth["username"], auth["password"]) == ("0003", "word")
    assert (living["username"], living["password"]) == ("living", "living-secret-1")
    assert [one["match"] for one in sections(text, "identify")] == ["192.168.1.1", "192.168.1.20"]


def test_a_home_gateway_may_know_the_adapter_by_its_hardware_and_ask_for_no_password() -> None:
    text = pjsip(replace(HOME, secret=""))
    assert "outbound_auth" not in text
    assert len(sections(text, "registration")) == 1


def test_the_ngn_is_reached_from_port_5060_of_its_own_network_by_its_server() -> None:
    text = pjsip(LINES[Kind.NGN])
    home, network = sections(text, "transport")
    assert (home["bind"], network["bind"]) == ("192.168.1.10:5060", "198.51.100.2:5060")
    (registration,) = sections(text, "registration")
    assert registration["transport"] == "transport-network"
    assert registration["server_uri"] == "sip:ngn.example.jp"
    assert registration["client_uri"] == "sip:0422990000@ngn.example.jp"
    assert registration["outbound_proxy"] == "sip:203.0.113.1\\;lr"
    assert registration["expiration"] == "3600"
    assert "outbound_auth" not in registration
    (trunk,) = sections(text, "trunk-common")
    assert trunk["transport"] == "transport-network"
    assert trunk["from_user"] == "0422990000"
    assert sections(text, "aor")[0]["contact"] == "sip:203.0.113.1"


def test_a_providers_calls_are_known_by_the_registration_and_no_name_is_looked_up() -> None:
    text = pjsip(LINES[Kind.PROVIDER])
    (registration,) = sections(text, "registration")
    assert (registration["line"], registration["endpoint"]) == ("yes", "trunk")
    assert [one["endpoint"] for one in sections(text, "identify")] == ["phone"]
    (trunk,) = sections(text, "trunk-common")
    assert trunk["rewrite_contact"] == "yes"
    (auth, _) = sections(text, "auth")
    assert auth["username"] == "05099990000"


def test_a_provider_may_have_a_domain_a_proxy_and_addresses_of_its_own() -> None:
    provider = replace(
        LINES[Kind.PROVIDER],
        domain="example.jp",
        proxy="proxy.example.jp:5080",
        auth_user="a@example.jp",
        match="203.0.113.0/28, 198.51.100.7",
    )
    text = pjsip(provider)
    (registration,) = sections(text, "registration")
    assert registration["client_uri"] == "sip:05099990000@example.jp"
    (trunk,) = sections(text, "trunk-common")
    assert trunk["outbound_proxy"] == "sip:proxy.example.jp:5080\\;lr"
    assert sections(text, "identify")[0]["match"] == "203.0.113.0/28,198.51.100.7"
    assert sections(text, "auth")[0]["username"] == "a@example.jp"


def test_an_analogue_line_is_answered_before_anything_is_said_and_registers_nowhere() -> None:
    fxo = site(LINES[Kind.FXO])
    assert fxo.globals()["CALLGUARD_EARLY_MEDIA"] == "no"
    text = pjsip(LINES[Kind.FXO])
    assert sections(text, "registration") == []
    # Only that port: a telephone may be behind another one of the same box.
    assert sections(text, "identify")[0]["match"] == "192.168.1.30:5062"
    assert site(replace(LINES[Kind.FXO], early_media="on")).early_media


def test_all_telephones_ring_and_each_is_known_by_its_secret_or_its_address() -> None:
    text = pjsip(HOME)
    assert site(HOME).globals()["CALLGUARD_PHONE"] == "PJSIP/living&PJSIP/phone"
    living, phone = sections(text, "phone-common")
    assert living["auth"] == "living"
    assert "auth" not in phone
    assert living["callerid"] == phone["callerid"] == "<0422990000>"
    assert living["deny"] == "0.0.0.0/0.0.0.0"


def test_the_prefectures_consultation_is_dialled_where_9110_is_not_known() -> None:
    assert site(HOME).consultation == "0422990110"
    assert site(HOME, Settings(ami_secret="ami-secret-000001")).consultation == ""


def test_the_files_lie_in_the_data_folder_unless_said_otherwise() -> None:
    assert site(HOME).folder == SETTINGS.data / "asterisk"
    assert site(replace(HOME, folder="/srv/asterisk")).folder == Path("/srv/asterisk")


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"line": ""}, "[household] has no line; give the home's telephone number"),
    ({"line": "12"}, "line: '12' is not a telephone number"),
    ({"line": "+1 202 555 0123"}, "give a number in Japan"),
    ({"gateway": ""}, "has no gateway; give one of hgw, ngn, provider, fxo"),
    ({"gateway": "isdn"}, "gateway is 'isdn'; give one of hgw"),
    ({"server": ""}, "has no server; give the home gateway's address"),
    ({"server": "hgw.local"}, "server is 'hgw.local'; give an IPv4 address"),
    ({"server": "0.0.0.0"}, "which is nobody's address"),
    ({"server": "192.168.1.1:0"}, "after the colon give a port"),
    ({"server": "192.168.1.1:99999"}, "after the colon give a port"),
    ({"user": ""}, "has no user; give the extension"),
    ({"user": "3;x"}, "user is '3;x'"),
    ({"auth_user": "a b"}, "auth_user is 'a b'"),
    ({"sip_bind": ""}, "has no sip_bind; give this machine's own address"),
    ({"sip_bind": "0.0.0.0:5060"}, "would listen on every network"),
    ({"sip_bind": "8.8.8.8:5060"}, "a public address: anybody could try the telephones' secrets"),
    ({"sip_bind": "home:5060"}, "sip_bind is 'home:5060'"),
    ({"sip_bind": "192.168.1.10:x"}, "after the colon give a port"),
    ({"network_bind": "0.0.0.0"}, "would listen on every network"),
    ({"rtp_ports": "10000"}, "at least 40 ports"),
    ({"rtp_ports": "10000-10010"}, "at least 40 ports"),
    ({"rtp_ports": "80-900"}, "at least 40 ports"),
    ({"rtp_ports": "60000-70000"}, "at least 40 ports"),
    ({"codecs": "g729"}, "codecs has 'g729'; give some of ulaw, alaw, g722"),
    ({"codecs": "ulaw,ulaw"}, "each once"),
    ({"early_media": "yes"}, "early_media is 'yes'; give on or off"),
    ({"scam_key": "9"}, "scam_key: '9'"),
    ({"match": "0.0.0.0/0"}, "half of the world"),
    ({"match": "somewhere"}, "match has 'somewhere'"),
    ({"secret": "a;b"}, "password cannot be written"),
]


@pytest.mark.parametrize(("change", "said"), UNUSABLE, ids=[said for _, said in UNUSABLE])
def test_what_cannot_be_used_is_named_with_what_would_do(change: dict[str, Any], said: str) -> None:
    assert said in refusal(replace(HOME, **change))


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        (Kind.NGN, {"domain": ""}, "has no domain"),
        (Kind.NGN, {"network_bind": ""}, "has no network_bind"),
        (Kind.NGN, {"network_bind": "198.51.100.2:5070"}, "NGN answers port 5060 only"),
        (Kind.PROVIDER, {"secret": ""}, "has no secret; give the SIP password"),
        (Kind.PROVIDER, {"server": "a_b"}, "give an IPv4 address or a name"),
        (Kind.PROVIDER, {"proxy": "x;lr"}, "give an IPv4 address or a name"),
        (Kind.FXO, {"server": "gateway"}, "give an IPv4 address"),
    ],
)
def test_what_a_kind_of_line_needs_is_named(kind: Kind, change: dict[str, Any], said: str) -> None:
    assert said in refusal(replace(LINES[kind], **change))


def test_a_home_without_a_telephone_and_an_asterisk_without_a_secret_are_refused() -> None:
    assert "has no telephone" in refusal(replace(HOME, phones=()))
    assert "two telephones are called 'living'" in refusal(
        replace(HOME, phones=(PHONES[0], PHONES[0]))
    )
    assert "contact of phone" in refusal(replace(HOME, phones=(Telephone(contact="x"),)))
    message = refusal(HOME, Settings(ami_secret="short"))
    assert "ami_secret has 5 characters; give at least 16" in message


_TEXTS = [one.name for one in fields(Adapter) if one.name != "phones"]
_HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from([one.server for one in LINES.values()]).flatmap(
        lambda good: st.text(min_size=1, max_size=8).map(lambda bad: good + bad)
    ),
    st.sampled_from(
        ["x\n[evil]", "a;b", "${SHELL(id)}", "#exec id", "a\r\nb", ">x", "3\n#include x"]
    ),
)


def structure(text: str) -> list[str]:
    """Return what Asterisk would take for sections, keys and directives."""
    return [
        line if line.startswith(("[", "#")) else line.partition("=")[0] for line in text.split("\n")
    ]


PARTS = ("site/pjsip.conf", "site/globals.conf", "asterisk.conf", "rtp.conf")
_EVERYTHING = replace(LINES[Kind.PROVIDER], proxy="proxy.example.jp", match="203.0.113.0/28")
KNOWN = {
    line
    for adapter in (*LINES.values(), _EVERYTHING)
    for part in PARTS
    for line in structure(site_files(household_site(adapter, SETTINGS), LOADER)[part])
}


@given(st.sampled_from(list(Kind)), st.sampled_from(_TEXTS), _HOSTILE)
def test_no_value_ends_a_line_opens_a_section_or_makes_a_variable(
    kind: Kind, name: str, value: str
) -> None:
    change: dict[str, Any] = {name: value}
    adapter = replace(LINES[kind], **change)
    try:
        files = site_files(household_site(adapter, SETTINGS), LOADER)
    except (SettingsError, SiteError) as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert len(said.splitlines()) == 1
        return
    for part in PARTS:
        assert set(structure(files[part])) <= KNOWN
        assert "$" not in files[part]
