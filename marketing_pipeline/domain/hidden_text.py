"""Characters that a reader does not see, and letters that look like others: found, or written out as `[U+200B]`.

Hidden are control and format characters, private and unpaired ones, and everything that Unicode calls default
ignorable (UAX 44, DerivedCoreProperties). Some have a good use, and are then left alone: in emoji (UTS 51: joined
sequences, presentation selectors, the flags of England, Scotland and Wales), and joiners between letters of scripts
that are written with them (UAX 31, section 2.3).
"""

import re
import unicodedata

HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001345f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
"""The inside of a character class; line feed and tab are not in it."""
_HIDDEN = re.compile(f"[{HIDDEN}]")
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff]"
)
_ONE = f"{_PICTURE}[\U0001f3fb-\U0001f3ff]?[\ufe0e\ufe0f]?"
# The subdivision flags recommended for interchange: any other run of tag characters is a text in hiding.
_FLAGS = "|".join(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
)
_JOINING = "\u0600-\u06ff\u0750-\u077f\u0700-\u074f\u0900-\u0dff\u1800-\u18af"
_HARMLESS = re.compile(
    f"{_FLAGS}|{_ONE}(?:\u200d{_ONE})*|[0-9#*]\ufe0f\u20e3|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
)
_EITHER = re.compile(f"(?P<harmless>{_HARMLESS.pattern})|{_HIDDEN.pattern}")
_RUN = re.compile(r"[\w.]+")
# Scripts with letters that are drawn like Latin ones, and in which words of that kind are written.
_LIKE_LATIN = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
# Where they stand, with what stands between them: a text without any of it is shown as it is, in one look.
_IN_QUESTION = re.compile(
    f"[{HIDDEN}\u0370-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u1d26-\u1d6a\u1f00-\u1fff\u2c80-\u2cff\ua4d0-\ua4ff"
    "\ua640-\ua69f\uab65-\uabbf\ufb13-\ufb17\U00010140-\U000101a0\U000102e0-\U000102fb\U00011fb0"
    "\U0001d200-\U0001d245]"
)


def hidden_in(text: str) -> tuple[str, ...]:
    """The hidden characters of a text, each once and written out; empty where everything can be seen."""
    if text.isascii() and text.isprintable():
        return ()
    found = (match.group() for match in _EITHER.finditer(text) if not match["harmless"])
    return tuple(dict.fromkeys(map(_written, found)))


def look_alikes_in(text: str) -> tuple[str, ...]:
    """Words that mix Latin letters with letters that look like them, as false addresses and names do; written out."""
    if text.isascii():
        return ()
    runs = (match.group() for match in _RUN.finditer(text))
    return tuple(dict.fromkeys(_spelt(run) for run in runs if _mixed(run)))


def shown(text: str) -> str:
    """The text for a reader: what would not be seen, or is not what it looks like, is written out."""
    if not _IN_QUESTION.search(text):
        return text
    visible = _EITHER.sub(lambda match: match["harmless"] or _written(match.group()), text)
    return _RUN.sub(lambda match: _spelt(match.group()) if _mixed(match.group()) else match.group(), visible)


def in_json(text: str) -> str:
    """JSON in which hidden characters stand as `\\u200b`: the same content, and nothing that acts on a screen."""
    return _HIDDEN.sub(json_escape, text)


def json_escape(found: re.Match[str]) -> str:
    """What was found, as JSON escapes it."""
    units = found.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _written(letter: str) -> str:
    return f"[U+{ord(letter):04X}]"


def _mixed(run: str) -> bool:
    latin = any("a" <= letter <= "z" for letter in run.lower())
    return latin and any(map(_looks_latin, run))


def _looks_latin(letter: str) -> bool:
    return not letter.isascii() and unicodedata.name(letter, "").startswith(_LIKE_LATIN)


def _spelt(run: str) -> str:
    return "".join(_written(letter) if _looks_latin(letter) else letter for letter in run)
