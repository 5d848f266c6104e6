"""Say which paths the console's pages and files have."""

from adapters.http.cors import Headers

PAGES = frozenset({"/", "/login", "/dashboard"})
SCREENS = "/dashboard/"
FILES = "/console/"

# What the page may load, and from where: itself. Nothing makes script or markup of text.
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    b" connect-src 'self'; font-src 'self'; form-action 'none'; object-src 'none';"
    b" base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
    b" trusted-types 'none'"
)
# Every other power that a browser can give a page, and that this one has no use for.
_POWERS = (
    b"accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(),"
    b" fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(),"
    b" magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-create=(self),"
    b" publickey-credentials-get=(self), screen-wake-lock=(), serial=(), usb=(),"
    b" xr-spatial-tracking=()"
)
HEADERS: Headers = (
    (b"content-security-policy", _POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", _POWERS),
)
# The page names the digest of its files: it is asked for anew each time, they never are.
PAGE_KEPT = (b"cache-control", b"no-cache")
FILE_KEPT = (b"cache-control", b"public, max-age=31536000, immutable")


def is_page(path: str) -> bool:
    """Tell whether a path is one of the console's pages."""
    return path in PAGES or path.startswith(SCREENS)
