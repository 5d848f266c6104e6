"""Play timelines of succession against the live machinery: `python -m tests.succession_timelines`.

Each has outages, crashes, clocks that are set, acts in the last second, and trustees who confirm
twice or too late. None may release early, none may be lost, and where an act does not fall into
the moments that ticks are late by, the states are those of `domain.succession.timeline.play`.
"""

import argparse
import asyncio
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import pairwise

from domain.shared.refusals import Conflicting
from domain.succession.plan import TRADING, VETO_LASTS, SuccessionState
from domain.succession.timeline import Act, ActKind
from tests.succession_rig import DAY, OWNER, START, TRUSTEES, Crash, SuccessionRig
from tests.succession_stories import (
    SECOND,
    TICK,
    Story,
    between,
    edges_of,
    is_cut_off,
    late_by,
    story_of,
)

S = SuccessionState


@dataclass(slots=True, kw_only=True)
class Live:
    """The live machinery going through a story, watched as it goes."""

    story: Story
    rig: SuccessionRig = field(default_factory=lambda: SuccessionRig(tick_s=TICK / SECOND))
    now: timedelta = timedelta(0)
    up: bool = True
    # How long the system ran since the owner's last act, and who confirmed since they were asked.
    silent: timedelta = timedelta(0)
    words: set[str] = field(default_factory=set)
    seen: list[tuple[timedelta, SuccessionState]] = field(default_factory=list)

    async def go(self) -> None:
        """Go through it; raises AssertionError for a promise that was broken."""
        rig, story = self.rig, self.story
        await rig.plan(story.plan)
        self.watch()
        acts, tick, due = list(story.acts), 0, timedelta(0)
        while self.now < story.lasts:
            following = [story.lasts, *(one.at - START for one in acts[:1])]
            following += [due] if self.up else []
            following += [one for edge in story.outages for one in edge if one > self.now]
            self.pass_until(max(self.now, min(following)))
            up = not any(start <= self.now < end for start, end in story.outages)
            if up and not self.up:
                rig.restart()
                due = self.now
            self.up = up
            while acts and acts[0].at - START <= self.now:
                await self.act(acts.pop(0))
            if self.up and self.now >= due:
                await self.tick(tick)
                tick, due = tick + 1, self.now + TICK
        await self.finish()

    def pass_until(self, until: timedelta) -> None:
        """Let time pass."""
        lasted = until - self.now
        self.rig.clock.advance(lasted / SECOND)
        self.now = until
        if self.up:
            self.silent += lasted

    async def act(self, act: Act) -> None:
        """Take an act, if the system is there to take it."""
        if not self.up:
            return
        rig, before = self.rig, self.rig.state
        try:
            match act.kind:
                case ActKind.CONFIRM:
                    trustee = TRUSTEES[list(map(str, TRUSTEES)).index(act.who)]
                    await rig.use.acts.confirm(trustee=trustee, by=rig.by(trustee))
                    self.words.add(act.who)
                case ActKind.VETO:
                    await rig.use.acts.veto(by=rig.by())
                    self.heard()
                case ActKind.CHECK_IN:
                    await rig.use.acts.check_in(by=rig.by())
                    self.heard()
        except Conflicting:
            if act.kind is not ActKind.CONFIRM:
                assert before is S.RELEASED, "an owner's word before a release counts"
        self.watch()

    def heard(self) -> None:
        """Note that the owner was heard."""
        assert self.rig.state is S.ARMED
        self.silent, self.words = timedelta(0), set()

    async def tick(self, number: int) -> None:
        """Tick, or die on the way and begin anew."""
        rig = self.rig
        if number in self.story.jumps:
            rig.clock.set_wall(rig.clock.now() + self.story.jumps[number])
        rig.dies_after = self.story.crashes.get(number, -1)
        try:
            await rig.ticker.tick()
        except Crash:
            rig.restart()
            await rig.ticker.tick()
        rig.dies_after = -1
        self.watch()

    def watch(self) -> None:
        """Hold the state against what really happened."""
        state, plan = self.rig.state, self.story.plan
        if not self.seen or self.seen[-1][1] is not state:
            self.seen.append((self.now, state))
            assert self.silent >= plan.silence_until(state), f"{state} came early"
            if state is S.RELEASED:
                assert len(self.words) >= plan.confirmations_needed, "released without them"
        assert self.rig.stored.confirmed <= self.words, "a word counts that nobody gave"
        assert self.rig.trading is TRADING[state], "the latches are not those of the state"

    async def finish(self) -> None:
        """In the end, left alone and with every trustee's word, each is released."""
        rig = self.rig
        self.up = True
        await rig.run(self.story.plan.silence_until(S.GRACE) + 8 * TICK)
        if rig.state is not S.RELEASED:
            assert rig.is_in(S.GRACE), "a succession was lost"
            for trustee in TRUSTEES:
                if rig.state is S.GRACE:
                    await rig.use.acts.confirm(trustee=trustee, by=rig.by(trustee))
            await rig.run(self.story.plan.grace_days * DAY + 3 * TICK)
        assert rig.is_in(S.RELEASED), "a succession was lost"
        assert rig.told(OWNER), "nobody was told"
        await rig.run(VETO_LASTS + 3 * TICK)
        for late in (rig.use.acts.veto, rig.use.acts.check_in):
            with suppress(Conflicting):
                await late(by=rig.by())
        assert rig.is_in(S.RELEASED), "the owner's word led back from a final release"

    def agrees(self) -> bool | None:
        """Tell whether the states are the domain's; None where an act fell between the two."""
        story, steps = self.story, self.story.played()
        if between(story, steps) or is_cut_off(story, steps):
            return None
        if [state for _, state in self.seen_in_story()] != [step.state for step in steps]:
            return False
        return all(
            timedelta(0) <= START + at - step.at <= late_by(story, steps)
            for (at, _), step in zip(self.seen_in_story(), steps, strict=True)
        )

    def seen_in_story(self) -> list[tuple[timedelta, SuccessionState]]:
        """Return the states of the story itself."""
        return [one for one in self.seen if one[0] <= self.story.lasts]


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many timelines were played, how many of them as the domain says, and what was in them."""

    timelines: int = 0
    as_played: int = 0
    released: int = 0
    taken_back: int = 0
    in_the_last_second: int = 0
    confirmations: int = 0
    outages: int = 0
    deaths: int = 0
    clocks_set: int = 0

    def count(self, live: Live, *, agreed: bool) -> None:
        """Add one that held."""
        story, states = live.story, [state for _, state in live.seen_in_story()]
        edges = {edge - SECOND for edge in edges_of(story.played(vetoes=False))}
        self.timelines += 1
        self.as_played += agreed
        self.released += S.RELEASED in states
        self.taken_back += (S.RELEASED, S.ARMED) in pairwise(states)
        self.in_the_last_second += any(
            act.kind is ActKind.VETO and act.at in edges for act in story.acts
        )
        self.confirmations += sum(act.kind is ActKind.CONFIRM for act in story.acts)
        self.outages += len(story.outages)
        self.deaths += len(story.crashes)
        self.clocks_set += len(story.jumps)


async def check(seeds: range) -> Tally:
    """Play them and return what was in them; raises AssertionError for a broken promise."""
    tally = Tally()
    for seed in seeds:
        live = Live(story=story_of(seed))
        try:
            await live.go()
            agreed = live.agrees()
            assert agreed is not False, f"{live.seen} is not {live.story.played()}"
        except AssertionError as wrong:
            raise AssertionError(f"seed {seed}: {wrong}") from wrong
        tally.count(live, agreed=agreed is True)
    return tally


def main() -> None:
    """Play as many as asked."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=10_000)
    asked.add_argument("--first", type=int, default=0)
    given = asked.parse_args()
    tally = asyncio.run(check(range(given.first, given.first + given.count)))
    sys.stdout.write("none early, none lost\n")
    for name, number in asdict(tally).items():
        sys.stdout.write(f"{name.replace('_', ' ')}: {number}\n")


if __name__ == "__main__":
    main()
