"""Give every command over Kafka with keys bound to everyone, for each account there is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.http.orders.cases import LEG, ORDER
from adapters.http.risk.cases import RULE
from adapters.kafka.catalogue import COMMANDS, Reach
from adapters.kafka.wire import REPLIES
from adapters.memory.commands import MemoryTopics
from domain.identity.access import READS
from tests.matrix.routes import Swept
from tests.matrix.world import Actor, Place, World
from tests.unit.adapters.kafka.counter import ACTOR, SECRET, Counter

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCase:
    """A payload, and the ids in it that name things of the command's account or tenant."""

    payload: Payload
    ids: Mapping[str, str]


def _case(payload: Payload, **ids: str) -> CommandCase:
    return CommandCase(payload=payload, ids=ids)


PAYLOADS: dict[str, CommandCase] = {
    "order.submit": _case(ORDER),
    "order_group.submit": _case({"group": "oco", "orders": [LEG, {**LEG, "limit_price": "61"}]}),
    "order.replace": _case({"limit_price": "60.5"}, order_id="order"),
    "order.cancel": _case({}, order_id="order"),
    "orders.cancel_all": _case({"symbol": "MSFT"}),
    "kill_switch.activate": _case({"reason": "drill"}),
    "risk_rule.create": _case(RULE),
    "risk_rule.update": _case(RULE, rule_id="rule"),
    "risk_rule.delete": _case({}, rule_id="rule"),
    "account.deposit": _case({"amount": "1"}),
    "publish_signal": _case({"symbol": "AAPL", "score": "0.5", "source": "research"}),
    "heartbeat": _case({}),
}


async def sweep_commands(world: World) -> Swept:
    """Try them all."""
    swept = Swept(routes=len(COMMANDS))
    swept.wrongs += [
        f"command {name} has no case" for name in sorted(set(COMMANDS) - set(PAYLOADS))
    ]
    # A key stands for its member, whatever a token of that member's may do.
    people = [
        replace(actor, access=actor.member.access)
        for actor in world.actors.values()
        if actor.accounts is None
    ]
    context = world.context
    counter = Counter(
        context=context,
        topics=MemoryTopics(),
        keys=[
            {
                "id": actor.name,
                "secret": SECRET,
                "tenant": str(world.home),
                "actor": ACTOR,
                "user": str(actor.member.id),
            }
            for actor in people
        ],
        inbox=context.storage.inbox,
    )
    told: dict[str, Callable[[Mapping[str, Any]], None]] = {}
    for name in sorted(PAYLOADS, key=lambda one: (one == "kill_switch.activate", one)):
        for actor in people:
            for place in _places(COMMANDS[name].reach):
                await _send(world, swept, counter, told, name=name, actor=actor, place=place)
    await counter.work(timeout_s=120)
    replies = [json.loads(one.value or b"") for one in counter.topics.all(REPLIES)]
    for reply in replies:
        told.pop(reply["command_id"])(reply["answer"])
    swept.wrongs += [f"{command_id} was never answered" for command_id in told]
    return swept


def _places(reach: Reach) -> list[Place | None]:
    named: list[Place | None] = [] if reach is Reach.TENANT else list(Place)
    return [*named, *([None] if reach is not Reach.ACCOUNT else [])]


async def _send(
    world: World,
    swept: Swept,
    counter: Counter,
    told: dict[str, Callable[[Mapping[str, Any]], None]],
    *,
    name: str,
    actor: Actor,
    place: Place | None,
) -> None:
    case, command = PAYLOADS[name], COMMANDS[name]
    payload = dict(case.payload)
    for where, kind in case.ids.items():
        payload[where] = await world.thing(kind, place or Place.OWN, actor=actor, anew=True)
    account = await world.thing("account", place, actor=actor) if place is not None else None
    swept.tried += 1
    label = f"{name} of {place.name if place else 'the tenant'} as {actor.name}"
    _, value = message = counter.signed(
        name, payload, account=account, key_id=actor.name, name=f"{label} {swept.tried}"
    )
    counter.put(message)
    told[json.loads(value)["id"]] = lambda answer: _judge(
        world, swept, answer, label=label, actor=actor, place=place, name=name
    )
    assert command.name.value == name


def _judge(
    world: World,
    swept: Swept,
    answer: Mapping[str, Any],
    *,
    label: str,
    actor: Actor,
    place: Place | None,
    name: str,
) -> None:
    permission, access = COMMANDS[name].permission, actor.access
    code, outcome = answer.get("code", ""), answer["outcome"]
    nowhere = place in (Place.FOREIGN, Place.NOWHERE)
    seen = place is None or access.accounts is None or world.accounts.get(place) in access.accounts
    if permission not in access.permissions:
        expected = "forbidden"
    elif not seen:
        expected = "not_found"
    elif nowhere:
        # Whoever reaches every account is told by the account itself, or by what is in it.
        expected = "" if name == "heartbeat" else "not_found"
    elif place is None and name != "orders.cancel_all" and permission not in READS:
        expected = "" if access.accounts is None else "forbidden"
    elif actor.name == "reader" and place is Place.OWN and permission not in READS:
        expected = "forbidden"
    else:
        expected = ""
    swept.refused += expected == "forbidden"
    swept.absent += expected == "not_found"
    if expected:
        fits = (outcome, code) == ("refused", expected)
    else:
        fits = outcome in ("done", "denied") or code in ("order_not_changeable", "reference_used")
    if not fits:
        swept.wrongs.append(f"{label} should be {expected or 'carried out'}, was {dict(answer)}")
