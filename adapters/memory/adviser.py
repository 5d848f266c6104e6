"""Answer prompts with what was given beforehand."""

from collections.abc import Mapping

from domain.risk.advice import Prompt
from ports.adviser import AdviserUnavailable


class MemoryAdviser:
    """Says for each model what it was told to say; a model without a reply is unavailable."""

    def __init__(self, replies: Mapping[str, str | None]) -> None:
        self.replies = dict(replies)
        self.asked: list[tuple[str, Prompt]] = []

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in the order in which they were given."""
        return tuple(self.replies)

    async def ask(self, prompt: Prompt, *, model: str) -> str:
        """Return the model's reply; raises AdviserUnavailable."""
        self.asked.append((model, prompt))
        reply = self.replies.get(model)
        if reply is None:
            raise AdviserUnavailable(f"{model} has no reply")
        return reply
