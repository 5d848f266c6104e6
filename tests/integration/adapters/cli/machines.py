"""A machine with a home and a data folder that nobody else has."""

from dataclasses import dataclass
from pathlib import Path

from tests.integration.bootstrap.processes import Done, ballast


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where commands run."""

    home: Path

    @classmethod
    def at(cls, home: Path) -> "Machine":
        """Make one."""
        home.mkdir()
        return cls(home=home)

    @property
    def file(self) -> Path:
        """Where the session is kept."""
        return self.home / "state" / "ballast" / "session.json"

    def run(self, *arguments: str, typed: str = "", **more: str) -> Done:
        """Run a command there."""
        own = {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state")}
        return ballast(self.home / "var", *arguments, typed=typed, **(own | more))

    def done(self, *arguments: str, typed: str = "", **more: str) -> str:
        """Run a command there that succeeds, and return what it printed."""
        done = self.run(*arguments, typed=typed, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout
