"""Build who may do what: rights, members, personal access tokens."""

from collections.abc import Callable
from datetime import timedelta

from application.identity.access import AccessUseCases
from application.identity.access_commands import AreaTrail
from application.identity.add_machine import AddMachine
from application.identity.change_member import ChangeMembers
from application.identity.create_token import CreateTokens
from application.identity.grant_account import GrantAccounts
from application.identity.record_refusal import RecordRefusal
from application.identity.rights import Rights
from bootstrap.settings.identity import TokenSettings
from bootstrap.storage import Storage
from bootstrap.system import System

_DAY_S = 86_400


def build_rights(*, storage: Storage, system: System, is_current: Callable[[], bool]) -> Rights:
    """Build the memory of what everyone may do; is_current: no change is unheard of."""
    return Rights(
        members=storage.members,
        tokens=storage.personal_tokens,
        clock=system.clock,
        is_current=is_current,
    )


def build_refusing(*, storage: Storage, system: System) -> RecordRefusal:
    """Build what writes down what somebody may not do."""
    audited = AreaTrail(clock=system.clock, ids=system.ids)
    return RecordRefusal(refusals=storage.refusals, audited=audited)


def build(
    *, storage: Storage, system: System, rights: Rights, settings: TokenSettings
) -> AccessUseCases:
    """Build everything that can be asked about members."""
    audited = AreaTrail(clock=system.clock, ids=system.ids)
    return AccessUseCases(
        rights=rights,
        members=storage.members,
        tokens=storage.personal_tokens,
        audited=audited,
        adding=AddMachine(members=storage.members, audited=audited, changed=rights.drop),
        changing=ChangeMembers(members=storage.members, audited=audited, changed=rights.drop),
        granting=GrantAccounts(members=storage.members, audited=audited, changed=rights.drop),
        creating=CreateTokens(
            members=storage.members,
            tokens=storage.personal_tokens,
            directory=storage.directory,
            audited=audited,
            randomness=system.randomness,
            lasts_max=timedelta(seconds=settings.personal_days_max * _DAY_S),
        ),
        refusing=build_refusing(storage=storage, system=system),
    )
