"""Tell the health board how models are served."""

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.inference.model import ModelKey, ServedModel
from ports.health import ComponentState

Set = Callable[[ComponentState, str], None]


@dataclass(slots=True, kw_only=True)
class RunnerBoard:
    """What is wrong with which model: one that is refused, or runs on another engine.

    It is told to nobody before `show`.
    """

    _wrong: dict[str, str] = field(default_factory=dict)
    _missing: str = ""
    _lacking: str = ""
    _set: Set | None = None

    def show(self, set_state: Set) -> None:
        """Tell it there from now on, and what is so already."""
        self._set = set_state
        self._tell()

    def missing(self, why: str) -> None:
        """Say that nothing can run here."""
        self._missing = why
        self._tell()

    def lacking(self, what: str) -> None:
        """Say what another process that runs models lacks, "" where nothing is."""
        if what != self._lacking:
            self._lacking = what
            self._tell()

    def loaded(self, one: ServedModel) -> None:
        """Forget what was wrong with the model before."""
        self._right(one.key)

    def recovered(self, key: ModelKey) -> None:
        """Say that its first engine runs it again."""
        self._right(key)

    def gone(self, key: ModelKey) -> None:
        """Forget a model that is not served any more."""
        self._right(key)

    def refused(self, key: ModelKey, why: str) -> None:
        """Say that a version cannot be served."""
        self._note(key, why)

    def fell_back(self, key: ModelKey, failed: str, following: str, why: str) -> None:
        """Say that a model runs on another engine than its first."""
        self._note(key, f"{key} fell back from {failed} to {following}: {why}")

    def _note(self, key: ModelKey, why: str) -> None:
        self._wrong[key.name] = why
        self._tell()

    def _right(self, key: ModelKey) -> None:
        if self._wrong.pop(key.name, None) is not None:
            self._tell()

    def _tell(self) -> None:
        if self._set is None:
            return
        detail = "; ".join(filter(None, (self._missing, self._lacking, *self._wrong.values())))
        self._set(ComponentState.DEGRADED if detail else ComponentState.UP, detail)
