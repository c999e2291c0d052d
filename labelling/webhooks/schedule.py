"""When a delivery that failed is tried again: the schedule that Standard Webhooks recommends, with jitter."""

import hashlib
from datetime import timedelta

MINUTE, HOUR = 60, 3600
# Seconds after the first, second, ... failure: ten tries over three days and three hours.
PAUSES = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
# A pause is longer by up to this share, so that what failed together doesn't come back together.
JITTER = 0.2
# How long a receiver may ask to be left alone (Retry-After).
LONGEST_ASKED = 24 * HOUR


def pause(*, n_tries: int, seed: int, key: str, asked: int = 0) -> timedelta | None:
    """How long to wait after `n_tries` failures; None: no more. The jitter is a hash of the seed, the key and the try.

    asked: seconds that the receiver asked for at least.
    """
    if n_tries > len(PAUSES):
        return None
    digest = hashlib.sha256(f"{seed}:{key}:{n_tries}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    own = PAUSES[n_tries - 1] * (1 + JITTER * share)
    return timedelta(seconds=max(own, min(asked, LONGEST_ASKED)))
