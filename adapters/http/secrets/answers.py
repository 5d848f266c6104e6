"""Share what the routes of API keys say: rights, refusals, versions."""

import re
from typing import NoReturn

from adapters.http.problem_kinds import (
    CHANGED,
    CREDENTIALS_REFUSED,
    NAME_TAKEN,
    TOO_MANY_KEYS,
    WITHDRAWAL_REFUSED,
)
from adapters.http.problems import Problem, conflict, unfit
from adapters.http.wire import HttpRequest, asker_of
from application.secrets.commands import (
    KeyNameTaken,
    KeyVersionMismatch,
    TooManyKeys,
    WithdrawalRefused,
)
from application.shared.asker import Asker
from domain.identity.access import Permission
from domain.secrets.api_key import ApiKey
from ports.broker_credentials import CredentialsRefused

READ, MANAGE = Permission.SECRETS_READ, Permission.SECRETS_MANAGE
_ETAG = re.compile(r'"([0-9]{1,9})"')


def asker_in(request: HttpRequest) -> Asker:
    """Return who asks, as the area takes it."""
    asker = asker_of(request)
    return Asker(tenant_id=asker.tenant_id, actor=asker.actor, trace_id=asker.trace_id)


def refuse(
    outcome: CredentialsRefused
    | WithdrawalRefused
    | KeyNameTaken
    | TooManyKeys
    | KeyVersionMismatch,
) -> NoReturn:
    """Raise the problem of what was not done."""
    match outcome:
        case CredentialsRefused(reason=reason):
            raise conflict(f"the broker refuses: {reason}", kind=CREDENTIALS_REFUSED)
        case WithdrawalRefused():
            raise Problem(kind=WITHDRAWAL_REFUSED, detail=WITHDRAWAL_REFUSED.meaning)
        case KeyNameTaken():
            raise conflict(NAME_TAKEN.meaning, kind=NAME_TAKEN)
        case TooManyKeys(allowed=allowed):
            detail = f"a tenant may have {allowed} API keys; delete one first"
            raise conflict(detail, kind=TOO_MANY_KEYS)
        case KeyVersionMismatch(current=current):
            tag = etag_of(current)
            raise Problem(
                kind=CHANGED,
                detail=f"the key is at {tag} now; read it again",
                headers={"ETag": tag},
            )


def etag_of(key: ApiKey) -> str:
    """Return the ETag of a key."""
    return f'"{key.version}"'


def expected_version(request: HttpRequest) -> int | None:
    """Return the version that If-Match asks for; raises the problem of one that is not ours."""
    asked = request.headers.get("if-match")
    if asked is None or asked.strip() == "*":
        return None
    matched = _ETAG.fullmatch(asked.strip())
    if matched is None:
        raise unfit("#If-Match", 'must be one ETag of this key, such as "3", or *')
    return int(matched.group(1))
