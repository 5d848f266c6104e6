"""Name what an upgrade meets and must not decide by itself."""


class AddressesCollide(Exception):
    """Two users of a tenant have addresses that count as one from a revision on."""
