"""Short texts of a Zipf vocabulary, some of them edited copies of others whose similarity is known."""

import numpy as np

WORDS = 50_000
LETTERS = np.array(list("etaoinshrdlcumwfgypbvkjxqz"))
LEAST, SHARE = 0.6, 0.08


def shingle_set(text: str) -> set[str]:
    return {text[at : at + 5] for at in range(max(1, len(text) - 4))} if text else set()


def jaccard_of_sets(one: str, other: str) -> float:
    left, right = shingle_set(one), shingle_set(other)
    return len(left & right) / len(left | right) if left and right else 0.0


def planted(n: int, *, seed: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """n texts of 12 to 20 words, int (m, 2) pairs of a text and its edited copy, and their similarity, from 0.6 up."""
    rng = np.random.default_rng(seed)
    words = _vocabulary(rng)
    frequency = np.cumsum(1 / np.arange(1, WORDS + 1))
    draw = frequency / frequency[-1]
    n_copies = int(n * SHARE)
    counts = rng.integers(12, 21, n - n_copies)
    drawn = words[np.searchsorted(draw, rng.random(counts.sum()))].tolist()
    ends = np.cumsum(counts).tolist()
    texts = [" ".join(drawn[end - count : end]) for end, count in zip(ends, counts.tolist(), strict=True)]
    sources = rng.permutation(len(texts))[:n_copies].tolist()
    pairs = np.column_stack([sources, np.arange(len(texts), n)]).astype(np.int64)
    texts += [_edited(texts[source], rng, words, draw) for source in sources]
    similarity = [jaccard_of_sets(texts[one], texts[other]) for one, other in pairs.tolist()]
    return texts, pairs, np.array(similarity)


def _vocabulary(rng: np.random.Generator) -> np.ndarray:
    """Invented words, the frequent ones short."""
    chances = 1 / np.arange(2, 28) ** 0.7
    words: dict[str, None] = {}
    while len(words) < WORDS:
        length = rng.normal(2.2 + 0.55 * np.log1p(len(words)), 1.5) if len(words) > 20 else rng.integers(1, 4)
        drawn = rng.choice(LETTERS, int(np.clip(length, 1 if len(words) < 20 else 2, 12)), p=chances / chances.sum())
        words.setdefault("".join(drawn))
    return np.array(list(words))


def _edited(text: str, rng: np.random.Generator, words: np.ndarray, draw: np.ndarray) -> str:
    """Words replaced, left out, put in or given an ending, down to a similarity drawn from 0.6 to 1."""
    wanted, now = rng.uniform(LEAST, 1.0), text
    for _ in range(12):
        tokens = now.split(" ")
        at, kind = int(rng.integers(len(tokens))), rng.random()
        new = str(words[np.searchsorted(draw, rng.random())])
        put = [new] if kind < 0.4 else [] if kind < 0.6 else [new, tokens[at]] if kind < 0.8 else [tokens[at] + "s"]
        edited = " ".join([*tokens[:at], *put, *tokens[at + 1 :]])
        if jaccard_of_sets(text, edited) < LEAST:
            continue
        now = edited
        if jaccard_of_sets(text, now) < wanted:
            break
    return now
