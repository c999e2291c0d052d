"""One sound world for the tests of a file; each takes back what it plants."""

from importlib import import_module

import pytest


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    """The world, in a transaction around those of the tests: not for a file with transactional tests."""
    transaction = import_module("django.db").transaction  # Once the settings are there, as below.
    with django_db_blocker.unblock(), transaction.atomic():
        yield import_module("tests.doctor.world").make_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(made_once, db):
    """The project of the world, as nobody has changed it."""
    return type(made_once).objects.get(pk=made_once.pk)
