"""Hold where the action in hand came from: its session, address and program."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

AGENT_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A caller's session, network address and program, as far as they are known."""

    session_id: UUID | None = None
    ip: str = ""
    user_agent: str = ""


NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=NOWHERE)
current = _origin.get


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Let every audit entry that is made in the block say where its action came from."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def session_now() -> UUID | None:
    """Return the session of the action in hand."""
    return current().session_id


def ip_now() -> str:
    """Return the network address of the action in hand."""
    return current().ip


def agent_now() -> str:
    """Return the program of the action in hand."""
    return current().user_agent


@lru_cache(maxsize=1_024)
def plain_agent(given: str) -> str:
    """Return what a program calls itself, short and printable: it is a stranger's text."""
    short = given[:AGENT_CHARACTERS_MAX]
    return "".join(one if one.isprintable() else "?" for one in short)
