"""Sites whose Asterisk tells of each call from the network when it ends, by its SIP Call-ID.

The dialplan itself tells nobody of the calls that the daemon refuses.
"""

from dataclasses import dataclass

from ..asterisk.carrier_site import CarrierSite
from ..asterisk.site import HouseholdSite

EVENT = "CallguardDemo"

_ENDPOINT = """
[{name}](+type=endpoint)
set_var=CHANNEL(hangup_handler_push)=callguard-demo,s,1
"""

_HEADERS = (
    "CallID: ${CALLGUARD_CALL_ID}",
    "Action: ${CALLGUARD_ACTION}",
    "Reason: ${CALLGUARD_REASON}",
    "Defence: ${CALLGUARD_DEFENCE}",
    r"SIPCallID: ${FILTER(0-9A-Za-z@._\x2d,${CHANNEL(pjsip,call-id):0:128})}",
)

_DIALPLAN = f"""
[callguard-demo]
exten => s,1,ExecIf($["${{CALLGUARD_ACTION}}" != ""]?UserEvent({EVENT},{",".join(_HEADERS)}))
 same => n,Return()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldHousehold(HouseholdSite):
    """A home's site that tells."""

    def pjsip(self) -> str:
        """Return the sections of ``site/pjsip.conf``."""
        return HouseholdSite.pjsip(self) + _ENDPOINT.format(name="trunk")

    def dialplan(self) -> str:
        """Return the site's own contexts."""
        return _DIALPLAN


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCarrier(CarrierSite):
    """A carrier's site that tells."""

    def pjsip(self) -> str:
        """Return the sections of ``site/pjsip.conf``."""
        own = [_ENDPOINT.format(name=f"ingress-{one.name}") for one in self.ingresses]
        return CarrierSite.pjsip(self) + "".join(own)

    def dialplan(self) -> str:
        """Return the site's own contexts."""
        return _DIALPLAN
