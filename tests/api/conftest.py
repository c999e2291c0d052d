"""A project with an owner and a labeller, and the two calling the API."""

from importlib import import_module

import pytest


@pytest.fixture
def factories():
    return import_module("tests.factories")  # Once the settings are there: this file is read before them.


@pytest.fixture
def call():
    return import_module("tests.api.calls").Caller


@pytest.fixture
def project(db, factories):
    return factories.make_project()


@pytest.fixture
def owner(project, factories, call):
    return call(factories.make_user("olga"))


@pytest.fixture
def lara(project, factories):
    return factories.make_labeller(project, "lara")


@pytest.fixture
def labeller(lara, call):
    return call(lara.user)
