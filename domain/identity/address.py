"""Tell which e-mail addresses are the same one, however they are typed."""

from unicodedata import normalize


def normal_address(email: str) -> str:
    """Return what stands for an address wherever two are compared; it is never shown or mailed.

    Without case, in Unicode's form NFKC: an address is found whether a keyboard sends é whole or
    as e and an accent, and no second user of a tenant has one that only looks like the first's
    (ſ and s, full width and plain). ß is ss. The dotless ı stays apart from i, as it does in
    Unicode. Databases fold letters by rules of their own, which differ from these and among
    themselves: they are given this form, and fold nothing.
    """
    return normalize("NFKC", normalize("NFKC", email).casefold())
