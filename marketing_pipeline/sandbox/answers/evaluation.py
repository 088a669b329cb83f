"""The evaluator: looks at every picture it was sent and names what it sees, criterion by criterion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from marketing_pipeline.domain.creative import CheckResult, CreativeBrief, Severity
from marketing_pipeline.domain.evaluation import CreativeEvaluation, Criterion, CriterionVerdict, Level
from marketing_pipeline.domain.look import Palette
from marketing_pipeline.sandbox.answers import seeing
from marketing_pipeline.sandbox.answers.looking import look_at
from marketing_pipeline.sandbox.answers.prompt import Prompt, SeenBrand, SeenPost
from marketing_pipeline.sandbox.answers.seeing import Finding, Sight
from marketing_pipeline.sandbox.answers.wording import shortened, stems

_ORDER = {Level.POOR: 0, Level.CANNOT_TELL: 1, Level.ACCEPTABLE: 2, Level.GOOD: 3}
_REASON_LIMIT = 400
# Which criterion a measured fact bears on; a fact of another name is left to those who measured it.
_CHECKED = {
    "contrast": Criterion.LEGIBILITY,
    "text_size": Criterion.LEGIBILITY,
    "ocr": Criterion.LEGIBILITY,
    "expected_text": Criterion.LEGIBILITY,
    "safe_area": Criterion.COMPOSITION,
    "clipping": Criterion.COMPOSITION,
    "unexpected_text": Criterion.COMPOSITION,
    "palette": Criterion.BRAND_FIT,
    "acuity": Criterion.CRAFT,
    "glyphs": Criterion.CRAFT,
    "size": Criterion.CRAFT,
    "file": Criterion.CRAFT,
}


class JudgedBrand(SeenBrand):
    """What a judge is shown of the brand."""

    palettes: dict[str, Palette]


@dataclass(frozen=True)
class _Case:
    brand: JudgedBrand
    post: SeenPost
    brief: CreativeBrief
    sights: tuple[Sight, ...]


def evaluate(prompt: Prompt, images: Sequence[Image.Image]) -> CreativeEvaluation:
    """One verdict for each criterion; of several pictures the weakest decides, and is named."""
    brand = prompt.needed("brand", JudgedBrand)
    post = prompt.needed("post", SeenPost)
    brief = prompt.needed("brief", CreativeBrief)
    checks = prompt.optional("checks", tuple[CheckResult, ...], ())
    if not images:
        blind = "No picture was sent, so nothing can be said about it."
        return CreativeEvaluation(
            verdicts=tuple(
                CriterionVerdict(criterion=item, reason=blind, level=Level.CANNOT_TELL) for item in Criterion
            )
        )
    palettes = tuple(brand.palettes.values())
    looks = [look_at(image, number, palettes) for number, image in enumerate(images, start=1)]
    sights = tuple(Sight(look, seeing.expected_on(brief, look.number)) for look in looks)
    case = _Case(brand, post, brief, sights)
    judges: dict[Criterion, Callable[[], Finding]] = {
        Criterion.LEGIBILITY: lambda: _weakest(case, seeing.legibility),
        Criterion.COMPOSITION: lambda: _weakest(case, seeing.composition),
        Criterion.BRAND_FIT: lambda: _weakest(case, lambda sight: seeing.brand_fit(sight, brief.palette)),
        Criterion.MESSAGE_MATCH: lambda: _message_match(case),
        Criterion.CRAFT: lambda: _weakest(case, seeing.craft),
    }
    return CreativeEvaluation(
        verdicts=tuple(_verdict(criterion, judge(), checks) for criterion, judge in judges.items())
    )


def _weakest(case: _Case, judge: Callable[[Sight], Finding]) -> Finding:
    """The finding on the weakest picture; of equals the first. Several pictures are told apart by number."""
    findings = [(judge(sight), sight.look.number) for sight in case.sights]
    worst, number = min(findings, key=lambda pair: _ORDER[pair[0].level])
    if len(findings) == 1:
        return worst
    if worst.level is Level.GOOD:
        return Finding(worst.level, f"All {len(findings)} pictures hold up. On the first: {worst.reason}")
    return Finding(worst.level, f"On picture {number}: {worst.reason}", worst.defect)


def _message_match(case: _Case) -> Finding:
    """Whether what was read on the picture is about this post: the words are the brief's, their presence is seen."""
    brief, idea = case.brief, case.post.idea
    if not any(sight.look.type_lines for sight in case.sights):
        return Finding(
            Level.POOR, f"No word of “{brief.headline}” can be read, so the picture tells nothing.", "missing_text"
        )
    texts = [brief.headline, brief.supporting_line, *(f"{slide.title} {slide.body}" for slide in brief.slides)]
    product = case.brand.product(idea.product)
    wanted = stems(idea.topic, idea.key_message, product.name if product else (idea.product or "").replace("_", " "))
    shared = wanted & stems(*texts)
    if not shared:
        reason = f"“{brief.headline}” could stand on many posts; it takes up nothing of “{idea.topic}”."
        return Finding(Level.ACCEPTABLE, reason, "generic_message")
    lines = sum(len(sight.look.type_lines) for sight in case.sights)
    reason = (
        f"“{brief.headline}” takes up the post's subject, “{idea.topic}”; the {lines} lines read are the briefed ones"
    )
    price = f", and the price {brief.price_label} stands beside it" if brief.price_label else ""
    return Finding(Level.GOOD, f"{reason}{price}.")


def _verdict(criterion: Criterion, finding: Finding, checks: Sequence[CheckResult]) -> CriterionVerdict:
    """The finding, held against what was measured: a failed measurement keeps a criterion from being good."""
    failed = [
        check
        for check in checks
        if not check.passed and check.severity is not Severity.NOTE and _CHECKED.get(check.name) is criterion
    ]
    level, reason, defect = finding.level, finding.reason, finding.defect
    if failed:
        reason = f"{reason} Measured beside it: {failed[0].reason}"
        if level is Level.GOOD:
            level, defect = Level.ACCEPTABLE, failed[0].name
    return CriterionVerdict(criterion=criterion, reason=shortened(reason, _REASON_LIMIT), defect=defect, level=level)
