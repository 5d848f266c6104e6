"""Draw stories of a succession: outages, deaths, clocks that are set, and who says what when."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from domain.succession.plan import VETO_LASTS, SuccessionPlan, SuccessionState
from domain.succession.timeline import Act, ActKind, Outage, Step, play
from tests.succession_rig import DAY, START, TRUSTEES

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

    def played(self, *, vetoes: bool = True) -> list[Step]:
        """Return what the domain makes of it, or would without vetoes."""
        return play(
            self.plan,
            start=START,
            lasts=self.lasts,
            outages=[Outage(start=START + one, end=START + end) for one, end in self.outages],
            acts=[one for one in self.acts if vetoes or one.kind is not ActKind.VETO],
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
