"""Play timelines of succession against the live machinery: `python -m tests.succession_timelines`.

Each has outages, crashes, clocks that are set, acts in the last second, and trustees who confirm
twice or too late. None may release early, none may be lost, and where an act does not fall into
the moments that ticks are late by, the states are those of `domain.succession.timeline.play`.
"""

import argparse
import asyncio
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from domain.shared.refusals import Conflicting
from domain.succession.plan import TRADING, VETO_LASTS, SuccessionPlan, SuccessionState
from domain.succession.timeline import Act, ActKind, Outage, Step, play
from tests.succession_rig import DAY, OWNER, START, TRUSTEES, Crash, SuccessionRig

TICK = timedelta(hours=6)
SECOND = timedelta(seconds=1)
# Of so many one is such that the domain says the very same.
COMPARED = 4
S = SuccessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens, in time since the start."""

    plan: SuccessionPlan
    lasts: timedelta
    outages: list[tuple[timedelta, timedelta]]
    acts: list[Act]
    # Ticks at which the process dies, after so many uses of storage.
    crashes: dict[int, int]
    jumps: dict[int, timedelta]

    def played(self) -> list[Step]:
        """Return what the domain makes of it."""
        return play(
            self.plan,
            start=START,
            lasts=self.lasts,
            outages=[Outage(start=START + one, end=START + end) for one, end in self.outages],
            acts=self.acts,
        )


def story_of(seed: int) -> Story:
    """Draw a story."""
    draw = Random(f"succession/{seed}")
    plan = SuccessionPlan(
        trustees=tuple(map(str, TRUSTEES)),
        confirmations_needed=draw.randint(1, 3),
        check_in_days=draw.randint(1, 2),
        remind_days=draw.randint(1, 2),
        contact_days=draw.randint(1, 4),
        grace_days=draw.randint(1, 4),
    )
    lasts = plan.silence_until(S.RELEASED) + draw.randint(1, 8) * DAY

    def moment() -> timedelta:
        return draw.randrange(lasts // SECOND) * SECOND

    outages = [
        (start, start + draw.randrange(1, 3 * 86_400) * SECOND)
        for start in sorted(moment() for _ in range(draw.randint(0, 2)))
    ]
    acts = [
        Act(at=START + moment(), kind=draw.choice([ActKind.CHECK_IN, ActKind.VETO]))
        for _ in range(draw.choice([0, 0, 0, 1, 2]))
    ]
    asked = plan.silence_until(S.CONTACT_PING)
    for trustee in plan.trustees:
        for _ in range(draw.randint(0, 3)):
            at = START + asked + draw.randint(-6, 72) * timedelta(hours=1)
            acts.append(Act(at=at, kind=ActKind.CONFIRM, who=trustee))
    ticks = lasts // TICK
    story = Story(
        plan=plan,
        lasts=lasts,
        outages=outages,
        acts=acts,
        crashes={draw.randrange(ticks): draw.randint(0, 30) for _ in range(draw.randint(0, 3))},
        jumps={
            draw.randrange(ticks): draw.choice([-366, 366]) * DAY for _ in range(draw.randint(0, 2))
        },
    )
    released = [step.at for step in story.played() if step.state is S.RELEASED]
    if released and draw.random() < 0.5:
        last = draw.choice([released[0], released[0] + VETO_LASTS]) - SECOND
        acts.append(Act(at=last, kind=ActKind.VETO))
    acts.sort(key=lambda act: act.at)
    return apart(story) if seed % COMPARED == 0 else story


def late_by(story: Story, steps: list[Step]) -> timedelta:
    """Return how late ticks may be: some for each step, act and death, and what outages last."""
    ticks = 1 + len(steps) + len(story.acts) + 2 * len(story.outages) + 2 * len(story.crashes)
    return ticks * TICK + sum((end - start for start, end in story.outages), timedelta(0))


def edges_of(steps: list[Step]) -> list[datetime]:
    """Return when the domain changes what an act would do."""
    finals = [step.at + VETO_LASTS for step in steps if step.state is S.RELEASED]
    return [*(step.at for step in steps[1:]), *finals]


def between(story: Story, steps: list[Step]) -> list[Act]:
    """Return the acts that find the domain in one state and the ticks in the one before."""
    late, edges = late_by(story, steps), edges_of(steps)
    return [act for act in story.acts if any(edge < act.at <= edge + late for edge in edges)]


def is_cut_off(story: Story, steps: list[Step]) -> bool:
    """Tell whether the story may end before the ticks have come to where the domain is."""
    end = START + story.lasts
    return any(end - late_by(story, steps) < edge <= end for edge in edges_of(steps))


def apart(story: Story) -> Story:
    """Return a story without those acts and that end, so that it can be held to the domain."""
    while True:
        steps = story.played()
        crossing = between(story, steps)
        if not crossing and not is_cut_off(story, steps):
            return story
        kept = [act for act in story.acts if act not in crossing]
        story = replace(story, acts=kept, lasts=story.lasts + 3 * DAY)


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


async def check(seeds: range) -> int:
    """Play them and return how many could be held against the domain; raises AssertionError."""
    compared = 0
    for seed in seeds:
        live = Live(story=story_of(seed))
        try:
            await live.go()
            agreed = live.agrees()
            assert agreed is not False, f"{live.seen} is not {live.story.played()}"
        except AssertionError as wrong:
            raise AssertionError(f"seed {seed}: {wrong}") from wrong
        compared += agreed is True
    return compared


def main() -> None:
    """Play as many as asked."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=10_000)
    asked.add_argument("--first", type=int, default=0)
    given = asked.parse_args()
    compared = asyncio.run(check(range(given.first, given.first + given.count)))
    sys.stdout.write(f"{given.count} timelines: none early, none lost; {compared} as played\n")


if __name__ == "__main__":
    main()
