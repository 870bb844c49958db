"""What can go wrong with a message, in words that the portal translates."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Why a message did not arrive. A word once written is never renamed: channels keep it."""

    NO_MAIL_SERVER = "no-mail-server"
    """The setting smtp_url is empty."""
    NO_ENCRYPTION = "no-encryption"
    """The mail server offers no TLS, and a login must not cross a network without."""
    CERTIFICATE = "certificate"
    """Its certificate is not valid."""
    MAIL_LOGIN = "mail-login"
    """The mail server does not take the login of the settings."""
    LOGIN = "login"
    """The service does not take the person's token."""
    GONE = "gone"
    """The browser has ended its subscription: the channel is removed."""
    ADDRESS = "address"
    """The server does not know the address."""
    REFUSED = "refused"
    """The server does not take the message, and will not take it later."""
    BUSY = "busy"
    """The server does not take it now."""
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    PRIVATE_TARGET = "private-target"
    """The name leads into the network of the machine itself."""
    BAD_ADDRESS = "bad-address"
    """The service does not understand its own address."""
    NO_KEY = "no-key"
    """The key for push services cannot be used."""
    OWN = "own"
    """A fault of callguard's own."""

    @property
    def lasting(self) -> bool:
        """Whether trying again would be in vain until somebody changes something."""
        return self in {
            Fault.LOGIN,
            Fault.GONE,
            Fault.ADDRESS,
            Fault.REFUSED,
            Fault.PRIVATE_TARGET,
            Fault.BAD_ADDRESS,
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """A fault, and the status that the server gave with it, if any."""

    fault: Fault
    status: int | None = None

    def __str__(self) -> str:
        return self.fault if self.status is None else f"{self.fault} {self.status}"

    @classmethod
    def read(cls, text: str) -> "Failure | None":
        """Read back what ``str`` wrote; None of an empty text."""
        if not text:
            return None
        word, _, status = text.partition(" ")
        return cls(Fault(word), int(status) if status else None)
