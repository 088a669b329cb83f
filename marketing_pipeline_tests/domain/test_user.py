"""Names and passwords that are refused, and those that are not."""

import pytest

from marketing_pipeline.domain.user import RESERVED, UserRefused, require_password, require_user_name
from marketing_pipeline.store import ad_proposals, alerts, attempts, configuration, reconciliations
from marketing_pipeline.workflows import design_posts, judge_ad_changes, queue_posts, write_posts


@pytest.mark.parametrize("name", ["ana", "Ana.Lopez", "ana@example.com", "a", "7of9", "x" * 64])
def test_names_that_people_have_are_taken(name: str) -> None:
    assert require_user_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "x" * 65, ".ana", "an a", "ana\n", "\u0430na", "policy:x", "demo operator", "a\0b", *sorted(RESERVED)]
)
def test_names_that_could_be_taken_for_something_else_are_refused(name: str) -> None:
    with pytest.raises(UserRefused):
        require_user_name(name)


def test_no_user_has_the_name_of_a_program_that_acts() -> None:
    programs = {
        attempts.WORKER,
        *(module.ACTOR for module in (ad_proposals, alerts, configuration, reconciliations)),
        *(module.ACTOR for module in (design_posts, judge_ad_changes, queue_posts, write_posts)),
    }
    assert programs <= RESERVED


@pytest.mark.parametrize("password", ["a kettle of good water", "correct-horse-1", "\u8336\u58f6" * 6 + "\u6c34\u706b"])
def test_passwords_that_nobody_guesses_are_taken(password: str) -> None:
    require_password(password, "ana")


@pytest.mark.parametrize(
    "password",
    ["elevenchars", "x" * 513, "annabella.lee", "Annabella.Lee-2026", "annabella.leeannabella.lee", "aaaaaaaaaaaa",
     "null\0character", "\ud800 half a character"],
)  # fmt: skip
def test_passwords_that_somebody_guesses_are_refused_and_not_quoted(password: str) -> None:
    with pytest.raises(UserRefused) as refused:
        require_password(password, "annabella.lee")
    assert password not in str(refused.value)
