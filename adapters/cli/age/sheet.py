"""Write the page that a trustee gets on paper: the words of one share, and what to do with them."""

from domain.succession.age_key import RECIPIENT

_COLUMNS = 3
_RULE = "-" * 72

# Put in docs/letters.md and on every page: it needs Python alone, and nothing of ours.
KEY_SCRIPT = """\
# key.py: make an age identity of the 64 digits that `shamir recover` prints.
import sys

digits = sys.stdin.read().split()[-1]
number = int(digits, 16) << 4  # 256 bits, and 4 to fill 52 letters
letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
prefix = "age-secret-key-"
terms = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
values = [number >> 5 * place & 31 for place in range(51, -1, -1)]
head = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
check = 1
for value in head + values + [0] * 6:
    top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
    for place, term in enumerate(terms):
        check ^= term * (top >> place & 1)
values += [(check ^ 1) >> 5 * place & 31 for place in range(5, -1, -1)]
print((prefix + "1" + "".join(letters[value] for value in values)).upper())
"""


def sheet(
    words: str, *, number: int, trustees: int, threshold: int, name: str, recipient: str
) -> str:
    """Return the page for one trustee, to be printed and then removed from the machine."""
    return f"""\
SHARE {number} OF {trustees} OF A KEY: KEEP THIS PAGE SAFE AND SHOW IT TO NOBODY

For: {name}
Key: {recipient[: len(RECIPIENT) + 16]}... (the same on the pages that belong together)
{_RULE}
{_table(words.split())}
{_RULE}
Any {threshold} of the {trustees} pages open the letters. This page alone opens nothing.
No one who runs the server ever needs these words.

When the letters are handed over, bring {threshold} pages together on a machine that you
trust, with Python, age (https://age-encryption.org) and no copy of Ballast:

1.  python3 -m pip install 'shamir-mnemonic[cli]==0.3.0'
2.  shamir recover            type the words of each page, in order, on one line
3.  python3 key.py > key.txt  give it the digits that step 2 printed; end with Ctrl-D
4.  age -d -i key.txt -o letter.pdf letter.pdf.age
5.  Remove key.txt.

key.py is this file:

{KEY_SCRIPT}"""


def _table(words: list[str]) -> str:
    rows = -(-len(words) // _COLUMNS)
    lines = []
    for row in range(rows):
        cells = [f"{at + 1:3}  {words[at]:<16}" for at in range(row, len(words), rows)]
        lines.append("".join(cells).rstrip())
    return "\n".join(lines)
