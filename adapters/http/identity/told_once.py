"""Keep what is told once out of the answers that are stored for repeats (invariant 13)."""

import msgspec

from adapters.http.identity.schemas import InvitedView, ResetView

_INVITED = msgspec.json.Decoder(InvitedView)
_RESET = msgspec.json.Decoder(ResetView)


def invited_without_token(body: bytes) -> bytes:
    """Return the answer to an invitation as it may be stored."""
    kept = msgspec.structs.replace(_INVITED.decode(body), token=None, text=None)
    return msgspec.json.encode(kept)


def reset_without_token(body: bytes) -> bytes:
    """Return the answer to a password reset as it may be stored."""
    return msgspec.json.encode(msgspec.structs.replace(_RESET.decode(body), token=None))
