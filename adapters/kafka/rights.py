"""Refuse a command that the user behind its key may not give."""

from uuid import UUID

from adapters.kafka.admission import AdmittedCommand
from adapters.kafka.replies import Answer, refused
from application.identity.access_commands import By
from application.identity.record_refusal import RecordRefusal
from application.identity.rights import Rights
from domain.identity.access import NOTHING, Access
from domain.identity.tenant import Principal


async def access_of(admitted: AdmittedCommand, *, rights: Rights) -> Access | None:
    """Return what the key's user may do, None for a key that is bound to none.

    A key without a user has the rights that whoever configured it gave: its accounts. Raises
    storage errors.
    """
    producer = admitted.producer
    if producer.user_id is None:
        return None
    found = await rights.of_member(tenant_id=producer.tenant_id, member_id=producer.user_id)
    return found if found is not None else NOTHING


def refusal(admitted: AdmittedCommand, *, access: Access) -> Answer | None:
    """Return why the user may not give the command, None if they may.

    An account that was not granted is as good as none.
    """
    permission, account_id = admitted.command.permission, admitted.envelope.account
    if permission in access.permissions and not access.sees(account_id):
        return refused("not_found", f"account {account_id} does not exist")
    if account_id is None and admitted.command.by_account:
        allowed = access.may(permission)
    else:
        allowed = access.may_on(permission, account_id=account_id)
    if allowed:
        return None
    where = f" on account {account_id}" if account_id is not None else " on the whole tenant"
    return refused("forbidden", f"this needs {permission.value}{where}")


async def record(admitted: AdmittedCommand, *, access: Access, refusing: RecordRefusal) -> None:
    """Write to the audit trail what the user may not do; raises storage errors."""
    producer, envelope = admitted.producer, admitted.envelope
    assert producer.user_id is not None
    principal = Principal(
        user_id=producer.user_id,
        tenant_id=producer.tenant_id,
        token_id=f"key:{producer.key_id}",
        expires_at=admitted.expires_at,
        access=access,
    )
    await refusing(
        by=By(principal=principal, trace_id=f"cmd:{envelope.id}"),
        permission=admitted.command.permission,
        account_id=envelope.account,
        place=f"command {envelope.type}",
    )


def among(access: Access | None) -> frozenset[UUID] | None:
    """Return the accounts that a command of the whole tenant means, None for all."""
    if access is None or access.accounts is None:
        return None
    return access.accounts - access.read_only
