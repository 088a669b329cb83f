"""Insights as the Graph API answers them: one bad metric fails the request, and no data is absent, not zero."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from marketing_pipeline.sandbox import graph_errors
from marketing_pipeline.sandbox.medium import Medium

MEDIA_METRICS = (
    "reach",
    "views",
    "likes",
    "comments",
    "saved",
    "shares",
    "reposts",
    "total_interactions",
    "follows",
    "profile_visits",
    "profile_activity",
)
"""Documented for posts in the feed."""
RETIRED_METRICS = frozenset(
    {"impressions", "plays", "clips_replays_count", "ig_reels_aggregated_all_plays_count", "video_views", "engagement"}
)
"""Documented as gone."""
_ACCOUNT_SOURCES = {
    "reach": "reach",
    "views": "views",
    "accounts_engaged": "total_interactions",
    "total_interactions": "total_interactions",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "saves": "saved",
    "reposts": "reposts",
    "follows_and_unfollows": "follows",
    "profile_links_taps": "profile_activity",
}


def media_insights(medium: Medium, metrics: Sequence[str], now: datetime) -> list[JsonValue]:
    """One entry for each metric that has data. Raises GraphError 100 if any name is unknown or retired."""
    _require_known(metrics, MEDIA_METRICS)
    figures = medium.figures(now)
    return [
        {
            "name": name,
            "period": "lifetime",
            "values": [{"value": figures[name]}],
            "title": name.replace("_", " ").capitalize(),
            "id": f"{medium.id}/insights/{name}/lifetime",
        }
        for name in metrics
        if name in figures
    ]


def account_insights(
    account: str, posts: Sequence[Medium], metrics: Sequence[str], series: bool, since: datetime, until: datetime
) -> list[JsonValue]:
    """Growth of the posts' figures from `since` to `until`: one total, or for reach a value a day when `series`.

    That an account's figures are the sums of its posts' is assumed: people reached by two posts are counted twice.
    Raises GraphError 100 for an unknown or retired name, and for a series of anything but reach.
    """
    _require_known(metrics, tuple(_ACCOUNT_SOURCES))
    if series and set(metrics) != {"reach"}:
        raise graph_errors.bad_parameter("Only reach is available with metric_type time_series.")
    entries: list[JsonValue] = []
    for name in metrics:
        entry: dict[str, JsonValue] = {"name": name, "period": "day", "id": f"{account}/insights/{name}/day"}
        if series:
            entry["values"] = [
                {"value": _growth(posts, name, day, min(day + timedelta(days=1), until)), "end_time": graph_time(day)}
                for day in _days(since, until)
            ]
        else:
            entry["total_value"] = {"value": _growth(posts, name, since, until)}
        entries.append(entry)
    return entries


def graph_time(moment: datetime) -> str:
    """A moment as Graph writes it: 2026-11-16T17:00:00+0000."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S%z")


def _require_known(metrics: Sequence[str], known: tuple[str, ...]) -> None:
    if not metrics:
        raise graph_errors.bad_parameter("The parameter metric is required.")
    for name in metrics:
        if name in RETIRED_METRICS:
            raise graph_errors.bad_parameter(f"The {name} metric is no longer supported for the queried media.")
        if name not in known:
            allowed = ", ".join(known)
            raise graph_errors.bad_parameter(f"metric {name} must be one of the following values: {allowed}")


def _growth(posts: Sequence[Medium], name: str, since: datetime, until: datetime) -> int:
    source = _ACCOUNT_SOURCES[name]
    return sum(post.figures(until).get(source, 0) - post.figures(since).get(source, 0) for post in posts)


def _days(since: datetime, until: datetime) -> Iterable[datetime]:
    while since < until:
        yield since
        since += timedelta(days=1)
