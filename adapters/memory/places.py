"""Keep where networks are in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

from domain.identity.place import Place


@dataclass(frozen=True, slots=True)
class MemoryPlaces:
    """Places by network in CIDR notation (port Places)."""

    places: Mapping[str, Place] = field(default_factory=dict)

    def place(self, ip: str) -> Place | None:
        """Return where an address is, by the narrowest network that holds it."""
        try:
            address = ip_address(ip)
        except ValueError:
            return None
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        holding = [one for one in map(ip_network, self.places) if address in one]
        if not holding:
            return None
        return self.places[str(max(holding, key=lambda one: one.prefixlen))]
