"""One deployment for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from deployment import Deployment, deployment


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def it() -> Iterator[Deployment]:
    with deployment() as running:
        yield running


@pytest.fixture(params=["api", "ingress"])
def door(request: pytest.FixtureRequest, it: Deployment) -> str:
    """The address of the endpoint: one replica itself, and both behind nginx."""
    return it.first.url if request.param == "api" else it.ingress
