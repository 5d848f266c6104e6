"""Name the settings the embedded server runs with."""

from collections.abc import Mapping
from types import MappingProxyType

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "password_encryption": "scram-sha-256",
        "shared_buffers": "64MB",
        "max_connections": "250",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Faults of statements reach their caller; here they would only store values of orders.
        "log_min_messages": "log",
        "log_checkpoints": "off",
        "logging_collector": "off",
        "log_destination": "stderr",
    }
)
