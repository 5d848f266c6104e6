"""Load models, let them go, and run them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from application.inference.chain import EngineChain
from application.inference.observer import ModelObserver
from application.inference.queue import ModelQueue, QueueRules
from application.inference.refusals import CannotServe, NoModel
from application.inference.served import FoundModel, Running, RunResult
from domain.inference.model import (
    PRIORITY,
    InMemory,
    ModelFacts,
    ModelKey,
    ServedModel,
    in_order,
    newest,
    to_make_room,
)
from domain.inference.tensors import Arrays, checked_inputs
from ports.inference import Engine, EngineMissing, Examined, Examiner, ModelFiles, ModelRefused
from ports.time import Clock, Sleeper


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingRules:
    """How much models may take together, how long a run may, and how requests wait."""

    budget_bytes: int
    run_s_max: float
    queue: QueueRules = field(default_factory=QueueRules)
    # No other engine than this one, where one is named.
    require: str | None = None


class ServeModels:
    """The models of one process: at most one version of each is served at a time.

    engines are those of the host, in the order in which they are asked, accelerators are asked
    before them. A version takes another's place only once it is ready; requests that wait for
    the one before are answered by it.
    """

    def __init__(
        self,
        *,
        files: ModelFiles | None,
        examiner: Examiner,
        engines: Sequence[Engine],
        accelerators: Sequence[Engine] = (),
        elsewhere: Callable[[ModelKey], Engine] | None = None,
        rules: ServingRules,
        clock: Clock,
        sleeper: Sleeper,
        told: ModelObserver,
    ) -> None:
        self._files = files
        self._examiner = examiner
        self._engines = engines
        self._accelerators = accelerators
        # Another process that runs that model, asked before all that are here.
        self._elsewhere = elsewhere
        self._rules = rules
        self._clock = clock
        self._sleeper = sleeper
        self._told = told
        self._served: dict[str, Running] = {}
        self._problems: dict[str, str] = {}
        # Unloaded by somebody: a request does not bring them back.
        self._let_go: set[str] = set()
        self._turn = asyncio.Lock()

    async def load_all(self) -> Mapping[str, str]:
        """Load the newest version of every model; return by name why one could not be."""
        for name, versions in (await self._versions()).items():
            version = newest(versions)
            if version is not None and name not in self._served:
                try:
                    await self.load(ModelKey(name, version))
                except CannotServe:
                    continue
        return dict(self._problems)

    def served(self) -> Sequence[ServedModel]:
        """Return what is served now, by name."""
        return [one.shown() for _, one in sorted(self._served.items())]

    async def list(self) -> Sequence[FoundModel]:
        """Return every model of the folder, and what is served."""
        versions = await self._versions()
        return [
            self._found(one, versions.get(one, ())) for one in sorted({*versions, *self._served})
        ]

    async def get(self, name: str) -> FoundModel:
        """Return one; raises NoModel."""
        versions = (await self._versions()).get(name, ())
        if not versions and name not in self._served:
            raise NoModel(f"there is no model {name!r}")
        return self._found(name, versions)

    async def load(self, key: ModelKey, *, pinned: bool | None = None) -> ServedModel:
        """Serve a version in place of the one before; raises NoModel, CannotServe.

        pinned keeps it in memory whatever else is loaded; None leaves that as it was. A version
        that cannot be served leaves the one before where it is.
        """
        async with self._turn:
            before = self._served.get(key.name)
            try:
                content = None if self._files is None else await self._files.read(key)
                if content is None:
                    raise NoModel(f"there is no model {key.name!r} of version {key.version!r}")
                examined = await self._examiner.examine(content)
                one = await self._ready(key, examined, pinned=pinned, before=before)
            except (ModelRefused, EngineMissing) as problem:
                self._problems[key.name] = f"{key}: {problem}"
                self._told.refused(key, self._problems[key.name])
                raise CannotServe(f"{key}: {problem}") from None
            self._problems.pop(key.name, None)
            self._let_go.discard(key.name)
            self._served[key.name] = one
            if before is not None:
                await before.retire()
            shown = one.shown()
            self._told.loaded(shown)
            return shown

    async def unload(self, name: str) -> None:
        """Serve it no longer, once who waits is answered; raises NoModel, CannotServe."""
        async with self._turn:
            if name not in self._served:
                await self.get(name)
                raise CannotServe(f"{name} is not loaded")
            self._let_go.add(name)
            await self._retire(name)

    async def run(
        self,
        name: str,
        inputs: Arrays,
        *,
        version: str | None = None,
        priority: int = PRIORITY,
        timeout_s: float | None = None,
    ) -> RunResult:
        """Return what a model says of inputs.

        Raises NoModel, CannotServe, InvalidValue, QueueFull, CannotRun, RanTooLong.
        """
        one = await self._serving(name)
        if version is not None and version != one.key.version:
            raise CannotServe(f"{name} is served in version {one.key.version}, not {version}")
        one.used_at = self._clock.monotonic()
        checked = checked_inputs(inputs, one.facts.inputs)
        answer = one.queue.ask(checked, priority=priority, timeout_s=timeout_s)
        outputs = await answer
        return RunResult(key=one.key, facts=one.facts, engine=one.chain.engine, outputs=outputs)

    async def ready(self, name: str) -> tuple[ModelKey, ModelFacts]:
        """Return the version that is served, and what is known of it.

        Raises NoModel, CannotServe.
        """
        one = await self._serving(name)
        return one.key, one.facts

    async def coming(self, name: str) -> str | None:
        """Return the version that the next request loads, None where one is served or none is."""
        if name in self._served or name in self._let_go or name in self._problems:
            return None
        return newest((await self._versions()).get(name, ()))

    async def stop(self) -> None:
        """Answer who waits that it is over, and close everything."""
        while self._served:
            _, one = self._served.popitem()
            await one.queue.stop()
            await one.chain.close()

    async def _serving(self, name: str) -> Running:
        """Return what is served, loaded now where it is not; raises NoModel, CannotServe."""
        if (one := self._served.get(name)) is not None:
            return one
        found = await self.get(name)
        if name in self._let_go:
            raise CannotServe(f"{name} was unloaded")
        if found.problem:
            raise CannotServe(found.problem)
        version = newest(found.versions)
        if name not in self._served and version is not None:
            await self.load(ModelKey(name, version))
        if (one := self._served.get(name)) is None:
            raise CannotServe(f"{name} is not loaded")
        return one

    async def _ready(
        self, key: ModelKey, examined: Examined, *, pinned: bool | None, before: Running | None
    ) -> Running:
        """Make room and open a model; raises ModelRefused, EngineMissing."""
        facts = examined.facts
        await self._make_room(facts.memory_bytes, but=key.name)
        chain = EngineChain(
            key,
            examined,
            engines=self._allowed(key, facts),
            run_s_max=self._rules.run_s_max,
            told=self._told,
        )
        await chain.start()
        queue = ModelQueue(
            chain.run,
            together=not facts.single,
            rules=self._rules.queue,
            clock=self._clock,
            sleeper=self._sleeper,
            on_batch=partial(self._told.batched, key),
        )
        kept = before.pinned if before is not None else False
        return Running(
            key=key,
            facts=facts,
            chain=chain,
            queue=queue,
            loaded_at=self._clock.now(),
            pinned=kept if pinned is None else pinned,
            used_at=self._clock.monotonic(),
        )

    def _allowed(self, key: ModelKey, facts: ModelFacts) -> Sequence[Engine]:
        """Return the engines from the first that can run it on; raises ModelRefused."""
        names = [one.name for one in self._engines]
        first = names.index(facts.engine) if facts.engine in names else 0
        # An accelerator runs what the first of the host's engines does: its kernels fall back on
        # that one's.
        engines = (*(() if first else self._accelerators), *self._engines[first:])
        if self._elsewhere is not None:
            engines = (self._elsewhere(key), *engines)
        if (required := self._rules.require) is None:
            return engines
        found = [one for one in engines if one.name == required]
        if not found:
            why = facts.without or f"it runs on {facts.engine}"
            raise ModelRefused(f"inference.require is {required}: {why}")
        return found

    async def _make_room(self, needed: int, *, but: str) -> None:
        """Let models go that were not used for longest; raises ModelRefused."""
        loaded = {
            name: InMemory(
                memory_bytes=one.facts.memory_bytes, used_at=one.used_at, pinned=one.pinned
            )
            for name, one in self._served.items()
            # Its own version before goes anyway, once this one is ready.
            if name != but
        }
        budget = self._rules.budget_bytes
        going = to_make_room(loaded, needed_bytes=needed, budget_bytes=budget)
        if going is None:
            pinned = sum(one.memory_bytes for one in loaded.values() if one.pinned)
            raise ModelRefused(
                f"takes {needed} bytes of memory: the budget is {budget}, of which pinned models"
                f" take {pinned}"
            )
        for name in going:
            await self._retire(name)

    async def _retire(self, name: str) -> None:
        one = self._served.pop(name)
        self._told.gone(one.key)
        await one.retire()

    async def _versions(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key in await self._files.list() if self._files is not None else ():
            found[key.name] = (*found.get(key.name, ()), key.version)
        return found

    def _found(self, name: str, versions: Sequence[str]) -> FoundModel:
        one = self._served.get(name)
        return FoundModel(
            name=name,
            versions=tuple(in_order(versions)),
            served=one.shown() if one is not None else None,
            problem=self._problems.get(name, ""),
        )
