"""The order in which the parts of an item are shown: a function of the token of its lease, which stays with the label,
so that it is on record what stood where. `frontend/src/shared/shuffle.ts` computes the same."""

_MASK = 0xFFFFFFFF


def shuffled(n: int, token: str) -> list[int]:
    """The numbers 0 to n - 1 in the order in which they are shown under a lease's token.

    Fisher and Yates' shuffle, drawn from Marsaglia's xorshift32 seeded by FNV-1a of the token's UTF-8 bytes.
    """
    order, state = list(range(n)), _seed(token)
    for last in range(n - 1, 0, -1):
        state = _next(state)
        other = (state >> 8) % (last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def _seed(token: str) -> int:
    state = 0x811C9DC5
    for byte in token.encode():
        state = ((state ^ byte) * 0x01000193) & _MASK
    for _ in range(4):
        state = _next(state or 1)
    return state


def _next(state: int) -> int:
    state ^= (state << 13) & _MASK
    state ^= state >> 17
    return state ^ ((state << 5) & _MASK)
