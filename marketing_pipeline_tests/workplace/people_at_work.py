"""Persons of the tests, and what the log says of them."""

from sqlalchemy import select

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.cli.office import BRAND, Office

HERE = frozenset({BRAND})
EDITOR = Person(name="eve", role=Role.EDITOR, source="console", brands=HERE)
APPROVER = Person(name="bob", role=Role.APPROVER, source="console", brands=HERE)
VIEWER = Person(name="vic", role=Role.VIEWER, source="console", brands=HERE)
STRANGER = Person(name="sam", role=Role.ADMIN, source="api", brands=frozenset({BrandId("bakery")}))
READER = Person(name="tim", role=Role.ADMIN, source="api", permissions=frozenset({Permission.READ}))
DECIDER = Person(
    name="dee", role=Role.APPROVER, source="api", permissions=frozenset({Permission.READ, Permission.DECIDE})
)
GIANT = "x" * 2_001
BROKEN = ("a\x00b", "a\ud800b", "a\x1b[31mb", "a\x07b")
BROKEN_NAMES = ("NUL", "lone surrogate", "escape", "bell")


def told(office: Office, beginning: str = "") -> list[tuple[str, str, str]]:
    """Action, actor and subject of each audit row whose action begins so."""
    with office.work.database.read() as connection:
        rows = connection.execute(select(audit_log).order_by(audit_log.c.sequence)).all()
    return [(row.action, row.actor, row.subject) for row in rows if row.action.startswith(beginning)]
