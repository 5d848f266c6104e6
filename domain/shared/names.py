"""Say which characters a name, a label or a reason may hold.

Control characters break logs and terminals; those that no eye sees, or that turn the
direction of writing, make one name look like another.
"""

# Of Unicode's categories Cc, Cf, Zl and Zp, as the inside of a character class.
_UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f"
)
# For schemas, and for re.search: alone, $ would let a line end follow there.
SEEN_PATTERN = rf"^[^{_UNSEEN}]*$(?!\n)"
