"""Find what stands in the way of an order that was given before, under its key or its own id."""

from application.orders.commands import ClientIdTaken, SubmitOrder, SubmitOutcome
from application.shared.change import KeyReused, Once, Replayed
from ports.accounts import AccountBooks
from ports.orders import OrderArchive
from ports.storage import StorageUnavailable


async def replayed(
    books: AccountBooks, *, command: SubmitOrder, idempotency: Once[SubmitOutcome]
) -> Replayed | KeyReused:
    """Return the first answer to the key, or say that it was to something else."""
    found = await replayed_if_any(books, command=command, idempotency=idempotency)
    if found is None:
        raise StorageUnavailable("the first answer to this key cannot be read yet")
    return found


async def replayed_if_any(
    books: AccountBooks, *, command: SubmitOrder, idempotency: Once[SubmitOutcome]
) -> Replayed | KeyReused | None:
    """Return the same, and None where the key has no answer."""
    reply = await books.reply(tenant_id=command.asker.tenant_id, key=idempotency.key)
    return idempotency.before(reply)


async def client_id_taken(archive: OrderArchive, *, command: SubmitOrder) -> ClientIdTaken:
    """Return which of the command's client order ids the account used before, and for what."""
    for request in command.orders:
        if request.client_order_id is None:
            continue
        order = await archive.by_client_id(
            tenant_id=command.asker.tenant_id,
            account_id=command.account_id,
            client_order_id=request.client_order_id,
        )
        if order is not None:
            return ClientIdTaken(client_order_id=request.client_order_id, order_id=order.id)
    raise StorageUnavailable("the order that took the client order id cannot be read yet")
