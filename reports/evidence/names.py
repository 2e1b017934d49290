"""A file's name and an address are shown to people: what could deceive them is taken out, or refused.

The cleaned name is for display and for the download; no path on the disk is ever made of it.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from reports.evidence.refusals import NotAccepted

LONGEST_NAME = 120
LONGEST_ADDRESS = 2000
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
# Controls, invisible formatting (also what turns the direction of writing round), surrogates, unassigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn"})
_valid_address = URLValidator(schemes=["http", "https"])


def shown(text: str) -> str:
    """One line of text without anything that is not seen as it stands."""
    seen = "".join(each for each in _BLANKS.sub(" ", text) if unicodedata.category(each) not in _UNSEEN)
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", seen)).strip()


def clean_name(name: str) -> str:
    """The last part of whatever path was sent, printable, usable on every system, with its ending kept."""
    last = re.split(r"[/\\]", name)[-1]
    plain = _FORBIDDEN.sub("_", shown(last)).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    stem, ending = (stem.strip(" ."), ending.strip()) if dot else (plain, "")
    if not stem:
        stem, ending = ending, ""
    if _RESERVED.fullmatch(stem.partition(".")[0].strip()):
        stem = f"_{stem}"
    ending = f".{ending}"[:12] if ending else ""
    return f"{stem[: LONGEST_NAME - len(ending)].rstrip(' .')}{ending}" or "_"


def clean_address(text: str) -> str:
    """An address of the web as it can be followed; NotAccepted for any other, and for one that carries a password."""
    address = text.strip()
    if len(address) > LONGEST_ADDRESS:
        raise NotAccepted(_("網址過長：上限 %(longest)d 字。") % {"longest": LONGEST_ADDRESS})
    if any(unicodedata.category(each) in _UNSEEN or each.isspace() or each == "\\" for each in address):
        raise NotAccepted(_("網址含有空白或看不見的字元，請重新複製網址。"))
    try:
        parts = urlsplit(address)
        has_password = parts.username is not None or parts.password is not None
        _valid_address(address)
    except (ValidationError, ValueError) as error:
        raise NotAccepted(_("請填完整網址，以 https:// 或 http:// 開頭。")) from error
    if has_password:
        raise NotAccepted(_("網址不得含有帳號或密碼。"))
    return address
