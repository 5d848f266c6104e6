"""List every kind of error there is, with its status: the only place that chooses one."""

from dataclasses import dataclass

MEDIA_TYPE = "application/problem+json"
TYPES = "/problems/"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of error: its slug in the type URI, title, status, and what it means."""

    slug: str
    title: str
    status: int
    meaning: str


INVALID = Kind(
    "invalid-request",
    "Invalid request",
    400,
    "The request is malformed or its values do not fit; errors lists the fields.",
)
UNAUTHORIZED = Kind(
    "unauthorized", "Unauthorized", 401, "The token is missing, forged, expired or revoked."
)
LOGIN_REFUSED = Kind(
    "login-refused", "Login refused", 401, "The e-mail address or the password is wrong."
)
REFRESH_REFUSED = Kind(
    "refresh-refused",
    "Refresh refused",
    401,
    "The refresh token is unknown or was used, or its session is over: log in again.",
)
PASSKEY_REFUSED = Kind(
    "passkey-refused",
    "Passkey refused",
    401,
    "The passkey is unknown, or what it answered does not hold: ask for new options and try again.",
)
CHALLENGE_OVER = Kind(
    "challenge-over",
    "Challenge over",
    401,
    "The challenge is unknown, answered, lapsed or was tried too often: log in again.",
)
STEP_UP_REQUIRED = Kind(
    "step-up-required",
    "Step-up required",
    401,
    "This asks who it is anew: POST /api/v1/auth/step-up, and use the token it answers with.",
)
FORBIDDEN = Kind("forbidden", "Forbidden", 403, "Who asks may not do that.")
PASSWORD_CHANGE_REQUIRED = Kind(
    "password-change-required",
    "Password change required",
    403,
    "The password was drawn for you: set one of your own by POST /api/v1/auth/password first.",
)
PASSWORD_REFUSED = Kind(
    "password-refused", "Password refused", 403, "The present password is wrong."
)
FACTOR_REFUSED = Kind(
    "factor-refused", "Factor refused", 403, "The code is wrong, or it was used before."
)
FACTOR_NEEDED = Kind(
    "factor-needed",
    "Factor needed",
    403,
    "The user has a second factor: that is what shows who it is, and not the password.",
)
ONE_TIME_REFUSED = Kind(
    "one-time-token-refused",
    "One-time token refused",
    403,
    "The one-time token is unknown, used, withdrawn or lapsed: ask for a new one.",
)
ORDER_DENIED = Kind(
    "order-denied",
    "Order denied",
    403,
    "The risk gate refused the order; it is stored as denied and will never be sent.",
)
PASSCODE_REFUSED = Kind(
    "passcode-refused", "Passcode refused", 403, "The kill switch's passcode is missing or wrong."
)
WITHDRAWAL_REFUSED = Kind(
    "withdrawal-refused",
    "Withdrawal refused",
    403,
    "The API key can withdraw: take that right from it at the broker, or set allow_withdrawal.",
)
ORIGIN_REFUSED = Kind(
    "origin-refused", "Origin refused", 403, "Browsers may not connect from that origin."
)
HOOK_REFUSED = Kind("hook-refused", "Hook refused", 403, "No hook of that source has that secret.")
FORBIDDEN = Kind(
    "forbidden",
    "Forbidden",
    403,
    "Your role, the accounts granted to you or your token do not allow it; permission tells what.",
)
NEEDS_PERSON = Kind(
    "needs-person", "Needs a person", 403, "A personal access token cannot do that: log in."
)
ABSENT = Kind(
    "not-found",
    "Not found",
    404,
    "It does not exist, is another tenant's, or is of an account that was not granted to you.",
)
METHOD = Kind(
    "method-not-allowed", "Method not allowed", 405, "The path exists, the method does not."
)
CONFLICT = Kind(
    "conflict", "Conflict", 409, "The present state does not allow it; read it again and retry."
)
IN_FLIGHT = Kind(
    "request-in-flight",
    "Request in flight",
    409,
    "The first request with this Idempotency-Key has no known outcome yet.",
)
CLIENT_ID_TAKEN = Kind(
    "client-order-id-taken",
    "Client order id taken",
    409,
    "The account has an order with that client_order_id already.",
)
REFERENCE_USED = Kind(
    "reference-used",
    "Reference used",
    409,
    "The account has a deposit with that reference and another amount.",
)
NOT_CHANGEABLE = Kind(
    "order-not-changeable",
    "Order not changeable",
    409,
    "The order is closed, unsure or already changing; nothing was done.",
)
NOT_PARKED = Kind(
    "order-not-parked", "Order not parked", 409, "Only a parked order can be attested absent."
)
NOT_RECONCILED = Kind(
    "not-reconciled",
    "Not reconciled",
    409,
    "Work of the activation is unfinished, or our books and the broker's disagree.",
)
NOT_FLATTENED = Kind(
    "not-flattened",
    "Not flattened",
    409,
    "Trading is stopped and orders are being cancelled; positions of this scope are not closed.",
)
CHECKLIST_OPEN = Kind(
    "checklist-open",
    "Checklist open",
    409,
    "Not all that is to be looked at before a release was answered with yes.",
)
NOTHING_ENGAGED = Kind(
    "nothing-engaged", "Nothing engaged", 409, "No latch is engaged on that scope."
)
TOO_MANY_RULES = Kind(
    "too-many-rules", "Too many rules", 409, "The tenant has as many rules as there may be."
)
TOO_MANY_WORKSPACES = Kind(
    "too-many-workspaces",
    "Too many workspaces",
    409,
    "The user has as many workspaces as there may be.",
)
LAST_OWNER = Kind(
    "last-owner", "Last owner", 409, "A tenant always has an owner who is not disabled."
)
TOO_MANY_MEMBERS = Kind(
    "too-many-members", "Too many members", 409, "The tenant has as many members as there may be."
)
TOO_MANY_TOKENS = Kind(
    "too-many-tokens", "Too many tokens", 409, "The member has as many tokens as there may be."
)
AGENT_TAKEN = Kind(
    "agent-taken",
    "Agent taken",
    409,
    "Another machine comes in as that agent, or the machine as another agent.",
)
NO_PASSKEY = Kind("no-passkey", "No passkey", 409, "The user has no passkey.")
PASSKEY_TAKEN = Kind("passkey-taken", "Passkey taken", 409, "That passkey is registered already.")
TOO_MANY_PASSKEYS = Kind(
    "too-many-passkeys",
    "Too many passkeys",
    409,
    "The user has as many passkeys as there may be; remove one first.",
)
CREDENTIALS_REFUSED = Kind(
    "credentials-refused",
    "Credentials refused",
    409,
    "The broker does not take the credentials as what they were said to be; none were kept.",
)
NAME_TAKEN = Kind("name-taken", "Name taken", 409, "Another API key has that name.")
TOO_MANY_KEYS = Kind(
    "too-many-api-keys", "Too many API keys", 409, "The tenant has as many keys as there may be."
)
TOO_MANY_FACTORS = Kind(
    "too-many-factors", "Too many factors", 409, "The user has as many apps as there may be."
)
NO_FACTOR = Kind(
    "no-factor", "No factor", 409, "Backup codes stand for a factor, and the user has none."
)
ADDRESS_TAKEN = Kind(
    "address-taken", "Address taken", 409, "A user of the tenant has that e-mail address already."
)
NOT_ONESELF = Kind(
    "not-oneself", "Not oneself", 409, "Nobody can disable themselves: another owner has to."
)
NO_REPLAY = Kind(
    "no-replay", "No replay", 409, "The market is live; it cannot be paused or resumed."
)
REPLAY_ENDED = Kind(
    "replay-ended",
    "Replay ended",
    409,
    "The replay has ended: it goes on only by starting over, which has to be asked for.",
)
REPLAY_GOES_ON = Kind(
    "replay-goes-on", "Replay goes on", 409, "Only a replay that has ended can start over."
)
ACCOUNTS_BUSY = Kind(
    "accounts-busy",
    "Accounts busy",
    409,
    "The replay cannot start over while accounts hold positions, or have orders or stops open.",
)
NOT_OURS = Kind(
    "not-ours",
    "Not ours",
    409,
    "The group's members are not workers of this system; nobody there would hear of it.",
)
CHANGED = Kind(
    "precondition-failed",
    "Precondition failed",
    412,
    "If-Match names another version than the present one.",
)
VERSION_NEEDED = Kind(
    "precondition-required",
    "Precondition required",
    428,
    "It is there already: overwriting it takes If-Match with the version that was read.",
)
TOO_LARGE = Kind("body-too-large", "Body too large", 413, "The body is over the limit.")
MEDIA = Kind(
    "unsupported-media-type", "Unsupported media type", 415, "Bodies are application/json."
)
MISDIRECTED = Kind(
    "misdirected-request",
    "Misdirected request",
    421,
    "The request names a server that this one is not: see the setting http.allowed_hosts.",
)
KEY_REUSED = Kind(
    "idempotency-key-reused", "Idempotency key reused", 422, "Another request has used the key."
)
TOO_MANY = Kind(
    "too-many-requests", "Too many requests", 429, "Come back after Retry-After seconds."
)
DEFECT = Kind(
    "internal-error", "Internal error", 500, "The server failed; it is logged by trace id."
)
UNAVAILABLE = Kind(
    "unavailable", "Unavailable", 503, "A dependency is away; a write may or may not have happened."
)
TOO_SLOW = Kind("request-too-slow", "Request too slow", 408, "The request did not arrive in time.")
HEAD_TOO_LARGE = Kind(
    "headers-too-large", "Headers too large", 431, "The request's headers are over the limit."
)
BEHIND = Kind(
    "dispatch-behind",
    "Dispatch behind",
    503,
    "More orders wait to be sent than may: nothing was taken in; ask again after Retry-After.",
)
TIMED_OUT = Kind(
    "timed-out", "Timed out", 503, "The answer took too long; nothing was changed by it."
)
SEALED = Kind(
    "secrets-sealed", "Secrets sealed", 503, "No key for secrets is usable now: ask an operator."
)
NOT_READY = Kind("not-ready", "Not ready", 503, "A required part is not up.")
CORRUPT = Kind("storage-corrupt", "Stored data is corrupt", 503, "Stored data contradicts itself.")

KINDS = tuple(value for value in dict(globals()).values() if isinstance(value, Kind))
