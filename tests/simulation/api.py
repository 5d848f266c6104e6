"""Answer requests as the HTTP adapter does, without the bytes: status and body."""

from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from application.accounts.book_store import TooContended
from application.kill_switch.commands import (
    Activated,
    ActivateKill,
    NothingEngaged,
    Released,
    ReleaseKill,
)
from application.orders.cancel import OrderNotFound
from application.orders.commands import (
    Accepted,
    Asker,
    Behind,
    Canceling,
    ClientIdTaken,
    DeniedOrders,
    ReplaceOrder,
    Replacing,
    SubmitOrder,
    SubmitOutcome,
)
from application.shared.change import KeyReused, Once, Replayed
from domain.shared.refusals import Conflicting
from domain.shared.values import InvalidValue
from domain.succession.timeline import ActKind
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.storage import StorageUnavailable
from tests.simulation.application import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOne:
    """DELETE of one order."""

    asker: Asker
    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelEvery:
    """POST of cancel-all for an account."""

    asker: Asker
    account_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionAct:
    """POST of what the owner or a trustee does in person."""

    tenant_id: UUID
    kind: ActKind
    who: UUID


Command = (
    SuccessionAct
    | SubmitOrder
    | ReplaceOrder
    | CancelOne
    | CancelEvery
    | ActivateKill
    | ReleaseKill
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request; a key makes a repeated submission harmless."""

    command: Command
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the client gets; body names the orders, one id a line."""

    status: int
    body: bytes = b""

    @property
    def order_ids(self) -> tuple[UUID, ...]:
        """The orders that a submission's answer names."""
        return tuple(UUID(line) for line in self.body.decode().split())


UNAVAILABLE = Answer(status=503)


async def respond(application: Application | None, call: Call) -> Answer:
    """Do what is asked and say how it went."""
    if application is None:
        return UNAVAILABLE
    try:
        return await _respond(application, call)
    except (StorageUnavailable, TooContended):
        return UNAVAILABLE
    except (BrokerUnsure, BrokerUnavailable):
        return Answer(status=502)
    except InvalidValue:
        return Answer(status=400)
    except OrderNotFound:
        return Answer(status=404)


async def _respond(application: Application, call: Call) -> Answer:
    orders, kill_switch = application.orders, application.kill_switch
    match call.command:
        case SuccessionAct() as act:
            return await _act(application, act)
        case SubmitOrder() as command:
            return await _submit(application, command, key=call.key)
        case ReplaceOrder() as command:
            replaced = await orders.replace(command)
            return Answer(status=202 if isinstance(replaced, Replacing) else 409)
        case CancelOne(asker=asker, order_id=order_id):
            canceled = await orders.cancel(asker=asker, order_id=order_id)
            return Answer(status=202 if isinstance(canceled, Canceling) else 409)
        case CancelEvery(asker=asker, account_id=account_id):
            await orders.cancel_all(asker=asker, account_id=account_id, symbol=None)
            return Answer(status=202)
        case ActivateKill() as command:
            activated = await kill_switch.activate(command)
            return Answer(status=200 if isinstance(activated, Activated) else 403)
        case ReleaseKill() as command:
            released = await kill_switch.release(command)
            if isinstance(released, NothingEngaged):
                return Answer(status=404)
            return Answer(status=200 if isinstance(released, Released) else 409)


async def _act(application: Application, act: SuccessionAct) -> Answer:
    acts = application.succession
    by = Asker(tenant_id=act.tenant_id, actor=f"user:{act.who}")
    try:
        match act.kind:
            case ActKind.CHECK_IN:
                await acts.check_in(by=by)
            case ActKind.VETO:
                await acts.veto(by=by)
            case ActKind.CONFIRM:
                await acts.confirm(trustee=act.who, by=by)
    except Conflicting:
        return Answer(status=409)
    return Answer(status=200)


async def _submit(application: Application, command: SubmitOrder, *, key: str | None) -> Answer:
    idempotency = None
    if key is not None:
        digest = blake2b(repr(command.orders).encode(), digest_size=16).digest()
        idempotency = Once(key=key, request_hash=digest, render=rendered)
    outcome = await application.orders.submit(command, idempotency=idempotency)
    status, body = rendered(outcome)
    return Answer(status=status, body=body)


def rendered(outcome: SubmitOutcome) -> tuple[int, bytes]:
    """Return status and body of a submission's outcome."""
    match outcome:
        case Accepted(orders=orders):
            return 201, "\n".join(str(order.id) for order in orders).encode()
        case DeniedOrders(orders=orders):
            return 403, "\n".join(str(order.id) for order in orders).encode()
        case Replayed(status=status, body=body):
            return status, body
        case KeyReused():
            return 422, b""
        case ClientIdTaken():
            return 409, b""
        case Behind():
            return 503, b""
