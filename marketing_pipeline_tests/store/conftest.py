"""Both engines of the control plane, and a counter at which a post is queued and decided about."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.store.database import Database
from marketing_pipeline_tests.store.publish_counter import Counter

CONTROL_PLANES = {"database", "empty_url"}
SQLITE_ALONE = {
    "test_sqlite_file",
    # They put an old copy of the file back; on a server that is test_backup_of_a_server's.
    "test_reconciliations",
    # Rules that are tried with very many cases; other tests beside them show that the server keeps them too.
    "test_a_long_chain_is_checked_as_a_stream",
    "test_a_step_is_refused_by_domain_and_database_alike",
    "test_a_step_of_a_post_is_refused_by_domain_and_database_alike",
    "test_of_decisions_in_sequence_the_last_that_applies_wins",
    "test_only_drawn_steps_are_taken_and_a_refused_one_leaves_no_trace",
    "test_reservations_and_costs_never_pass_the_cap",
    "test_whenever_it_is_collected_nothing_is_taken_twice_and_nothing_forgotten",
}
"""Modules and tests."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test with a control plane runs on both engines, but for what is about the file itself."""
    names = {metafunc.definition.path.stem, metafunc.definition.name}
    if CONTROL_PLANES & set(metafunc.fixturenames) and not SQLITE_ALONE & names:
        metafunc.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def empty_url(engine: str, marketing_home: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A place for a control plane that nobody has opened yet."""
    if engine == "sqlite":
        yield f"sqlite:///{marketing_home / 'control_plane.sqlite'}"
        return
    server = request.getfixturevalue("postgres")
    name = server.new_database()
    yield server.sqlalchemy_url(name)
    server.drop(name)


@pytest.fixture
def counter(database: Database, brand: Brand) -> Iterator[Counter]:
    """Every test leaves an intact audit chain behind."""
    made = Counter(database, brand)
    yield made
    with database.read() as connection:
        assert made.plane.audit.verify(connection).intact
