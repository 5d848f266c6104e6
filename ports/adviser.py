"""What the core needs to ask a language model for a second opinion on a rating."""

from typing import Protocol

from domain.risk.advice import AdviceBudget, Prompt
from ports.work import Kind

ADVICE_BUDGETS = Kind("advice_budgets", AdviceBudget)


class AdviserUnavailable(Exception):
    """There is no reply of that model now; the message says why, and repeats nothing it said."""


class Adviser(Protocol):
    """Models that answer a prompt. What they say is a stranger's word: the caller judges it."""

    @property
    def models(self) -> tuple[str, ...]:
        """Their names, the one to ask first in front."""
        ...

    async def ask(self, prompt: Prompt, *, model: str) -> str:
        """Return the text of the model's whole reply; raises AdviserUnavailable.

        May take as long as it likes: the caller bounds the wait.
        """
        ...
