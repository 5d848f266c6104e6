"""Take a person's word on many parked orders at once; each stands for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from application.orders.attest import ATTESTED, AttestAbsent
from application.orders.cancel import OrderNotFound
from application.orders.commands import Asker, Attestation, NotChangeable
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.shared.values import InvalidValue
from ports.orders import OrderArchive

ORDERS_MAX = 100


class AttestedOutcome(StrEnum):
    """What a person says became of parked orders. Executions are only ever the broker's word."""

    ABSENT = "absent"  # the broker never had the order, or the replace of it


class Settling(StrEnum):
    """What became of one order."""

    SETTLED = "settled"
    WAS_SETTLED = "was_settled"  # by the same word before
    REFUSED = "refused"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestMany:
    """Say the same of several orders, for one reason.

    accounts are those that whoever asks may touch, None for all of the tenant.
    """

    asker: Asker
    order_ids: tuple[UUID, ...]
    outcome: AttestedOutcome
    reason: str
    accounts: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedOrder:
    """What became of one order, and as what it stands now."""

    order_id: UUID
    settling: Settling
    state: OrderState | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestOrders:
    """Attest one by one: what one meets says nothing of the others."""

    archive: OrderArchive
    attest: AttestAbsent

    async def __call__(self, command: AttestMany) -> Sequence[AttestedOrder]:
        """Return what became of each, in the order asked; raises InvalidValue."""
        if not 1 <= len(command.order_ids) <= ORDERS_MAX:
            raise InvalidValue(field="order_ids", problem=f"must be 1 to {ORDERS_MAX} ids")
        if not 1 <= len(command.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        ids = dict.fromkeys(command.order_ids)
        return [await self._one(command, order_id=order_id) for order_id in ids]

    async def _one(self, command: AttestMany, *, order_id: UUID) -> AttestedOrder:
        asker = command.asker
        order = await self.archive.find(tenant_id=asker.tenant_id, order_id=order_id)
        among = command.accounts
        if order is None or (among is not None and order.account_id not in among):
            return _not_found(order_id)
        if order.state is not OrderState.PARKED and order.reason.startswith(ATTESTED):
            return AttestedOrder(
                order_id=order_id, settling=Settling.WAS_SETTLED, state=order.state
            )
        try:
            said = await self.attest(
                Attestation(asker=asker, order_id=order_id, reason=command.reason)
            )
        except OrderNotFound:
            return _not_found(order_id)
        if isinstance(said, Order):
            return AttestedOrder(order_id=order_id, settling=Settling.SETTLED, state=said.state)
        return _refused(said)


def _not_found(order_id: UUID) -> AttestedOrder:
    return AttestedOrder(
        order_id=order_id, settling=Settling.NOT_FOUND, problem="there is no such order"
    )


def _refused(said: NotChangeable) -> AttestedOrder:
    return AttestedOrder(
        order_id=said.order.id,
        settling=Settling.REFUSED,
        state=said.order.state,
        problem=said.problem,
    )
