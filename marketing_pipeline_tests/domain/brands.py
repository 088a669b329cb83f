"""Small brands for tests of pure rules, made in code so that each test says what it changes."""

from typing import Any

from marketing_pipeline.domain.brand import Brand

_PALETTE = {
    "ground": "#F5F0E6",
    "ink": "#1D1B18",
    "accent": "#B9472A",
    "deep": "#1F3B34",
    "on_deep": "#F5F0E6",
    "mute": "#6E675C",
    "artwork": ["#DCCBAE", "#E8B9A0", "#A9BFC4", "#D9A441"],
}


def pillar(name: str, weight: float) -> dict[str, Any]:
    """One pillar as brand.yaml would state it."""
    return {
        "id": name,
        "name": name.title(),
        "description": f"All about {name}",
        "weight": weight,
        "keywords": [name, f"{name}s"],
        "hashtags": [f"#{name}"],
        "topics": [f"{name} one", f"{name} two"],
    }


def brand_content(**changes: Any) -> dict[str, Any]:
    """The whole content of a small valid brand, with top-level changes."""
    slots = [
        {"id": f"s{number}", "weekday": day, "at": "18:30"}
        for number, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    ]
    content: dict[str, Any] = {
        "id": "tea_room",
        "name": "Tea Room",
        "tagline": "Leaves and time",
        "website": "https://tea.example",
        "time_zone": "Europe/London",
        "currency": "GBP",
        "about": "A small tea room that ships loose leaf tea.",
        "voice": {"summary": "Calm and exact, never pushy.", "do": ["name the garden"], "banned_words": ["cheap"]},
        "audiences": [
            {"id": "drinkers", "name": "Drinkers", "description": "Daily drinkers", "cares_about": ["taste"]}
        ],
        "goals": [
            {"id": "reach", "statement": "Be seen", "metric": "reach", "baseline": 1, "target": 2, "due": "2027-03-01"}
        ],
        "occasions": [{"id": "winter", "name": "Winter", "start": "2026-12-01", "end": "2026-12-24", "lead_days": 10}],
        "pillars": [pillar("garden", 0.5), pillar("brewing", 0.3), pillar("people", 0.2)],
        "products": [
            {
                "id": "assam",
                "name": "Assam",
                "description": "Malty leaf",
                "price": 12.5,
                "link": "https://tea.example/assam",
            }
        ],
        "offers": [
            {
                "id": "frost",
                "statement": "£5 off until Sunday",
                "start": "2026-11-20",
                "end": "2026-11-29",
                "code": "FROST5",
            }
        ],
        "look": {"palettes": {"paper": _PALETTE}},
        "posting": {"posts_per_week": 5, "slots": slots},
        "hashtags": {"always": ["#tearoom"], "most": 5},
        "channels": {"instagram": {"account_id": "1784140000", "handle": "@tearoom"}},
    }
    return {**content, **changes}


def make_brand(**changes: Any) -> Brand:
    """That brand, validated."""
    return Brand.model_validate(brand_content(**changes))
