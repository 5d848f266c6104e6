"""Keep where networks are in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

from domain.identity.place import Place


@dataclass(frozen=True, slots=True)
class MemoryGeoLookup:
    """Places by network in CIDR notation (port GeoLookup)."""

    geo_lookup: Mapping[str, Place] = field(default_factory=dict)

    def place(self, ip: str) -> Place | None:
        """Return where an address is, by the narrowest network that holds it."""
        try:
            address = ip_address(ip)
        except ValueError:
            return None
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        holding = [one for one in map(ip_network, self.geo_lookup) if address in one]
        if not holding:
            return None
        return self.geo_lookup[str(max(holding, key=lambda one: one.prefixlen))]
