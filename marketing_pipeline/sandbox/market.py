"""The market model: how many people a post reaches and what they do, over time.

Nothing here is measured on a real audience: every figure is assumed, chosen so that posts of a small shop look
believable and so that tastes can be learnt from four weeks of posts, but not from four posts.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.sandbox.picture import Picture
from marketing_pipeline.sandbox.reading import Reading, read_post
from marketing_pipeline.sandbox.tastes import Tastes, seeded, seeded_tastes

SHARE_ON_REACH = 0.6
"""Part of every effect that shows in reach; the rest shows in interactions per person reached."""
NOISE = 0.2
"""Standard deviation of log reach and of log rate, so about 0.28 for interactions."""
_REACH_PER_FOLLOWER = 0.35
_RATE = 0.06
_MOST_RATE = 0.35
_FATIGUE_DAYS = 10
_FATIGUE_FADES_DAYS = 3.0
_FATIGUE_PILLAR = 0.10
_FATIGUE_HOOK = 0.06
_MOST_FATIGUE = 0.4
_OCCASION = 0.25
_SEASON = 0.08
_QUALITY = 0.5
_FIRST_FIGURES_HOURS = 1 / 3
_OPTIONAL = ("follows", "profile_visits", "profile_activity")
_LATE_SHARE = 0.5
_KINDS = {"likes": 0.74, "comments": 0.06, "saved": 0.11, "shares": 0.06, "reposts": 0.03}
_SEEN = ("reach", "views")
INTERACTIONS = tuple(_KINDS)


class Earlier(BaseModel):
    """An earlier post of the same account, as far as people still remember it."""

    model_config = ConfigDict(frozen=True)

    pillar: str | None
    hook: Hook
    published_at: datetime


class Response(BaseModel):
    """What a post comes to in the end (`final`, by metric), and how fast and how late the figures arrive, in hours."""

    model_config = ConfigDict(frozen=True)

    final: dict[str, int]
    pace: float
    delays: dict[str, float]

    def figures(self, age: timedelta) -> dict[str, int]:
        """Each metric that has data at that age. It never falls as time passes; what has no data is absent, not 0."""
        hours = age.total_seconds() / 3600
        if hours < _FIRST_FIGURES_HOURS:
            return {}
        seen = 1 - math.exp(-((hours / self.pace) ** 0.62))
        reacted = seen**1.15
        known = {name: math.floor(count * (seen if name in _SEEN else reacted)) for name, count in self.final.items()}
        known["total_interactions"] = sum(known[name] for name in INTERACTIONS)
        return {name: count for name, count in known.items() if hours >= self.delays.get(name, 0.0)}


class Market:
    """Audiences of many accounts. The same seed, posts and times give the same figures."""

    def __init__(self, seed: int, brands: Sequence[Brand], tastes: Mapping[str, Tastes] | None = None) -> None:
        self._seed = seed
        self._brands = {brand.channels.instagram.account_id: brand for brand in brands}
        self._tastes = dict(tastes or {})

    def brand(self, account: str) -> Brand | None:
        """The brand that posts from the account, if the sandbox was told of it."""
        return self._brands.get(account)

    def tastes(self, account: str) -> Tastes:
        """What the account's audience likes."""
        if account not in self._tastes:
            brand = self.brand(account)
            pillars = [pillar.id for pillar in brand.pillars] if brand else []
            self._tastes[account] = seeded_tastes(self._seed, account, pillars)
        return self._tastes[account]

    def first_followers(self, account: str) -> int:
        """Followers when the account is first seen: 3,000 to 8,000."""
        return round(math.exp(seeded(self._seed, account, "followers").uniform(math.log(3000), math.log(8000))))

    def read(self, account: str, caption: str, pictures: tuple[Picture, ...], moment: datetime) -> Reading:
        """How the account's audience reads a post."""
        return read_post(self.brand(account), caption, pictures, moment)

    def response(
        self, account: str, reading: Reading, moment: datetime, earlier: Sequence[Earlier], followers: int
    ) -> Response:
        """What becomes of a post. `earlier` are all posts of the account before it: their number seeds the noise."""
        chance = seeded(self._seed, account, "post", len(earlier))
        effect = (
            self.tastes(account).effect(reading.pillar, reading.format, reading.hook, reading.slot)
            + _QUALITY * (reading.quality - 0.5)
            + (_OCCASION if reading.occasion else 0.0)
            + _SEASON * math.sin(2 * math.pi * (moment.timetuple().tm_yday - 250) / 365)
            - _fatigue(reading, moment, earlier)
        )
        reach_noise, rate_noise = chance.gauss(0, NOISE), chance.gauss(0, NOISE)
        reach = followers * _REACH_PER_FOLLOWER * math.exp(SHARE_ON_REACH * effect + reach_noise)
        rate = min(_RATE * math.exp((1 - SHARE_ON_REACH) * effect + rate_noise), _MOST_RATE)
        final = {"reach": max(round(reach), 5), "views": round(reach * chance.uniform(1.25, 1.6)) + 5}
        for name, share in _KINDS.items():
            final[name] = round(reach * rate * share)
        final["follows"] = round(reach * rate * chance.uniform(0.02, 0.06))
        final["profile_visits"] = round(reach * rate * chance.uniform(0.2, 0.5))
        final["profile_activity"] = round(final["profile_visits"] * chance.uniform(0.1, 0.3))
        delays = {name: chance.uniform(2, 30) for name in _OPTIONAL if chance.random() < _LATE_SHARE}
        return Response(final=final, pace=chance.uniform(15, 21), delays=delays)


def _fatigue(reading: Reading, moment: datetime, earlier: Sequence[Earlier]) -> float:
    """How tired the audience is of this pillar and hook: each recent post of the same kind adds, and fades by days."""
    tired = 0.0
    for post in earlier:
        days = (moment - post.published_at) / timedelta(days=1)
        if days <= _FATIGUE_DAYS:
            weight = math.exp(-max(days, 0.0) / _FATIGUE_FADES_DAYS)
            tired += weight * _FATIGUE_PILLAR * (post.pillar is not None and post.pillar == reading.pillar)
            tired += weight * _FATIGUE_HOOK * (post.hook is reading.hook)
    return min(tired, _MOST_FATIGUE)
