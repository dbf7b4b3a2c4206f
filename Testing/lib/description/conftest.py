import pytest

from Sketch2CTLib.evaluation import bodies as analytic_bodies


@pytest.fixture(scope="session")
def bodies():
    """The analytic bodies."""
    return analytic_bodies
