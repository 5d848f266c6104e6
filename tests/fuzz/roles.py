"""Let people of every role in, so that the served API is asked by each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

ROLES = ("viewer", "auditor", "trustee", "trader")
PASSWORD = "orbit velvet cactus lantern"
# Ends the token that all else is asked with.
_LOG_OUT = "^/api/v1/auth/logout"
# A log-in's own session can be ended and its password changed beside that.
_ENDS_SESSION = rf"{_LOG_OUT}|^/api/v1/sessions/|^/api/v1/auth/password$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: the role, a token, and a pattern of the paths that would end the token."""

    role: str
    token: str
    leaves_out: str


def askers(url: str, *, owner: str, roles: tuple[str, ...] = ROLES) -> list[Asker]:
    """Invite and log in somebody of each role; the owner is the last, who could lock out others."""
    found = []
    headers = {"Authorization": f"Bearer {owner}"}
    with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=30) as http:
        for role in roles:
            invited = _said(
                http.post(
                    "/invitations",
                    json={"email": f"{role}@example.com", "role": role},
                    headers=headers,
                )
            )
            joining = {"token": invited["token"], "name": role, "password": PASSWORD}
            _said(http.post("/auth/join", json=joining))
            entering = {"email": f"{role}@example.com", "password": PASSWORD}
            entered = _said(http.post("/auth/login", json=entering))
            me = http.get(
                "/members/me", headers={"Authorization": f"Bearer {entered['access_token']}"}
            )
            if _said(me)["role"] != role:
                raise RuntimeError(f"who joined as {role} is {me.text}")
            found.append(Asker(role=role, token=entered["access_token"], leaves_out=_ENDS_SESSION))
    found.append(Asker(role="owner", token=owner, leaves_out=_LOG_OUT))
    return found


def _said(answer: httpx.Response) -> Mapping[str, str]:
    if not answer.is_success:
        raise RuntimeError(f"{answer.request.url}: {answer.status_code} {answer.text}")
    said: Mapping[str, str] = answer.json()
    return said
