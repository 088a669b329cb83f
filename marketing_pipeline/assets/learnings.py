"""Learnings: what worked, why, and what it means for the coming week."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.assets.model_spend import spent_on
from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.performance_metrics import performance_metrics
from marketing_pipeline.assets.tables_for_people import Table, escaped, table
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand_rule import BrandRule
    from marketing_pipeline.domain.experiment_readout import Readout
    from marketing_pipeline.domain.learning import Analysis, FurtherEffect, Learnings
    from marketing_pipeline.workflows.brand_week import BrandWeek


@dg.asset(partitions_def=BRAND_WEEK, group_name="results", deps=[performance_metrics], kinds={"python", "claude"})
def learnings(context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]) -> dg.MaterializeResult[Any]:
    """What is known going into this week: effects of pillar, format, hook and slot, the mix, and open experiments."""
    work = workplace.brand_week(*brand_and_week(context.partition_key))
    read = workplace.experiments.look(work.brand.brand_id)
    computed, analysis, asked = workplace.providers.kept.run(_learn(workplace, work))
    return dg.MaterializeResult(
        metadata={
            "posts": computed.posts,
            "known": sum(effect.known for effect in computed.effects),
            "effects": _effects(computed),
            "beside levels": dg.MetadataValue.md(beside_levels(computed.further)),
            "pairs, fatigue, season and drift": further_table(computed.further),
            "recommended mix": _mix(computed),
            "in words": dg.MetadataValue.md(in_words(analysis)),
            "rules to decide about": table(("Rule", "About", "Why"), _asked(asked)),
            "experiments": table(("Experiment", "State", "Pairs", "Answer"), _experiments(read)),
            **spent_on(workplace, work, "analyst"),
        }
    )


async def _learn(workplace: Workplace, work: "BrandWeek") -> "tuple[Learnings, Analysis | None, tuple[BrandRule, ...]]":
    from marketing_pipeline.workflows.learn import learn_for_week

    async with workplace.providers.language_model() as model:
        learnt = await learn_for_week(work, model, workplace.learnt_from(work.brand.brand_id))
        return *learnt, await workplace.teaching.learn_from_notes(work, model)


def _asked(rules: "tuple[BrandRule, ...]") -> list[tuple[object, ...]]:
    return [(rule.statement, rule.applies_to, rule.state_reason) for rule in rules]


def _experiments(read: "tuple[Readout, ...]") -> list[tuple[object, ...]]:
    return [
        (
            readout.experiment.question(),
            readout.experiment.state,
            f"{len(readout.steps)} of {readout.experiment.blocks}",
            readout.sentence(),
        )
        for readout in read
    ]


def _effects(computed: "Learnings") -> Table:
    ranked = sorted(computed.effects, key=lambda effect: (effect.factor, -effect.log_effect))
    cells = [
        (
            effect.factor,
            effect.level,
            f"{effect.multiple:.2f} x",
            f"{effect.low:.2f} to {effect.high:.2f}",
            "yes" if effect.known else "not yet",
            effect.posts,
        )
        for effect in ranked
    ]
    return table(("Factor", "Level", "Engagement", "90 % interval", "Known", "Posts"), cells)


def beside_levels(further: "Sequence[FurtherEffect]") -> str:
    """Pairs, fatigue, season and drift in sentences, as Markdown."""
    from marketing_pipeline.domain.learning import told_of_further

    return "\n".join(f"- {escaped(sentence)}" for sentence in told_of_further(further))


def further_table(further: "Sequence[FurtherEffect]") -> Table:
    """The rows behind the sentences."""
    ranked = sorted(further, key=lambda item: (item.kind, -abs(item.log_effect)))
    cells = [
        (
            item.kind,
            item.level,
            f"{item.multiple:.2f} x",
            f"{item.low:.2f} to {item.high:.2f}" if item.log_sd else "–",
            ("yes" if item.known else "not yet") if item.log_sd else "–",
            item.posts,
        )
        for item in ranked
    ]
    return table(("Kind", "Of", "Engagement", "90 % interval", "Known", "Posts"), cells)


def _mix(computed: "Learnings") -> Table:
    from marketing_pipeline.domain.learning import Factor

    cells = [
        (factor, level, f"{share:.0%}")
        for factor in Factor
        for level, share in sorted(computed.mix[factor].items(), key=lambda pair: -pair[1])
    ]
    return table(("Factor", "Level", "Share"), cells)


def in_words(analysis: "Analysis | None") -> str:
    """What the analyst says, as Markdown in which the words themselves are only words."""
    if analysis is None:
        return "*No post has been measured yet: the first weeks follow the strategy's own weights.*"
    notes = [
        f"- **{escaped(note.statement)}** {escaped(note.why)} *{escaped(note.recommendation)}*"
        for note in analysis.notes
    ]
    return "\n".join([escaped(analysis.summary), "", *notes])


@dg.asset_check(asset=learnings, partitions_def=BRAND_WEEK)
def learnings_carry_their_evidence(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """Everything said to be known names the posts that it rests on."""
    from marketing_pipeline.store.learnings import learnings_of

    brand_id, week = brand_and_week(context.partition_key)
    recorded = learnings_of(workplace.database, brand_id, week.key)
    effects = (*recorded.learnings.effects, *recorded.learnings.further) if recorded else ()
    bare = [effect.sentence() for effect in effects if effect.known and not effect.evidence]
    return dg.AssetCheckResult(passed=recorded is not None and not bare, metadata={"without evidence": bare})
