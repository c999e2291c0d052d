"""One sound world for the tests of a file; each takes back what it plants."""

from importlib import import_module

import pytest


@pytest.fixture(scope="module")
def made_once(rows_of_the_file):
    return import_module("tests.doctor.world").make_world()  # Once the settings are there: this is read before them.


@pytest.fixture
def world(made_once, db):
    """The project of the world, as nobody has changed it."""
    return type(made_once).objects.get(pk=made_once.pk)
