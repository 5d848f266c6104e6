"""Say what a step of succession means to the person who is told of it."""

from collections.abc import Mapping
from types import MappingProxyType

_WELL, _VETO, _CONFIRM = "well", "veto", "confirm"
# By what happened and what the person is asked.
_WORDS: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType(
    {
        ("reminded", _WELL): (
            "Please check in",
            (
                "You have not been heard of for a while. Check in, and nothing else happens."
                " Without an answer your trustees are asked next, and trading may only reduce"
                " positions."
            ),
        ),
        ("contact_ping", _WELL): (
            "Please check in: your trustees are being asked",
            (
                "You have not been heard of since you were reminded. Trading may only reduce"
                " positions now, and your trustees were asked whether you are gone. Check in, and"
                " all of that is taken back."
            ),
        ),
        ("contact_ping", _CONFIRM): (
            "You are asked as a trustee",
            (
                "The owner has been silent for long. Confirm only what you know: the owner may"
                " still object. If you can reach the owner, ask them to check in."
            ),
        ),
        ("grace", _WELL): (
            "Please check in: the last days to object",
            (
                "Trading is halted, and everything is handed over to your trustees when these days"
                " are over and enough of them have confirmed. Check in, and that is taken back."
            ),
        ),
        ("grace", _CONFIRM): (
            "You are asked as a trustee: the last days to object",
            (
                "The owner is still silent, and trading is halted. Confirm only what you know: the"
                " owner may still object."
            ),
        ),
        ("released", _VETO): (
            "Everything was released to your trustees",
            "If you are well, take it back within 72 hours. Trading stays halted.",
        ),
        ("released", ""): (
            "The succession was released to you",
            (
                "The owner may take it back for 72 hours. Trading stays halted until a trustee"
                " releases it after that."
            ),
        ),
        ("armed", ""): (
            "The owner was heard of",
            (
                "Nothing more is asked of the trustees; what they confirmed was dropped. What the"
                " succession had stopped is released."
            ),
        ),
        ("confirmed", ""): (
            "A trustee has confirmed that you are gone",
            "If you are well, check in: it is dropped then.",
        ),
        ("handed_over", ""): (
            "The succession is final",
            "The owner did not object in 72 hours. Trustees have the access that the plan names.",
        ),
        ("trading_released", ""): (
            "A trustee has released trading",
            "What the succession had stopped may trade again.",
        ),
        ("dry_run", ""): (
            "A rehearsal of the succession",
            "Nothing has happened and nothing is asked of you: this shows what would be sent.",
        ),
    }
)
# What the words say already, or what is only a mark for us.
SAID = frozenset({"asks", "dry_run"})


def words_of(kind: str, detail: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the subject of a notice of succession and what comes first, None for another's."""
    area, _, what = kind.partition(".")
    if area != "succession":
        return None
    return _WORDS.get((what, detail.get("asks", "").lower()))
