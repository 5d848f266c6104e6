"""List what is open to everyone, without a token."""

from adapters.http.console.paths import FILES, PAGES, SCREENS

JWKS = "/.well-known/jwks.json"
HEALTH = frozenset({"/health", "/health/live", "/health/ready"})
OPEN_PATHS = (
    HEALTH
    | PAGES
    | {
        "/api/v1/auth/token",
        "/api/v1/auth/login",
        "/api/v1/auth/challenge",
        "/api/v1/auth/challenge/passkey-options",
        "/api/v1/auth/passkey",
        "/api/v1/auth/passkey/options",
        "/api/v1/auth/recovery",
        "/api/v1/auth/refresh",
        "/api/v1/auth/join",
        "/api/v1/auth/password/reset",
        JWKS,
        "/openapi.json",
        "/docs",
        "/problems",
    }
)
# Who has a mailed link shows the token in it.
ANSWERS = "/succession/answer/"
# An alert service shows its secret in the body, as it can send nothing else.
HOOKS = "/api/v1/signals/hooks/"
OPEN_FOLDERS = ("/docs/", "/problems/", ANSWERS, HOOKS, SCREENS, FILES)
METRICS = "/metrics"
