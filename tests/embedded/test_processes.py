"""What `manage.py up` starts: servers that are its own, also beside another one that starts at the same moment."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from experts.embedded.processes import Fell, Together, start_queue, wait_for

AT_ONCE = 4


def test_queues_that_start_at_once_are_each_ones_own(tmp_path):
    those_who_start = [Together() for _ in range(AT_ONCE)]

    def start(number: int) -> str:
        log = tmp_path / f"{number}.log"
        return start_queue(those_who_start[number], cwd=tmp_path, environment={}, log=log)

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            addresses = list(pool.map(start, range(AT_ONCE)))
        assert len(set(addresses)) == AT_ONCE
        for address, together in zip(addresses, those_who_start, strict=True):
            with redis.Redis.from_url(address) as client:
                assert client.info("server")["process_id"] == together.children["queue"].pid
    finally:
        for together in those_who_start:
            together.stop()


def test_what_ends_before_it_answers_is_told_with_its_last_words_and_not_waited_for(tmp_path):
    together, log = Together(), tmp_path / "log"
    command = [sys.executable, "-c", "print('no room left', flush=True); raise SystemExit(1)"]
    child = together.start("web", command, cwd=tmp_path, environment={}, log=log)
    with pytest.raises(Fell, match=r"(?s)The web server ended by itself.*no room left"):
        wait_for(lambda: False, child=child, what="The web server", log=log)
