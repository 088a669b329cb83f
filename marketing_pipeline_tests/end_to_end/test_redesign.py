"""A person wants another picture: the composer is told why, the words stay, and the new content is queued."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from marketing_pipeline.agents.language_model import Answer, Answered, LanguageModel
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.creatives import attempts_of
from marketing_pipeline.workflows.design_posts import design_posts
from marketing_pipeline.workflows.failed_posts import raise_for
from marketing_pipeline.workflows.queue_posts import queue_posts
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company, kept_small

EVE = Person(name="eve", role=Role.EDITOR, source="console")
WISH = "a darker, calmer ground"


class Overheard(LanguageModel):
    """A model of which a test hears what it is told."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.told: list[tuple[str, str]] = []

    async def ask(self, question: Question[Answer], *, subject: CallSubject, brand: Brand) -> Answered[Answer]:
        self.told.append((question.agent, str([block.content for block in question.blocks])))
        return await self._model.ask(question, subject=subject, brand=brand)

    @asynccontextmanager
    async def sending_ahead(
        self, opening: Question[Any], *, subject: CallSubject, brand: Brand
    ) -> AsyncGenerator[None]:
        async with self._model.sending_ahead(opening, subject=subject, brand=brand):
            yield


def design(people: Company) -> list[str]:
    """Design what is written; what the composer was told, oldest first."""

    async def designing() -> list[str]:
        async with people.workplace.providers.language_model() as model:
            heard = Overheard(model)
            studio = people.workplace.providers.studio(people.brand)
            raise_for(await design_posts(people.at(FIRST_WEEK), heard, studio), "designed")
            return [told for agent, told in heard.told if agent == "composer"]

    return asyncio.run(designing())


def test_another_picture_is_made_for_the_same_words(tmp_path: Path, small_brands: dict[str, Brand]) -> None:
    folder = tmp_path / "brands"
    with company(tmp_path, kept_small(small_brands["bakery"], folder, 1), brands=folder) as people:
        people.learn_and_plan(FIRST_WEEK)
        first = design(people)
        [effect] = queue_posts(people.at(FIRST_WEEK), people.workplace.queue)
        people.workplace.post_desk.ask_for_new_creative(EVE, effect.subject, WISH)
        second = design(people)
        assert design(people) == [], "a wish is answered once"
        [post] = people.at(FIRST_WEEK).posts_in(PostState.DESIGNED)
        [again] = queue_posts(people.at(FIRST_WEEK), people.workplace.queue)
        attempts = attempts_of(people.workplace.database, post.id)
    assert not any(WISH in told for told in first)
    assert second and all(f"note: {WISH}" in told for told in second)
    assert (post.design_note, post.chosen_creative) == (None, next(made.id for made in attempts if made.chosen))
    assert [made.round for made in attempts if made.chosen] == [2]
    assert (again.payload.caption, again.payload.alt_text) == (effect.payload.caption, effect.payload.alt_text)
    assert again.payload.media != effect.payload.media
