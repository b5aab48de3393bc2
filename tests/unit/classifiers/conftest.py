"""The classifier of the shipped data, loaded once, and mail to read with it."""

from pathlib import Path

import pytest

import classifiers
from classifiers.contract import Classifier

DATA = Path(__file__).parents[3] / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return classifiers.load(DATA)
