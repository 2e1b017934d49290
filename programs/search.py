"""What a person types finds what is meant: 臺 is 台, full width is half width, case and spaces do not matter.

The plan and the decisions on it are some hundreds of records: they are searched in memory, and no character of a query
means anything but itself. It knows no pages and no languages.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 100
"""Characters of a query; nobody types more to find something."""
AROUND = 30
"""Characters of a long text shown before and after the first match."""
_SAME = str.maketrans("臺", "台")


class _Folding(dict[int, str]):
    """What each character is compared as, found out when it is first met; spaces as nothing."""

    def __missing__(self, code: int) -> str:
        same = unicodedata.normalize("NFKC", chr(code)).casefold().translate(_SAME)
        self[code] = "".join(each for each in same if not each.isspace())
        return self[code]


_FOLDING = _Folding()


def folded(text: str) -> str:
    """The text as it is compared: `臺灣　ＡＩ` and `台灣ai` are the same."""
    return text.translate(_FOLDING)


def _places(text: str) -> list[int]:
    """For each character of the folded text the place in `text` that it came from."""
    return [place for place, character in enumerate(text) for _each in _FOLDING[ord(character)]]


@dataclass(frozen=True)
class Piece:
    """A part of a text; `is_match` where it is what was looked for."""

    text: str
    is_match: bool


class Searched:
    """A text, folded once."""

    def __init__(self, text: str) -> None:
        self.text = unicodedata.normalize("NFC", text)
        self.folded = folded(self.text)

    def pieces(self, words: Iterable[str], *, whole: bool) -> list[Piece]:
        """The text in pieces around every match; unless `whole`, only what stands near the first."""
        places = _places(self.text)
        hit = sorted({place for word in words for place in self._hit(word, places)})
        if not hit:
            return [Piece(self.text if whole else self.text[: 2 * AROUND], False)]
        start = 0 if whole else max(0, hit[0] - AROUND)
        end = len(self.text) if whole else min(len(self.text), hit[0] + 2 * AROUND)
        marked = set(hit)
        pieces = [Piece("…", False)] if start else []
        at = start
        while at < end:
            until = at
            while until < end and (until in marked) == (at in marked):
                until += 1
            pieces.append(Piece(self.text[at:until], at in marked))
            at = until
        return pieces if end == len(self.text) else [*pieces, Piece("…", False)]

    def _hit(self, word: str, places: Sequence[int]) -> Iterable[int]:
        at = self.folded.find(word)
        while at >= 0:
            first, last = places[at], places[at + len(word) - 1]
            yield from range(first, last + 1)
            at = self.folded.find(word, at + len(word))


class Entry:
    """Something that can be found: under `address` words, by its code, its title, its other names, what is said of it.

    `spellings` are other ways to write its code; `note` stands beside it and is not searched.
    """

    def __init__(
        self,
        kind: str,
        code: str,
        address: str,
        title: str,
        others: Iterable[str],
        *,
        spellings: Iterable[str] = (),
        note: str = "",
    ) -> None:
        self.kind = kind
        self.code = code
        self.address = address
        self.title = Searched(title)
        self.others = [Searched(each) for each in dict.fromkeys(others) if each and each != title]
        self.note = note
        self._codes = [folded(each) for each in (code, *spellings)]

    def rank(self, words: Sequence[str]) -> int | None:
        """How well it answers to all the words, the best zero; None where it lacks one."""
        texts = [*self._codes, self.title.folded, *(each.folded for each in self.others)]
        if not all(any(word in text for text in texts) for word in words):
            return None
        if "".join(words) in self._codes:
            return 0
        return 1 if all(word in self.title.folded for word in words) else 2


@dataclass(frozen=True)
class Found:
    """An entry that answers; `excerpt` is where, if the title does not show it."""

    entry: Entry
    title: list[Piece]
    excerpt: list[Piece]


def words_of(query: str) -> list[str]:
    """The words of a query, folded; all of them have to be found."""
    return [word for word in (folded(each) for each in unicodedata.normalize("NFC", query).split()) if word]


def search(entries: Iterable[Entry], query: str) -> list[Found]:
    """What answers to every word of the query, the best first; nothing for an empty one."""
    words = words_of(query)
    if not words:
        return []
    ranked = [(rank, entry) for entry in entries if (rank := entry.rank(words)) is not None]
    ranked.sort(key=lambda each: each[0])
    return [_found(entry, words) for _rank, entry in ranked]


def _found(entry: Entry, words: list[str]) -> Found:
    unseen = [word for word in words if word not in entry.title.folded]
    shown = next((each for each in entry.others if any(word in each.folded for word in unseen)), None)
    return Found(
        entry=entry,
        title=entry.title.pieces(words, whole=True),
        excerpt=shown.pieces(words, whole=False) if shown else [],
    )
