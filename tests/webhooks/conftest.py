"""A receiver that this server may send to: the settings allow the loopback."""

from importlib import import_module

import pytest


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with import_module("tests.webhooks.receiver").receiving() as found:
        yield found


@pytest.fixture
def project(db):
    return import_module("tests.factories").make_project()
