"""Declare an area once: what it builds, what it serves, what it does in the background."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar.types import ControllerRouterHandler

from adapters.http.cases import Cases, Thing
from adapters.http.permissions import AccountPath
from adapters.system.supervisor import Run, Supervisor
from bootstrap.parts import Builder, Parts
from bootstrap.processes.roles import EVERYTHING, Job, Role
from bootstrap.settings.sections import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that runs in the background of a process that has one of the roles.

    run returns what is to run, None where these settings want nothing to. leased: whichever of
    several processes holds that role's lease runs it, and no other. Without `required` the
    process is ready while it is down.
    """

    name: str
    run: Callable[[Parts], Run | None]
    roles: frozenset[Role] = EVERYTHING
    leased: Role | None = None
    # Of which broker, where it is at one besides the default: a job of its own, with its lease.
    broker: str | None = None
    required: bool = True
    may_end: bool = False
    longest_wait_s: float | None = None
    # Further parts of the health board that it speaks for.
    tells: tuple[str, ...] = ()
    # Without a lease: the role of which the latest process tells how it is.
    told_for: Role | None = None

    @property
    def told_by(self) -> frozenset[Job]:
        """The jobs that tell other processes how it is: none for what each does for itself."""
        if self.leased is not None:
            return frozenset({(self.leased, self.broker)})
        if self.told_for is not None:
            return frozenset({(self.told_for, None)})
        return frozenset({(Role.COMMANDS, None)} if self.roles == {Role.COMMANDS} else ())

    def start(self, parts: Parts, supervisor: Supervisor) -> None:
        """Start it where it is wanted."""
        if not parts.plan.roles & self.roles or (run := self.run(parts)) is None:
            return
        if self.leased is not None:
            run = parts.jobs.leased(self.leased, run, self.broker)
        supervisor.start(
            self.name,
            run,
            required=self.required,
            may_end=self.may_end,
            longest_wait_s=self.longest_wait_s,
        )


def of_role(role: Role, name: str, run: Callable[[Parts], Run | None], **more: Any) -> Task:
    """Return a task of one role, under its lease."""
    return Task(name=name, run=run, roles=frozenset({role}), leased=role, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a part answers to other processes, and on which port; part names it in their tokens."""

    part: str
    port: Callable[[Settings], int]
    routes: Callable[[Parts], Sequence[ControllerRouterHandler]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """All that the rest of the house knows of an area; nothing else lists areas.

    builds maps a name to what builds a part: it gets, by the names of its parameters, the parts
    of that name, of this area and of others. routes, bound and parameters are HTTP's: the
    handlers; how a path parameter that names a thing of an account leads to that account; and
    those that name nothing of one account. subscribes
    joins what the market and the streams tell, before any task runs. Tasks start in the order of
    the areas and are stopped in the opposite one, behind an area's own those of tasks_of, whose
    number is known from the settings only; finishes is awaited before that, for what is in hand
    to be done. objects names the part, of those in builds, that the gate asks about every order
    that opens: an ObjectionSource, without whose word nothing opens.
    """

    name: str
    # One sentence for the list of areas in docs/areas.md.
    sentence: str
    builds: Mapping[str, Builder] = field(default_factory=dict)
    routes: Callable[[Parts], Sequence[ControllerRouterHandler]] = lambda _: ()
    bound: Callable[[Parts], Mapping[str, AccountPath]] = lambda _: {}
    parameters: frozenset[str] = frozenset()
    # By method and path: the tests that try every route ask each of these.
    cases: Mapping[str, Cases] = field(default_factory=dict)
    things: Mapping[str, Thing] = field(default_factory=dict)
    subscribes: Callable[[Parts], None] | None = None
    tasks: tuple[Task, ...] = ()
    tasks_of: Callable[[Settings], Iterable[Task]] = lambda _: ()
    finishes: Callable[[Parts, Supervisor], Awaitable[None]] | None = None
    objects: str = ""
    # By the role that answers it where it has a process of its own.
    asked: Mapping[Role, Asked] = field(default_factory=dict)
