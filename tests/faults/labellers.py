"""People who label over REST while servers die: each notes what it sent and what was acknowledged."""

import http.client
import random
import threading
import time
import zlib
from collections import Counter

from tests.web import Connection

CHOICES = ("match", "no match")
WALKS_AWAY, SKIPS, SENDS_TWICE = 0.06, 0.10, 0.16
# People who answered at random would settle nothing, and leave nothing to publish.
RIGHT = 0.9
PATIENCE_SECONDS = 60.0


def true_answer(payload: object) -> str:
    return CHOICES[zlib.crc32(repr(payload).encode()) % len(CHOICES)]


class Labeller(threading.Thread):
    """Leases, answers, skips, walks away. What got no reply is sent again with the same token, as the page does.

    sent: {token: choice}; acknowledged: {token: (label, choice)}; lost: requests without a reply; told_to_wait: replies
    that the database is away; refused: how often which refusal came; unexpected: replies that nothing explains.
    """

    def __init__(self, *, port: int, secret: str, project: str, seed: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.connection = Connection(port=port, secret=secret)
        self.project, self.stop = project, stop
        self.random = random.Random(seed)
        self.sent: dict[str, str] = {}
        self.acknowledged: dict[str, tuple[str, str]] = {}
        self.lost = 0
        self.told_to_wait = 0
        self.stored_unheard = 0
        self.refused: Counter[str] = Counter()
        self.unexpected: list[object] = []

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                leases = self.lease()
                if not leases:
                    time.sleep(0.05)
                for lease in leases:
                    self.work_on(lease["token"], true_answer(lease["payload"]))
        except Exception as error:  # a thread that ends is a finding, shown by the test
            self.unexpected.append(error)
        finally:
            self.connection.close()

    def lease(self) -> list[dict]:
        status, body = self.persist(f"/api/v1/projects/{self.project}/leases", {"count": 3})
        if status != 200:
            self.unexpected.append((status, body))
            return []
        return body["leases"]

    def work_on(self, token: str, truth: str) -> None:
        mood = self.random.random()
        if mood < WALKS_AWAY:
            return
        if mood < SKIPS:
            self.persist(f"/api/v1/leases/{token}/skip", None)
            return
        choice = self.sent.setdefault(token, truth if self.random.random() < RIGHT else self.random.choice(CHOICES))
        self.answer(token, choice)
        if mood < SENDS_TWICE:
            self.answer(token, choice)

    def answer(self, token: str, choice: str) -> None:
        unheard_before = self.lost + self.told_to_wait
        status, body = self.persist(f"/api/v1/leases/{token}/label", {"answer": {"choice": choice}})
        if status in {200, 201}:
            self.stored_unheard += int(status == 200 and self.lost + self.told_to_wait > unheard_before)
            before = self.acknowledged.setdefault(token, (body["label"], choice))
            if before != (body["label"], choice) or not body["standing"]:
                self.unexpected.append((status, body, before))
        elif status in {404, 410} and token not in self.acknowledged:
            self.refused[body["code"]] += 1
        else:
            self.unexpected.append((status, body))

    def persist(self, path: str, body: object) -> tuple[int, dict]:
        """The reply, however often the request has to be sent: without a reply, or told to come again, it is."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                status, reply = self.connection.post(path, body)
            except (OSError, http.client.HTTPException):
                self.lost += 1
                if time.monotonic() > deadline:
                    raise
            else:
                away = status == 503 and reply["code"] == "database_away"
                if not away or time.monotonic() > deadline:
                    return status, reply
                self.told_to_wait += 1
            time.sleep(0.05)
