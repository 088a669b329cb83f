"""The brand's content policy: when a post goes out by policy, and when a person is asked."""

from collections.abc import Sequence

from marketing_pipeline.domain.brand import Brand, ContentApproval
from marketing_pipeline.domain.identifiers import short_hash


def policy_actor(brand: Brand) -> str:
    """Who approves when policy does: `policy:<version>`, the version being a hash of the brand's policies."""
    return f"policy:{short_hash(brand.policies.model_dump_json())}"


def reasons_for_a_person(brand: Brand, *, risks: Sequence[str], meets_bar: bool) -> tuple[str, ...]:
    """Why a person must decide about a post; empty when policy lets it pass.

    Below the quality bar a person always decides; `all` asks for every post, `risky` for those with `risks`
    (see content_risk), `none` for none.
    """
    asked: list[str] = []
    if not meets_bar:
        asked.append("the creative is below the brand's quality bar")
    if brand.policies.content_approval is ContentApproval.ALL:
        asked.append("the brand's policy asks for a person for every post")
    if brand.policies.content_approval is ContentApproval.RISKY:
        asked.extend(risks)
    return tuple(asked)
