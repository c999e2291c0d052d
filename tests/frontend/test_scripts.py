"""The scripts of the pages: their types, their own tests, and what a labeller's phone has to load."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_types_hold_own_tests_pass_and_no_page_loads_more_than_it_may():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "front_end.py", "check"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
