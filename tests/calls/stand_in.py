"""A stand-in for what a home's line comes out of: an Asterisk that asks for registration.

It does what is known of a home gateway of ひかり電話, of the NGN, of a provider and of an analogue
line's gateway: no display name, the called number in P-Called-Party-ID, a subaddress behind the
caller's number, a password asked for where that is so.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from callguard.asterisk.instance import Asterisk, find_loader
from callguard.asterisk.site import Site

ADDRESS = "127.0.0.2"
SECRET = "gateway-word"
EXTENSION, PROVIDER, NUMBER = "3", "05099990000", "0422990000"

_PJSIP = """\
[global]
type=global
endpoint_identifier_order=ip,auth_username,username

[transport]
type=transport
protocol=udp
bind={address}:{port}

[common](!)
type=endpoint
disallow=all
allow=ulaw
direct_media=no

[network](common)
identify_by=ip
context=from-network
aors=network
[network]
type=identify
endpoint=network
match=127.0.0.1:{calling}
[network]
type=aor
contact=sip:127.0.0.1:{called}

[0003](common)
identify_by=auth_username
context=from-home
auth=0003
aors=0003
[0003]
type=auth
auth_type=userpass
username=0003
password={secret}
[0003]
type=aor
max_contacts=1
remove_existing=yes

[05099990000](common)
identify_by=auth_username
context=from-home
auth=05099990000
aors=05099990000
[05099990000]
type=auth
auth_type=userpass
username=05099990000
password={secret}
[05099990000]
type=aor
max_contacts=1
remove_existing=yes

[0422990000](common)
identify_by=username
context=from-home
aors=0422990000
[0422990000]
type=aor
max_contacts=1
remove_existing=yes

[analogue](common)
identify_by=ip
context=from-home
aors=analogue
[analogue]
type=identify
endpoint=analogue
match={fxo_home}
[analogue]
type=aor
contact=sip:line@{fxo_home}
"""

_DIALPLAN = """\
[from-network]
exten => hgw,1,Gosub(ring,s,1(0003))
exten => provider,1,Gosub(ring,s,1(05099990000))
exten => ngn,1,Gosub(ring,s,1(0422990000))
exten => fxo,1,Gosub(ring,s,1(analogue))

[ring]
exten => s,1,Set(CALLERID(name)=)
 same => n,GotoIf($["${CALLERID(num)}" = "anonymous"]?withheld)
 same => n,Set(CALLERID(num)=${CALLERID(num)}\\;isub=12)
 same => n,Goto(ring)
 same => n(withheld),Set(CALLERID(pres)=prohib)
 same => n(ring),Dial(PJSIP/${ARG1},60,b(ring^headers^1))
 same => n,Hangup(${HANGUPCAUSE})
exten => headers,1,Set(PJSIP_HEADER(add,P-Called-Party-ID)=<sip:0422990000@ngn.example.jp>)
 same => n,Return()

[from-home]
exten => _[+0-9*#]!,1,Dial(PJSIP/${STRREPLACE(EXTEN,#,%23)}@network)
 same => n,Hangup(${HANGUPCAUSE})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StandIn(Site):
    """An Asterisk that is nobody's home: its dialplan and its pjsip.conf are written over."""

    profile: ClassVar[str] = "carrier"


def gateway(
    folder: Path, *, port: int, ami: int, calling: int, called: int, fxo_home: str, rtp: int
) -> Asterisk:
    """Return the stand-in, not started yet.

    Calls from the port ``calling`` of 127.0.0.1 are the network's, and to the port ``called`` calls
    to the network go. ``fxo_home`` is the home, host:port, that has an analogue line.
    """
    site = _StandIn(
        folder=folder,
        agi="127.0.0.1:9",
        fallback=Path("/bin/false"),
        ami_port=ami,
        ami_secret="stand-in-secret-01",
        rtp_ports=(rtp, rtp + 199),
    )
    asterisk = Asterisk(site, find_loader())
    etc = folder / "etc"
    (etc / "pjsip.conf").write_text(
        _PJSIP.format(
            address=ADDRESS,
            port=port,
            calling=calling,
            called=called,
            secret=SECRET,
            fxo_home=fxo_home,
        )
    )
    (etc / "extensions.conf").write_text(_DIALPLAN)
    return asterisk
