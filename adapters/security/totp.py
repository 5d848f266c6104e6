"""Make and check time-based one-time codes (RFC 6238) as authenticator apps do."""

import hmac
import io
from base64 import b32encode
from datetime import datetime

import pyotp
import segno

from domain.identity.factor_codes import DIGITS, DRIFT, STEP_S

ISSUER = "Ballast"


class PyotpCodes:
    """Codes of SHA-1, six digits, thirty seconds: what every app can (port TotpCodes)."""

    def step_of(self, code: str, *, seed: bytes, at: datetime) -> int | None:
        """Return the latest time step near `at` whose code that is, None when there is none."""
        now = int(at.timestamp()) // STEP_S
        made = _codes(self.text(seed))
        # All of them each time. Where two steps share a code the later one is used up with it.
        found = [
            step
            for step in range(max(0, now - DRIFT), now + DRIFT + 1)
            if hmac.compare_digest(made.generate_otp(step).encode(), code.encode())
        ]
        return max(found, default=None)

    def uri(self, *, seed: bytes, account: str) -> str:
        """Return the otpauth URI that an app reads the seed from."""
        return _codes(self.text(seed)).provisioning_uri(name=account, issuer_name=ISSUER)

    def text(self, seed: bytes) -> str:
        """Return the seed as a person types it into an app."""
        return b32encode(seed).decode()

    def picture(self, uri: str) -> str:
        """Return the URI as a QR code in SVG."""
        out = io.BytesIO()
        segno.make(uri, error="m", micro=False).save(out, kind="svg", scale=4, xmldecl=False)
        return out.getvalue().decode()


def _codes(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)
