"""Several candidates in order, the best first: {"order": [2, 0, 1]}.

Definition: {"question": text, "input": what is shown, "candidates", "authors"? (see `candidates`)}.

The numbers are places in the payload, from 0, whatever the order in which the candidates were shown: that follows from
the token of the lease (see `shuffle`). Nothing is left out and nothing is equal.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from labelling.schemas import candidates, outside, published
from labelling.schemas.base import Answer, Definition, Kind, Merging, Payload, SchemaError
from labelling.schemas.definitions import check_fields, check_question

MOST = 10
# Of orders that are equally near, sums of shares of the weight differ by rounding alone.
NEAR = 1e-9

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def check_definition(definition: Any) -> Definition:
    given = check_fields(definition, ("question", "input", "candidates", "authors"))
    return {"question": check_question(given), **candidates.check_shown(given, MOST)}


def check_payload(definition: Definition, payload: Payload) -> None:
    candidates.check_candidates(definition, payload, MOST)


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    if not isinstance(answer, dict) or set(answer) != {"order"}:
        raise SchemaError('answer: must be an object with the one field "order"')
    order = answer["order"]
    if not isinstance(order, list) or not all(type(place) is int for place in order):
        raise SchemaError("answer.order: must be a list of whole numbers")
    n = len(order)
    if payload is not None:
        n = len(candidates.candidates_of(definition, payload) or [])
    if not 2 <= n <= MOST or sorted(order) != list(range(n)):
        known = f"0 to {n - 1}" if payload is not None else f"0 to one less than there are, of 2 to {MOST}"
        raise SchemaError(f"answer.order: must name every candidate once, by the numbers {known}")
    return {"order": list(order)}


def merge(definition: Definition, answers: Sequence[Answer], weights: Sequence[float]) -> Answer:
    """The order nearest to all: the sum over answers of weight times Kendall's distance is least (Kemeny 1959), exact.
    Of several that are equally near, the one that has the earlier candidate of the payload first. Orders of another
    number of candidates, as an earlier schema may have had, don't count beside those of the number that most gave."""
    n = _commonest([len(answer["order"]) for answer in answers])
    answers, weights = zip(
        *(pair for pair in zip(answers, weights, strict=True) if len(pair[0]["order"]) == n), strict=True
    )
    sure = np.maximum(weights, 0.0)
    share = sure / sure.sum() if sure.any() else np.full(len(answers), 1 / len(answers))
    return {"order": _nearest(_against(answers, share))}


def _commonest(lengths: Sequence[int]) -> int:
    return max(set(lengths), key=lambda length: (lengths.count(length), length))


def _against(answers: Sequence[Answer], weights: Floats) -> Floats:
    """(n, n): the weight of those who have candidate j before i, what it costs to put i before j."""
    n = len(answers[0]["order"])
    against = np.zeros((n, n))
    for order, weight in sorted(
        (answer["order"], float(weight)) for answer, weight in zip(answers, weights, strict=True)
    ):
        place = np.empty(n)
        place[order] = np.arange(n)
        against += weight * (place[None, :] < place[:, None])
    return against


def _nearest(against: Floats) -> list[int]:
    """By dynamic programming over the sets of candidates that are still to be placed, as bits (Held & Karp 1962)."""
    n = len(against)
    # first[i, rest]: what it costs to put i before all of a set.
    first = np.zeros((n, 1 << n))
    for j in range(n):
        first[:, 1 << j : 2 << j] = first[:, : 1 << j] + against[:, j, None]
    least = np.zeros(1 << n)
    for rests, without in _layers(n):
        least[rests] = np.where(without == rests, np.inf, first[:, rests] + least[without]).min(axis=0)
    order, rest = [], (1 << n) - 1
    while rest:
        near = least[rest] + NEAR
        best = next(i for i in range(n) if rest >> i & 1 and first[i, rest] + least[rest & ~(1 << i)] <= near)
        order.append(best)
        rest &= ~(1 << best)
    return order


@cache
def _layers(n: int) -> list[tuple[Ints, Ints]]:
    """The sets of one candidate, of two, and so on: bits (s,), and the same without each candidate (n, s)."""
    every = np.arange(1 << n)
    size = sum(every >> i & 1 for i in range(n))
    single = 1 << np.arange(n)[:, None]
    return [(rests, rests & ~single) for rests in (every[size == of] for of in range(1, n + 1))]


def likeness(definition: Definition, one: Answer, other: Answer) -> float:
    """The share of pairs that stand in the same order: (1 + Kendall's tau) / 2."""
    if sorted(one["order"]) != sorted(other["order"]):
        return 0.0
    place = {candidate: at for at, candidate in enumerate(other["order"])}
    places = [place[candidate] for candidate in one["order"]]
    n = len(places)
    same = sum(places[i] < places[j] for i in range(n) for j in range(i + 1, n))
    return same / (n * (n - 1) / 2)


def describe(definition: Definition, answer: Answer) -> str:
    return " > ".join(map(candidates.number_of, answer["order"]))


def exported(definition: Definition, answer: Answer) -> str:
    """The places in the payload, counted from 0, the best first: "2>0>1"."""
    return ">".join(map(str, answer["order"]))


EXAMPLE: Definition = {
    "question": "Put the answers in order, the best first.",
    "input": {"kind": "texts", "fields": ["prompt", "answers"]},
    "candidates": "answers",
    "authors": "models",
}
# Up to four candidates only equal orders are as near; of five, two neighbours may have changed places.
ALIKE = 0.9
KIND = Kind(
    name="ranking", title="Several in order", check_definition=check_definition, check_answer=check_answer,
    describe=describe, exported=exported, labels=lambda definition: [], example=EXAMPLE,
    answers=Merging(merge, likeness, ALIKE), reads_payload=True, check_payload=check_payload, outside={
        "hugging-face": outside.HuggingFace(lambda definition: ["text-ranking"]),
        "label-studio": outside.LabelStudio(
            lambda definition: Element("Ranker"),
            lambda definition, answer, payload: [{"ranker": {"answer": [str(place) for place in answer["order"]]}}],
            listed=True,
        ),
    },
    definition_schema=published.of_definition(
        candidates.published_fields(MOST), optional=["candidates", "authors"]
    ),
    answer_schema=published.an_object({"order": {
        "type": "array", "items": {"type": "integer", "minimum": 0, "maximum": MOST - 1}, "minItems": 2,
        "maxItems": MOST, "uniqueItems": True, "title": "Order",
        "description": "Places in the payload, counted from 0, the best first.",
    }}),
)  # fmt: skip
