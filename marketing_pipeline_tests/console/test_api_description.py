"""The API against its own description: whatever is sent, it never fails, and it answers as it says."""

from datetime import timedelta
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi import checks

from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline_tests.cli.office import FIRST, SECOND, Office
from marketing_pipeline_tests.console.browser import Site

EXAMPLES = 12
_BOSS = Person(name="root", role=Role.ADMIN, source="cli")
_SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def test_no_request_makes_it_fail_and_every_answer_is_as_described(office: Office, site: Site) -> None:
    office.published(FIRST)
    office.awaiting(SECOND)
    office.work.refresh_warehouse()
    people = site.office.place.people
    expires = people.now() + timedelta(days=1)
    _, token = people.make_token(_BOSS, "a test", frozenset(Permission), expires, user="ann")
    headers = {"authorization": f"Bearer {token}", "host": "127.0.0.1"}
    described: Any = checks
    schema: Any = schemathesis.openapi.from_asgi("/api/v1/openapi.json", site.client.app, headers=headers)
    tried: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        assert operation is not None

        @_SETTINGS
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            answer = case.call(headers=headers)
            assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
            promises = [described.response_schema_conformance, described.status_code_conformance]
            case.validate_response(answer, checks=promises)
            tried.setdefault(case.operation.label, set()).add(answer.status_code)

        ask()
    assert len(tried) >= 25
    done = [label for label, statuses in tried.items() if min(statuses) < 300]
    assert len(done) >= 10, tried
