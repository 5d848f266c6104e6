"""Show requests and answers as they look, for the OpenAPI document."""

ACCOUNT_ID = "0198f1c2-7b3a-7d4e-9f50-3c6d1a2b4e5f"
ORDER_ID = "0198f1c2-8c4b-7e5f-8a61-4d7e2b3c5f60"
RULE_ID = "0198f1c2-9d5c-7f60-9b72-5e8f3c4d6071"
WORKSPACE_ID = "0198f1c2-ae6d-7a71-8c83-6f904d5e7182"
PORTFOLIO_ID = "0198f1c2-6a29-7c3d-8e4f-2b5c0919a3d4"

ORDER = {
    "account_id": ACCOUNT_ID,
    "symbol": "AAPL",
    "side": "buy",
    "type": "limit",
    "quantity": "10",
    "limit_price": "119.50",
    "time_in_force": "day",
    "client_order_id": "ema-cross-0001",
}
BRACKET = {
    "account_id": ACCOUNT_ID,
    "group": "bracket",
    "orders": [
        {"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "10"},
        {
            "symbol": "AAPL",
            "side": "sell",
            "type": "limit",
            "quantity": "10",
            "limit_price": "130",
            "time_in_force": "gtc",
        },
        {
            "symbol": "AAPL",
            "side": "sell",
            "type": "stop",
            "quantity": "10",
            "stop_price": "110",
            "time_in_force": "gtc",
        },
    ],
}
ORDER_VIEW = {
    "id": ORDER_ID,
    "account_id": ACCOUNT_ID,
    "client_order_id": "ema-cross-0001",
    "symbol": "AAPL",
    "side": "buy",
    "type": "limit",
    "quantity": "10",
    "limit_price": "119.5",
    "stop_price": None,
    "trail": None,
    "trail_kind": None,
    "time_in_force": "day",
    "expires_at": None,
    "post_only": False,
    "reduce_only": False,
    "display_quantity": None,
    "state": "accepted",
    "filled_quantity": "0",
    "leaves_quantity": "10",
    "average_price": None,
    "strategy_id": None,
    "origin": "client",
    "group_id": None,
    "role": None,
    "parent_id": None,
    "waiting": False,
    "venue_order_id": None,
    "reason": "",
    "accepted_at": "2026-01-02T15:04:05.000001Z",
    "updated_at": "2026-01-02T15:04:05.000001Z",
    "market_at": "2000-03-01T14:30:00Z",
}
RULE = {
    "name": "Max Daily Loss",
    "rule_type": "MAX_DAILY_LOSS",
    "threshold": 500.00,
    "action": "BLOCK",
    "is_active": True,
}
WORKSPACE = {
    "name": "Morning",
    "layout": {
        "theme": "dark",
        "panels": [{"type": "chart", "symbol": "AAPL", "width": 0.6}, {"type": "orders"}],
    },
    "make_default": True,
}
WORKSPACE_VIEW = {
    "id": WORKSPACE_ID,
    "name": "Morning",
    "version": 1,
    "is_default": True,
    "size_bytes": 90,
    "sha256": "b53d7e6c8bd7928dc6aff999337ca813227198a2a97f0b9b1696d6a5c4f6b127",
    "created_at": "2026-01-02T15:04:05.000001Z",
    "updated_at": "2026-01-02T15:04:05.000001Z",
}
WORKSPACE_RESTORED = {**WORKSPACE_VIEW, "layout": WORKSPACE["layout"]}
API_KEY_CREDENTIALS = {"key": "PK3ZQ8V1N7", "secret": "the secret that the broker showed once"}
API_KEY_CHANGE = {"name": "Main broker", "label": "Swing trading", "rotate_every_days": 90}
API_KEY = {**API_KEY_CHANGE, "broker": "paper", "environment": "paper", **API_KEY_CREDENTIALS}
RULE_VIEW = {
    "id": RULE_ID,
    "name": "Max Daily Loss",
    "rule_type": "MAX_DAILY_LOSS",
    "threshold": "500",
    "action": "BLOCK",
    "is_active": True,
    "scope": {"account_id": None, "strategy_id": None, "symbol": None},
    "parameters": {},
    "override": None,
    "version": 1,
    "created_at": "2026-01-02T15:04:05.000001Z",
    "updated_at": "2026-01-02T15:04:05.000001Z",
}
_PASSKEY_NAME = "-R85HbTJsv3g6nAYnLo_tj9Xm6YSKzOtlP8-wzAIS-Q"
_CHALLENGE = "OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag"
PASSKEY = {
    "id": "0198f1c2-bf7e-7b82-9d94-70a15e6f8293",
    "label": "Ada's phone",
    "credential_id": _PASSKEY_NAME,
    "aaguid": "08987058-cadc-4b81-b6e1-30de50dcbe96",
    "transports": ["hybrid", "internal"],
    "backup_eligible": True,
    "backed_up": True,
    "created_at": "2026-01-02T15:04:05.000000Z",
    "used_at": None,
}
PASSKEY_ADDED = {
    **PASSKEY,
    "earlier_access": {"sessions_ended": 2, "sessions_open": 0, "personal_tokens": 1},
}
PASSKEY_REQUEST = {
    "public_key": {
        "challenge": _CHALLENGE,
        "timeout": 300_000,
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "required",
    },
    "expires_at": "2026-01-02T15:09:05.000000Z",
}
PASSKEY_CREATION = {
    "public_key": {
        "rp": {"name": "Ballast", "id": "localhost"},
        "user": {
            "id": "AZjxwns6fU6fUDxtGitOXw",
            "name": "owner@localhost",
            "displayName": "owner@localhost",
        },
        "challenge": _CHALLENGE,
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-8, -7, -257)],
        "timeout": 300_000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": False,
            "userVerification": "preferred",
        },
        "attestation": "none",
    },
    "expires_at": "2026-01-02T15:09:05.000000Z",
}
_NAMED = {"id": _PASSKEY_NAME, "rawId": _PASSKEY_NAME, "type": "public-key"}
PASSKEY_MADE = {
    "label": "Ada's phone",
    "credential": {
        **_NAMED,
        "response": {
            "clientDataJSON": (
                "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQU1NUHQ0VXh4R1RTdG5jZHE0"
                "MTdZRHdCRmk4dnBJYS1wdzhvT3VWVzRUQSIsIm9yaWdpbiI6Imh0dHBzOi8vZXhhbXBsZS5vcmci"
                "LCJjcm9zc09yaWdpbiI6ZmFsc2V9"
            ),
            "attestationObject": (
                "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikv6vDdDKViwYzYNOtZGHJxHNa5_jt1GWSpeDw"
                "FFKy5LVZAAAAAIRGzLmrHbN0dQsjZ_9vOh8AIPkfOR20ybL94OpwGJy6P7Y_V5umEiszrZT_PsMw"
                "CEvkpQECAyYgASFYIK_voW-XypstI-uGzLZAmNINuQhWBi6yScM6m2cvJt9hIlggkwpWuHovymYz"
                "SwNFir-HlxfBLMaO1zKQry4mZHlrkiA"
            ),
            "transports": ["internal", "hybrid"],
        },
    },
}
PASSKEY_ANSWER = {
    "remember": False,
    "device_label": "Desk",
    "credential": {
        **_NAMED,
        "response": {
            "clientDataJSON": (
                "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiT2NEblVoUVh1bFRVUG8zSlVYVDBJ"
                "OTdwdnp6WUJQOXRaY2hYeWF2MDFBZyIsIm9yaWdpbiI6Imh0dHBzOi8vZXhhbXBsZS5vcmciLCJj"
                "cm9zc09yaWdpbiI6ZmFsc2V9"
            ),
            "authenticatorData": "v6vDdDKViwYzYNOtZGHJxHNa5_jt1GWSpeDwFFKy5LUZAAAAAA",
            "signature": (
                "MEYCIQD1Ck4uRAkknEqFO6NhKC8JhB303UVHoTqHeAIY3v_NOAIhAISArA8Lk1OBdPV1vxGh3V14"
                "xuSGAT-TcpXqE2U-Mx6H"
            ),
            "userHandle": "AZjxwns6fU6fUDxtGitOXw",
        },
    },
}
