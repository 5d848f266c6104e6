"""Hold what a person answers for before a stopped scope trades again."""

from collections.abc import Mapping
from types import MappingProxyType

# By the name under which it is answered: what a yes says.
QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "cause_found": "What engaged the stop is found, and will not come again at once.",
        "orders_reviewed": "The orders that were cancelled were looked at, and what is to rest"
        " again is known.",
        "positions_reviewed": "What is held now is what should be held.",
        "limits_reviewed": "The risk rules fit what is to be traded next.",
    }
)


def unanswered(answers: Mapping[str, bool]) -> tuple[str, ...]:
    """Return what was not answered with yes, in the order of the questions."""
    return tuple(name for name in QUESTIONS if answers.get(name) is not True)
