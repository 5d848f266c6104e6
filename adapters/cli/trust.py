"""Know a server again by its certificate, whoever signed it."""

import ssl
from pathlib import Path

from adapters.cli.failures import CommandFailed

_END = "-----END CERTIFICATE-----"


def trusting(certificate: Path) -> ssl.SSLContext:
    """Return what takes this certificate for its server's, and no other; raises CommandFailed.

    By whatever name it is called: who has the key is the server.
    """
    try:
        first = certificate.read_text().partition(_END)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = False
        # The certificate itself is the anchor: whoever signed it can vouch for no other.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=first[0] + first[1])
    except (OSError, ValueError) as problem:
        raise CommandFailed(f"{certificate} cannot be read: {problem}") from problem
    return context
