"""The product's settings with the bare view in the place of everything else: no middleware, no sign-in."""

from labelling.settings import *  # noqa: F403 - settings are read by name

ROOT_URLCONF = "tests.bench.bare"
MIDDLEWARE: list[str] = []
