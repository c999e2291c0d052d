"""What several wordings of one text add up to, word by word.

The wordings are laid over the one that is most like all others and the words at each place are voted on (ROVER: Fiscus
1997, with the weighted medoid in the place of a first system that somebody chose).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

from labelling.schemas.edits import TooLong, align, distance
from labelling.schemas.medoid import medoid

# Written without spaces between words: kana, Han, Thai, Lao, Myanmar, Khmer. There each character is a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True)
class Word:
    """A word or a sign, and the space before it; None for the first of a text, of which nothing can be said."""

    text: str
    gap: str | None


Wording = tuple[Word, ...]


def words(text: str) -> Wording:
    """The words and signs of a text, in order. Space after the last one is left out."""
    found: list[Word] = []
    gap, word, is_open = "", "", False
    for sign in text:
        spaced = _is_spaced(sign)
        if word and (unicodedata.category(sign)[0] == "M" or (is_open and spaced)):
            word += sign
            continue
        if word:
            found.append(Word(word, gap if found else None))
            gap = word = ""
        if sign.isspace():
            gap += sign
        else:
            word, is_open = sign, spaced
    return (*found, Word(word, gap if found else None)) if word else tuple(found)


def _is_spaced(sign: str) -> bool:
    """Whether it is a letter or a digit of a script that has spaces between words."""
    return (sign.isalnum() or sign == "_") and not _UNSPACED.match(sign)


def _joined(merged: Sequence[Word]) -> str:
    """With a space between two words that would else become one, and where nobody knows."""
    text = merged[0].text if merged else ""
    for before, word in pairwise(merged):
        ends = before.text[-1], word.text[0]
        gap = word.gap or (" " if all(map(_is_spaced, ends)) else word.gap)
        if gap is None:
            gap = "" if any(map(_UNSPACED.match, ends)) else " "
        text += gap + word.text
    return text


def likeness(one: str, other: str) -> float:
    """1 less the characters to change, put in or take out, as a share of the longer text's. 0 to 1; symmetric."""
    longer = max(len(one), len(other))
    return 1 - distance(one, other) / longer if longer else 1.0


def vote(texts: Sequence[str], weights: Sequence[float]) -> str:
    """One text put together from several, whose order makes a difference only in ties. Texts that are too long to be
    laid over each other are not: then it is the one that is most like all others."""
    base = medoid(texts, weights, likeness)
    shares = list(weights) if any(weights) else [1.0] * len(texts)
    try:
        merged = _vote([words(text) for text in texts], shares, base)
    except TooLong:
        return texts[base]
    return _joined(merged)


def _vote(wordings: Sequence[Wording], shares: Sequence[float], base: int) -> list[Word]:
    """Lay all over the one of index `base`; at each of its words, and between them, the greatest weight decides."""
    size = len(wordings[base])
    there: list[list[Word | None]] = [[None] * size for _ in wordings]
    between: list[list[list[Word]]] = [[[] for _ in range(size + 1)] for _ in wordings]
    for number, wording in enumerate(wordings):
        place = 0
        for i, j in align([word.text for word in wordings[base]], [word.text for word in wording]):
            if i is not None:
                there[number][i] = None if j is None else wording[j]
                place = i + 1
            elif j is not None:
                between[number][place].append(wording[j])
    merged: list[Word] = []
    for at in range(size + 1):
        merged += _vote_between([tuple(one[at]) for one in between], shares)
        if at < size:
            merged += _vote_word([one[at] for one in there], shares, wordings[base][at])
    return merged


def _vote_word(given: Sequence[Word | None], shares: Sequence[float], base: Word) -> list[Word]:
    """The word that has the greatest weight, none if that is left out; of equals the base's, then the first."""
    texts = [None if word is None else word.text for word in given]
    text = _heaviest(texts, shares, base.text)
    if text is None:
        return []
    known = [(word.gap, share) for word, share in zip(given, shares, strict=True)
             if word and word.text == text and word.gap is not None]  # fmt: skip
    if not known:
        return [Word(text, None)]
    return [Word(text, _heaviest([gap for gap, _ in known], [share for _, share in known], base.gap))]


def _heaviest(options: Sequence[str | None], shares: Sequence[float], first: str | None) -> str | None:
    weights = {
        option: fsum(share for one, share in zip(options, shares, strict=True) if one == option)
        for option in set(options)
    }
    return min(weights, key=lambda option: (-weights[option], option != first, option is None, option or ""))


def _vote_between(given: Sequence[Wording], shares: Sequence[float]) -> list[Word]:
    """What is put in between two words, where most put something in: voted on in the same way."""
    some = [bool(wording) for wording in given]
    if fsum(share for share, there in zip(shares, some, strict=True) if there) <= fsum(shares) / 2:
        return []
    texts = [" ".join(word.text for word in wording) for wording in given]
    filled = [number for number, there in enumerate(some) if there]
    base = medoid([texts[number] for number in filled], [shares[number] for number in filled], likeness)
    return _vote(given, shares, filled[base])
