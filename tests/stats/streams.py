"""A stream of items answered by simulated labellers whose confusion matrices are known, judged as live work is."""

from dataclasses import dataclass

import numpy as np

from labelling.stats import price, stopping

MAXIMUM = 8


@dataclass(frozen=True)
class Stream:
    """Of n items in the order they come: truth (n,); posterior (n, MAXIMUM, k) and information (n, MAXIMUM) after
    each label they could get; pooled (k, k): the average simulated labeller."""

    truth: np.ndarray
    posterior: np.ndarray
    information: np.ndarray
    pooled: np.ndarray

    def right(self, n_labels):
        """Which items the likeliest answer after that many labels is true of."""
        return self.posterior[np.arange(len(self.truth)), n_labels - 1].argmax(axis=1) == self.truth

    def take(self, rows):
        return Stream(self.truth[rows], self.posterior[rows], self.information[rows], self.pooled)


def simulated_stream(seed, *, n_items=4000, n_classes=3, n_labellers=40, accuracy=(0.55, 0.95), trust=1.0):
    """trust: above 1, the posteriors are that much too sure of themselves, in log odds."""
    random = np.random.default_rng(seed)
    k, skill = n_classes, random.uniform(*accuracy, n_labellers)
    confusion = np.empty((n_labellers, k, k))
    for true in range(k):
        wrong = random.dirichlet(np.ones(k - 1), n_labellers) * (1 - skill[:, None])
        confusion[:, true] = np.insert(wrong, true, skill, axis=1)
    truth = random.integers(0, k, n_items)
    labellers = random.random((n_items, n_labellers)).argsort(axis=1)[:, :MAXIMUM]
    limits = confusion[labellers, truth[:, None]].cumsum(axis=2)
    labels = (random.random((n_items, MAXIMUM, 1)) > limits).sum(axis=2).clip(max=k - 1)
    weight = trust * np.log(confusion[labellers, :, labels]).cumsum(axis=1)
    weight = np.exp(weight - weight.max(axis=2, keepdims=True))
    posterior = weight / weight.sum(axis=2, keepdims=True)
    pooled = confusion.mean(axis=0)
    information = stopping.information(posterior.reshape(-1, k), pooled).reshape(n_items, MAXIMUM)
    return Stream(truth, posterior, information, pooled)


def run(stream, *, wanted, policy, seed=0, refit_every=250, in_work=100):
    """Labels of each item (n,) and the prices of the fits, when the price is steered to `wanted` labels an item.

    in_work: so many items are open at once, and the next label goes to any of them.
    """
    random = np.random.default_rng(seed)
    limits = price.limits(stream.pooled, policy["stop_confidence"])
    n_labels, prices, given = np.zeros(len(stream.truth), dtype=int), [0.0], 0
    waiting = list(range(len(stream.truth)))[::-1]
    open_items = [waiting.pop() for _ in range(in_work)]
    judged, ended = np.zeros(MAXIMUM + 1), np.zeros(MAXIMUM + 1)
    while open_items:
        at = int(random.integers(len(open_items)))
        item = open_items[at]
        n_labels[item], given, n = n_labels[item] + 1, given + 1, n_labels[item] + 1
        verdict = stopping.decide(
            stream.posterior[item, n - 1], n, information=stream.information[item, n - 1], price=prices[-1], **policy
        )
        judged[n] += 1
        if verdict != "more":
            ended[n] += 1
            open_items[at] = open_items[-1]
            open_items.pop()
            open_items += [waiting.pop()] if waiting else []
        if given % refit_every == 0:
            spent, settled = price.labels_an_item(judged, ended, policy["minimum"]), int(ended.sum())
            prices.append(price.adjust(prices[-1], spent=spent, settled=settled, wanted=wanted, limits=limits))
            judged[:], ended[:] = 0, 0
    return n_labels, prices


def stopped_by_confidence(stream, policy, wanted):
    """Labels of each item (n,) when a confidence alone is set so that the average is the wanted one."""
    low, high = 0.0, 1.0
    for _ in range(40):
        confidence = (low + high) / 2
        stop = stream.posterior.max(axis=2) >= confidence
        stop[:, : policy["minimum"] - 1], stop[:, -1] = False, True
        n_labels = stop.argmax(axis=1) + 1
        low, high = (confidence, high) if n_labels.mean() < wanted else (low, confidence)
    return n_labels
