"""pytest-alembic's own checks of the history, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config
from pytest_alembic.plugin.fixtures import alembic_runner
from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)
from sqlalchemy import Engine

from codemation.backend.migrations import revisions
from tests.backend.places import Place

__all__ = [
    "alembic_runner",
    "test_model_definitions_match_ddl",
    "test_single_head_revision",
    "test_up_down_consistency",
    "test_upgrade",
]


@pytest.fixture
def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic_environment"))
    config.set_main_option("version_locations", revisions.FOLDER)
    config.set_main_option("path_separator", "os")
    return config


@pytest.fixture
def alembic_engine(place: Place) -> Engine:
    return place.engine
