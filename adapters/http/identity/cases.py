"""Say of each route of people, and what they come in with how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases
from adapters.http.examples import PASSKEY_MADE

_DEVICE = {"device_id": "device"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "DELETE /api/v1/recovery": Case(may_lack=True),
        "GET /api/v1/factors": Case(),
        "POST /api/v1/factors/totp": Case(body={"label": "Phone"}),
        "POST /api/v1/factors/totp/{factor_id}/confirm": Case(
            ids={"factor_id": "factor"}, body={"code": "000000"}, consumes=True
        ),
        "POST /api/v1/factors/backup-codes": Case(),
        "DELETE /api/v1/factors/{factor_id}": Case(ids={"factor_id": "factor"}, consumes=True),
        "GET /api/v1/passkeys": Case(),
        "POST /api/v1/passkeys/options": Case(),
        "POST /api/v1/passkeys": Case(body=PASSKEY_MADE),
        "PATCH /api/v1/passkeys/{passkey_id}": Case(
            ids={"passkey_id": "passkey"}, body={"label": "Phone"}
        ),
        "DELETE /api/v1/passkeys/{passkey_id}": Case(ids={"passkey_id": "passkey"}, consumes=True),
        "GET /.well-known/jwks.json": Case(),
        "GET /api/v1/sessions": Case(),
        "DELETE /api/v1/sessions/{session_id}": Case(ids={"session_id": "session"}, consumes=True),
        "GET /api/v1/devices": Case(),
        "PATCH /api/v1/devices/{device_id}": Case(ids=_DEVICE, body={"label": "Desk"}),
        "DELETE /api/v1/devices/{device_id}": Case(ids=_DEVICE, consumes=True),
        "POST /api/v1/devices/{device_id}/trust": Case(ids=_DEVICE),
        "DELETE /api/v1/devices/{device_id}/trust": Case(ids=_DEVICE),
        "GET /api/v1/notices": Case(),
        "POST /api/v1/notices/{notice_id}/read": Case(ids={"notice_id": "notice"}),
        "POST /api/v1/notices/{notice_id}/acknowledge": Case(ids={"notice_id": "notice"}),
        "GET /api/v1/users": Case(),
        "POST /api/v1/users/{user_id}/disable": Case(ids={"user_id": "member"}),
        "POST /api/v1/users/{user_id}/enable": Case(ids={"user_id": "member"}),
        "POST /api/v1/users/{user_id}/password-reset": Case(ids={"user_id": "member"}),
        "GET /api/v1/invitations": Case(),
        "POST /api/v1/invitations": Case(
            body={"email": "ada@example.com", "role": "viewer"}, action="invitation.make"
        ),
        "DELETE /api/v1/invitations/{invitation_id}": Case(
            ids={"invitation_id": "invitation"}, consumes=True
        ),
        "POST /api/v1/command-keys/{key_id}/disable": Case(plain={"key_id": "passing"}),
        "POST /api/v1/command-keys/{key_id}/enable": Case(plain={"key_id": "passing"}),
    }
)
