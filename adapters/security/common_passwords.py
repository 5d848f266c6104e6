"""Know the passwords that anyone would try first, from a short list of our own making."""

import re

# What people build passwords of, by our own judgement; no breach was copied.
_WORD_LIST = """
abc account admin administrator adobe amazing america andrea andrew angel animal anthony
apple april asdf asdfgh asdfghjkl ashley august autumn baby backup bailey ballast bank banker
banking baseball basketball batman beautiful bitcoin blue bond broker buster butterfly
capital change changeit changeme charlie cheese chelsea chocolate coffee computer cookie
crypto daniel database december default demo diamond dollar dragon easter eagle elephant
elizabeth enter ethereum euro family february finance flower football forever freedom friday
friend friends fund gandalf garden george ginger god goodbye google gold guest hannah happy
harley heaven hello hockey home house hunter ihateyou iloveyou internet invest investor
jackson january jasmine jennifer jessica jesus jordan joshua july june justin killer king
knight letmein lisa liverpool login london love lovely lover maggie magic manager march
market marina martin master matrix matthew maverick michael michelle midnight money monkey
monday money mother mustang my mypassword naruto network new nicole ninja november october
office online orange owner paper pass passcode passphrase password passw passwort pepper
pepsi phoenix please pokemon portfolio prince princess private profit purple qazwsx qwer
qwert qwerty qwertyuiop rainbow ranger red robert root samsung saturday secret secure
security september server shadow shares silver simple soccer sophie spring starwars stock
stocks summer sunday sunshine super superman superstar support sweet system taylor temp
temporary test tester testing the thomas thursday tigger trader trading trust trustno
trustnoone tuesday user victory wealth wednesday welcome whatever william windows winner
winter wizard wolf yankees your zaq zxcv zxcvbn zxcvbnm
"""
_PHRASE_LIST = """
correcthorsebatterystaple thequickbrownfox maytheforcebewithyou tobeornottobe
openthedoorplease thisismypassword iamthebestintheworld neverforgetthispassword
idontknowmypassword showmethemoney winteriscoming livelongandprosper
"""
_WORDS, _PHRASES = frozenset(_WORD_LIST.split()), frozenset(_PHRASE_LIST.split())
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_OTHER = re.compile(r"[^a-z]+")
_YEARS = re.compile(r"(?:[^0-9a-z]*(?:19|20)[0-9]{2})+[^0-9a-z]*")
# Four words and more may be a passphrase that was drawn.
_WORDS_MAX = 3
_LONGEST = max(map(len, _WORDS))


def is_common(password: str) -> bool:
    """Tell whether it is years alone, or three such words at most, with digits and signs about.

    Case, digits for letters and what stands between the words make no difference.
    """
    plain = password.casefold()
    if _YEARS.fullmatch(plain):
        return True
    readings = {_OTHER.sub("", plain), _OTHER.sub("", plain.translate(_LEET))}
    # Digits at either end stand for themselves, those within for letters.
    inner = plain.strip("0123456789!@$#%&*?.,-_+ ")
    readings.add(_OTHER.sub("", inner.translate(_LEET)))
    return any(_is_made_of_words(reading) for reading in readings if reading)


def _is_made_of_words(text: str) -> bool:
    if text in _PHRASES:
        return True
    if len(text) > _WORDS_MAX * _LONGEST:
        return False
    reached = {0}
    for _ in range(_WORDS_MAX):
        reached = {
            end
            for start in reached
            for end in range(start + 2, min(start + _LONGEST, len(text)) + 1)
            if text[start:end] in _WORDS
        }
        if len(text) in reached:
            return True
    return False
