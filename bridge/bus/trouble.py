"""Why a broker cannot be reached or does not let us in, as an operator reads it: what, whose turn it is, and what to do."""

import socket
import ssl
from typing import NamedTuple

from bridge.errors import Unavailable
from bridge.texts import text

VERIFIED = {10: "bus-expired", 62: "bus-name", 64: "bus-name"} | dict.fromkeys((18, 19, 20, 21), "bus-authority")
"""What OpenSSL says of the broker's certificate (X509_V_ERR_…), and our sentence."""


class Refusal(Unavailable):
    """The broker has answered, and does not want us."""


class Trouble(NamedTuple):
    """What is in the way."""

    code: str
    where: str
    reason: str

    @property
    def sentence(self) -> str:
        """In the operator's language."""
        return text(self.code, None, where=self.where, reason=self.reason)


def trouble(error: Exception, where: str, *, tls: bool, noted: str = "") -> Trouble:
    """For an error while connecting to ``where``; ``noted``: what paho noted on the way, such as the broker's TLS alert."""
    return Trouble(code_of(error, tls=tls), where, noted or str(error))


def code_of(error: Exception, *, tls: bool) -> str:
    """Which sentence it is."""
    match error:
        case ssl.SSLCertVerificationError():
            return VERIFIED.get(error.verify_code, "bus-certificate")
        case socket.gaierror():
            return "bus-unknown"
        case Refusal():
            return "bus-account"
        case Unavailable() | ssl.SSLError() | ConnectionResetError() | BrokenPipeError() if tls:
            return "bus-hung-up-tls"
        case Unavailable() | ConnectionResetError() | BrokenPipeError():
            return "bus-hung-up"
        case _:
            return "bus-away"
