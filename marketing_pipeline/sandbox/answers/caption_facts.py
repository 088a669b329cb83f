"""The data of a copywriter's prompt in the forms that sentences have places for."""

import re

from marketing_pipeline.sandbox.answers.prompt import SeenBrand, SeenPost, SeenProduct
from marketing_pipeline.sandbox.answers.wishes import Wishes
from marketing_pipeline.sandbox.answers.wording import (
    Form,
    Subject,
    bare,
    host,
    inside,
    joined,
    proper_names,
    rotated,
    sentence,
    short_name,
    stems,
    turn_of,
    unpriced,
)

_SHORT_CARE = 45


def facts_of(brand: SeenBrand, post: SeenPost, product: SeenProduct | None, wishes: Wishes) -> dict[str, str]:
    """The data of the prompt, put into the forms that sentences have places for; what is not known is empty."""
    pillar, audience, idea = brand.pillar, brand.audience, post.idea
    names = _names(brand)
    subject = Subject(unpriced(idea.topic), names)
    turn = turn_of(post.id)
    cares = _cares(audience.cares_about if audience else (), turn, idea.topic, names)
    words = rotated(pillar.keywords, turn, idea.topic) if pillar else []
    return {
        "about": subject.about,
        "np": subject.noun_phrase,
        "scene": subject.scene,
        "clause": subject.about if subject.form is Form.CLAUSE else "",
        "title": "" if subject.form is Form.QUOTED else subject.title,
        "how_to": subject.how_to() or "",
        "cares": cares[0] if cares else "",
        "care2": cares[1] if len(cares) > 1 else "",
        "kw1": words[0] if words else "",
        "kw2": words[1] if len(words) > 1 else "",
        "audience": inside(audience.name, names) if audience else "",
        "pillar": pillar.name if pillar else "",
        "occasion": post.occasion.name if post.occasion else "",
        "note": sentence(post.occasion.note) if post.occasion and _can_be_said(post.occasion.note) else "",
        "brand": brand.name,
        "host": host(brand.website),
        "cta": bare(idea.call_to_action),
        "cta_inside": inside(idea.call_to_action, names),
        **_product_facts(product, names, wishes),
    }


def _cares(given: tuple[str, ...], turn: int, salt: str, names: frozenset[str]) -> list[str]:
    """What the audience cares about, the short ones first: a sentence holds only so much."""
    told = [inside(unpriced(item), names) for item in rotated(given, turn, salt)]
    return sorted(told, key=lambda item: len(item) > _SHORT_CARE)


def _can_be_said(note: str) -> bool:
    """Whether a note is a fact for readers: it has a date in it, and tells nobody what to show or leave out."""
    return bool(re.search(r"\d", note)) and not re.search(
        r"\b(?:no|not|only|show|leave|never|avoid|use)\b", note.casefold()
    )


def _product_facts(product: SeenProduct | None, names: frozenset[str], wishes: Wishes) -> dict[str, str]:
    if product is None:
        return dict.fromkeys(("name", "gist", "description", "detail", "second", "details", "price"), "")
    asked = stems(wishes.words)
    details = sorted((inside(item, names) for item in product.details), key=lambda item: -len(asked & stems(item)))
    return {
        "name": short_name(product.name),
        "gist": inside(product.description.split(". ")[0], names),
        "description": sentence(product.description),
        "detail": details[0] if details else "",
        "second": details[1] if len(details) > 1 else "",
        "details": joined(details[:3]),
        "price": product.price_label,
    }


def _names(brand: SeenBrand) -> frozenset[str]:
    told = [item.description for item in brand.products]
    told += [brand.pillar.description] if brand.pillar else []
    told += [brand.audience.description] if brand.audience else []
    own = [word for item in (brand.name, *(product.name for product in brand.products)) for word in item.split()]
    return proper_names(told) | frozenset(word for word in own if word[:1].isupper() and word != "The")
