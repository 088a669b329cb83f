"""What the demo leaves behind, on one screen: results, what was learnt, the plan, the ad account, what to open next."""

from collections import defaultdict

from rich.console import Group
from rich.table import Table
from rich.text import Text

from marketing_pipeline.cli.demo_ads_summary import ads_summary
from marketing_pipeline.cli.demo_story import DemoStory
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.learning import FactorEffect
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.creatives import attempts_of
from marketing_pipeline.store.learnings import latest_learnings
from marketing_pipeline.store.plans import plan_of
from marketing_pipeline.workplace import Workplace

SHOWN = 6


def summary(story: DemoStory) -> Group:
    """Everything worth seeing, ready to be printed."""
    workplace, brand = story.workplace, story.brand
    rows = workplace.performance(brand.brand_id)
    return Group(
        _weeks(workplace, brand, rows),
        _learnings(workplace, brand),
        _plan(workplace, brand, story.week_ahead),
        Text(_ahead(story)),
        ads_summary(workplace, brand, story.this_week),
        _next_steps(workplace, brand, story.first_week),
    )


def _weeks(workplace: Workplace, brand: Brand, rows: tuple[PostPerformance, ...]) -> Table:
    table = Table(title=f"{brand.name}: published weeks", title_justify="left", expand=False)
    for heading in ("week", "posts", "revised creatives", "median reach", "median engagement"):
        table.add_column(heading, justify="left" if heading == "week" else "right")
    table.caption = (
        "Medians of so few posts move by chance; what can be told from them stands below, with its intervals."
    )
    table.caption_justify = "left"
    weeks: dict[str, list[PostPerformance]] = defaultdict(list)
    for row in rows:
        weeks[row.week].append(row)
    for week, posts in sorted(weeks.items()):
        revised = sum(_was_revised(workplace, post) for post in posts)
        reach, engagement = _median([post.reach for post in posts]), _median([post.engagement for post in posts])
        table.add_row(week, str(len(posts)), str(revised), reach, engagement)
    return table


def _was_revised(workplace: Workplace, row: PostPerformance) -> bool:
    return len(attempts_of(workplace.database, row.post)) > 1


def _median(values: list[int | None] | list[float | None]) -> str:
    known = sorted(value for value in values if value is not None)
    return f"{known[len(known) // 2]:,.0f}" if known else "–"


def _learnings(workplace: Workplace, brand: Brand) -> Table:
    table = Table(title="What was learnt", title_justify="left")
    for heading in ("factor", "level", "engagement", "90 % interval", "posts"):
        table.add_column(heading)
    recorded = latest_learnings(workplace.database, brand.brand_id)
    effects = recorded.learnings.effects if recorded else ()
    for effect in sorted(effects, key=_certainty, reverse=True)[:SHOWN]:
        word = f"{effect.multiple:.2f} x" if effect.known else "not known yet"
        table.add_row(effect.factor, effect.level, word, f"{effect.low:.2f} to {effect.high:.2f}", str(effect.posts))
    return table


def _certainty(effect: FactorEffect) -> float:
    return abs(effect.log_effect) / effect.log_sd


def _plan(workplace: Workplace, brand: Brand, week: Week) -> Table:
    plan = plan_of(workplace.database, brand.brand_id, week.key)
    table = Table(title=f"Plan for the week of {week.key}: {plan.theme if plan else 'none'}", title_justify="left")
    for heading in ("when", "pillar", "format", "hook", "topic"):
        table.add_column(heading)
    for post in plan.posts if plan else ():
        when = f"{post.assignment.scheduled_at.astimezone(brand.zone):%a %d %b %H:%M}"
        chosen = post.assignment
        table.add_row(when, chosen.pillar, chosen.format, chosen.hook, post.idea.topic)
    return table


def _ahead(story: DemoStory) -> str:
    """What is to be seen of the week ahead, and of what is left of this one."""
    brand, week = story.brand, story.week_ahead
    if week == story.this_week:
        return (
            f"This week is planned; its posts are not made yet: marketing run week --brand {brand.id} --week {week.key}"
        )
    posts = story.workplace.posts.find(brand=brand.brand_id)
    queued = sum(post.state is PostState.SCHEDULED for post in posts)
    asked = sum(post.state is PostState.NEEDS_HUMAN for post in posts)
    waits = f", and {counted(asked, 'post')} wait{'s' if asked == 1 else ''} for your decision" if asked else ""
    return f"Much of this week is over, so the coming one is made: {counted(queued, 'post')} in the queue{waits}."


def _next_steps(workplace: Workplace, brand: Brand, first_week: Week) -> Text:
    steps = [
        ("make up", f"the console, with a link that lets you in, and Dagster with every run since {first_week.key}"),
        (str(workplace.home.media), "the creatives"),
        ("notebooks/weekly_review.ipynb", "the week in charts"),
        (f".venv/bin/marketing posts list --brand {brand.id}", "the queue"),
    ]
    if brand.channels.google_ads is not None:
        steps += [
            (f".venv/bin/marketing ads list --brand {brand.id}", "ad changes"),
            (".venv/bin/marketing approvals list", "ad changes that wait for you"),
            ("notebooks/ads_review.ipynb", "the ad account in charts"),
        ]
    shown = Text("\nOpen next:\n")
    for command, words in steps:
        shown.append(f"  {command}", "bold").append(f"  {words}\n")
    return shown
