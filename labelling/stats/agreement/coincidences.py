"""What labels of the same item say together: a small table of values, or sums over labels where there are many values.

Everything may be weighted by how often a resample drew an item and a label; a label is never paired with itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.distances import distance, expected, middles
from labelling.stats.agreement.units import Units, added
from labelling.stats.coded import Floats, Ints

# A share of all labels that only rounding leaves.
NOTHING = 1e-9
ITEMS_AT_ONCE = 1 << 14


@dataclass(frozen=True, slots=True)
class Drawn:
    """times: how often each label counts (n_labels,); items: how often each item does (n_items,). Or several such
    resamples at once, (r, n_labels) and (r, n_items)."""

    times: Floats
    items: Floats

    def __iter__(self) -> "Iterator[Drawn]":
        return (Drawn(times, items) for times, items in zip(self.times, self.items, strict=True))


@dataclass(frozen=True, slots=True)
class Sums:
    """apart: the distances of all pairs of labels of the same item. mass: labels of each value (v,). equal: of pairs
    of labels that have the value, each (v,). An item's pairs weigh as many labels as it has."""

    apart: float
    mass: Floats
    equal: Floats


@dataclass(frozen=True, slots=True)
class Resampled:
    """mass, equal: as in Sums, of r resamples at once: (r, v)."""

    mass: Floats
    equal: Floats

    def alphas(self) -> Floats:
        """Nominal alpha of each resample (r,)."""
        mass, equal = self.mass.sum(axis=1), self.equal.sum(axis=1)
        chosen = np.count_nonzero(self.mass > NOTHING * mass[:, None], axis=1)
        by_chance = mass**2 - (self.mass**2).sum(axis=1)
        unknown = np.full_like(mass, np.nan)
        apart: Floats = np.divide((mass - 1) * (mass - equal), by_chance, out=unknown, where=chosen > 1)
        return 1.0 - apart

    def alphas_by_class(self) -> Floats:
        """Of each value against all others (r, v); nan where it has no labels or all."""
        total = self.mass.sum(axis=1, keepdims=True)
        rest = total - self.mass
        unknown, defined = np.full_like(rest, np.nan), np.minimum(self.mass, rest) > NOTHING * total
        apart: Floats = np.divide((total - 1) * (self.mass - self.equal), self.mass * rest, out=unknown, where=defined)
        return 1.0 - apart


@dataclass(frozen=True, slots=True)
class Table:
    """Pairs counted in a coincidence matrix (v, v)."""

    units: Units
    cell: Ints

    def sums(self, drawn: Drawn | None = None) -> Sums:
        units, v = self.units, self.units.n_values
        counted = self._count(None if drawn is None else drawn.times)
        own = counted if drawn is None else self._count(drawn.times**2)
        matrix, at = np.zeros((v, v)), np.arange(v)
        # Some items at a time, so that what is in between stays in the processor's cache.
        for start in range(0, units.n_items, ITEMS_AT_ONCE):
            part = slice(start, start + ITEMS_AT_ONCE)
            some = counted[:, part].astype(np.float64)
            alone = some if drawn is None else own[:, part]
            weight = _weight(some.sum(axis=0), alone.sum(axis=0), None if drawn is None else drawn.items[part])
            matrix += (some * weight) @ some.T
            matrix[at, at] -= alone @ weight
        mass = matrix.sum(axis=1)
        far = distance(units.level, units.domain, mass, at[:, None], at[None, :])
        return Sums(float((matrix * far).sum()), mass, matrix[at, at])

    def resampled(self, drawn: Drawn) -> Resampled:
        """Several resamples at once."""
        r, cells = len(drawn.times), self.units.n_values * self.units.n_items
        cell = (self.cell + cells * np.arange(r)[:, None]).ravel()
        shape = (r, self.units.n_values, self.units.n_items)
        counted, own = (added(cell, drawn.times.ravel() ** power, r * cells).reshape(shape) for power in (1, 2))
        mass = counted.sum(axis=1)
        weight = _weight(mass, own.sum(axis=1), drawn.items)
        own_mass = np.einsum("rvi,ri->rv", own, weight)
        return Resampled(
            np.einsum("rvi,ri->rv", counted, weight * mass) - own_mass,
            np.einsum("rvi,rvi,ri->rv", counted, counted, weight) - own_mass,
        )

    def _count(self, weights: Floats | None) -> npt.NDArray[Any]:
        """Labels of each value and item (v, n_items)."""
        shape = (self.units.n_values, self.units.n_items)
        return np.bincount(self.cell, weights=weights, minlength=shape[0] * shape[1]).reshape(shape)


@dataclass(frozen=True, slots=True)
class Wide:
    """Sums over labels, for values too many for a table.

    cell: for nominal values the group (n_labels,) of equal labels of an item; cell_at: the first label of each group.
    one, other: the positions of every two labels of an item, where the distance asks for them.
    """

    units: Units
    cell: Ints
    cell_at: Ints
    one: Ints
    other: Ints

    def sums(self, drawn: Drawn | None = None) -> Sums:
        units = self.units
        times = np.ones(len(units.item)) if drawn is None else drawn.times
        mass = self._by_item(times)
        weight = _weight(mass, self._by_item(times**2), None if drawn is None else drawn.items)
        share = weight[units.item] * times * (mass[units.item] - times)
        of_value = added(units.value, share, units.n_values)
        equal = self._equal(weight, times) if units.level == "nominal" else np.zeros(0)
        apart = float(of_value.sum() - equal.sum()) if equal.size else self._apart(weight, mass, times, of_value)
        return Sums(apart, of_value, equal)

    def _by_item(self, weights: Floats) -> Floats:
        return added(self.units.item, weights, self.units.n_items)

    def _equal(self, weight: Floats, times: Floats) -> Floats:
        units = self.units
        all_pairs, own = (added(self.cell, times**power, len(self.cell_at)) for power in (1, 2))
        pairs = weight[units.item[self.cell_at]] * (all_pairs**2 - own)
        return added(units.value[self.cell_at], pairs, units.n_values)

    def _apart(self, weight: Floats, mass: Floats, times: Floats, of_value: Floats) -> float:
        units = self.units
        if units.level in ("ordinal", "interval"):
            scale = middles(of_value) if units.level == "ordinal" else np.asarray(units.domain, dtype=np.float64)
            x = (scale - (of_value @ scale) / max(of_value.sum(), 1e-300))[units.value]
            return float(2 * weight @ (mass * self._by_item(times * x * x) - self._by_item(times * x) ** 2))
        far = distance(units.level, units.domain, of_value, units.value[self.one], units.value[self.other])
        return float(2 * (weight[units.item[self.one]] * times[self.one] * times[self.other]) @ far)


def prepare(units: Units) -> Table | Wide:
    """What can be counted again and again with other weights."""
    if not units.fits_table:
        return wide(units)
    cell = units.value * units.n_items
    cell += units.item
    return Table(units, cell)


def wide(units: Units) -> Wide:
    nothing = np.zeros(0, dtype=np.intp)
    if units.level == "nominal":
        _, at, cell = np.unique(units.item * units.n_values + units.value, return_index=True, return_inverse=True)
        return Wide(units, cell, at, nothing, nothing)
    pairs = (nothing, nothing) if units.level in ("ordinal", "interval") else _pairs(units.item)
    return Wide(units, nothing, nothing, *pairs)


def alpha_of(sums: Sums, units: Units) -> float:
    """nan where it is undefined: no item has two labels, or no two labels differ."""
    total = float(sums.mass.sum())
    if np.count_nonzero(sums.mass > NOTHING * total) < 2:
        return float("nan")
    by_chance = expected(units.level, units.domain, sums.mass)
    return 1.0 - (total - 1) * sums.apart / by_chance if by_chance > 0 else float("nan")


def alphas_by_class(sums: Sums, units: Units, n_classes: int) -> Floats:
    """Alpha of each class (n_classes,) against all others together; nan where a class has no labels or all."""
    found = np.full(n_classes, np.nan)
    found[np.asarray(units.domain, dtype=np.intp)] = Resampled(sums.mass[None], sums.equal[None]).alphas_by_class()[0]
    return found


def _pairs(item: Ints) -> tuple[Ints, Ints]:
    """The positions of every two labels of the same item, once each."""
    order = np.argsort(item, kind="stable")
    size = np.bincount(item, minlength=1)
    left = np.repeat(np.cumsum(size), size) - 1 - np.arange(len(item))
    first, second, at = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)], np.arange(len(item))
    for apart in range(1, int(size.max())):
        at = at[left[at] >= apart]
        first.append(order[at])
        second.append(order[at + apart])
    return np.concatenate(first), np.concatenate(second)


def _weight(mass: Floats, own: Floats, times: Floats | None) -> Floats:
    """What one pair of an item's labels weighs (n_items,): all of them together weigh as many labels as it has."""
    pairs = mass * mass - own
    weight: Floats = np.divide(mass, pairs, out=np.zeros_like(mass), where=pairs > 1e-9)
    return weight if times is None else weight * times
