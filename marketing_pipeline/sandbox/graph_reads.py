"""What the Graph API shows of accounts, containers and posts, field by field."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import JsonValue

from marketing_pipeline.sandbox import graph_errors
from marketing_pipeline.sandbox.accounts import Account
from marketing_pipeline.sandbox.container import STATUS_TEXT, Container
from marketing_pipeline.sandbox.graph_errors import GraphError
from marketing_pipeline.sandbox.insights import graph_time
from marketing_pipeline.sandbox.medium import Medium

_LEAST_PAGE, _DEFAULT_PAGE, _MOST_PAGE = 1, 25, 100
_NOT_LISTED = frozenset({"caption"})
"""Seen in public reports: captions may be missing from the media list."""
Json = dict[str, JsonValue]
_Node = TypeVar("_Node")


def account_node(account: Account, posts: Sequence[Medium], fields: Sequence[str], now: datetime) -> Json:
    """`GET /me` and `GET /{ig-id}`."""
    followers = account.first_followers + sum(post.figures(now).get("follows", 0) for post in posts)
    values: Json = {
        "id": account.id,
        "user_id": account.id,
        "username": account.username,
        "name": account.username,
        "account_type": "BUSINESS",
        "followers_count": followers,
        "follows_count": 120,
        "media_count": len(posts),
    }
    return _pick(account.id, fields, {name: (lambda _, name=name: values[name]) for name in values}, account, "IGUser")


def container_node(container: Container, fields: Sequence[str], now: datetime) -> Json:
    """`GET /{container}`."""
    return _pick(
        container.id,
        fields,
        {
            "id": lambda node: node.id,
            "status_code": lambda node: node.status(now).value,
            "status": lambda node: STATUS_TEXT[node.status(now)],
        },
        container,
        "ShadowIGMediaBuilder",
    )


def media_node(medium: Medium, fields: Sequence[str], base_url: str, username: str, now: datetime) -> Json:
    """`GET /{media}`."""
    return _pick(medium.id, fields, _media_fields(base_url, username, now), medium, "ShadowIGMedia")


def media_page(
    posts: Sequence[Medium], parameters: Mapping[str, str], base_url: str, path: str, username: str, now: datetime
) -> Json:
    """`GET /{ig-id}/media`: newest first, in pages with cursors. A post shows up once it is listed."""
    fields = fields_of(parameters)
    known = {name: read for name, read in _media_fields(base_url, username, now).items() if name not in _NOT_LISTED}
    size = _whole(parameters, "limit", _DEFAULT_PAGE)
    if not _LEAST_PAGE <= size <= _MOST_PAGE:
        raise graph_errors.bad_parameter(f"limit must lie between {_LEAST_PAGE} and {_MOST_PAGE}")
    since = moment_of(parameters, "since", datetime.min.replace(tzinfo=UTC))
    until = moment_of(parameters, "until", now)
    listed = [post for post in posts if post.listed_at <= now and since <= post.published_at <= until]
    after = parameters.get("after")
    if after is not None:
        places = [place for place, post in enumerate(listed) if post.id == after]
        if not places:
            raise graph_errors.bad_parameter("after is not a cursor of this list")
        listed = listed[places[0] + 1 :]
    page = listed[:size]
    asked = [field for field in fields if field not in _NOT_LISTED]
    answer: Json = {"data": [_pick(post.id, asked, known, post, "ShadowIGMedia") for post in page]}
    if page:
        paging: Json = {"cursors": {"before": page[0].id, "after": page[-1].id}}
        if len(listed) > size:
            paging["next"] = f"{base_url}{path}?fields={','.join(fields)}&limit={size}&after={page[-1].id}"
        answer["paging"] = paging
    return answer


def quota_node(used: int, total: Callable[[], int], fields: Sequence[str]) -> Json:
    """`GET /{ig-id}/content_publishing_limit`. `total` is asked only when `config` is."""
    node: Json = {}
    for field in fields or ("quota_usage",):
        if field == "quota_usage":
            node[field] = used
        elif field == "config":
            node[field] = {"quota_total": total(), "quota_duration": int(timedelta(days=1).total_seconds())}
        else:
            raise _no_field(field, "ContentPublishingLimit")
    return {"data": [node]}


def fields_of(parameters: Mapping[str, str], name: str = "fields") -> list[str]:
    """A comma-separated parameter as a list."""
    return [part.strip() for part in parameters.get(name, "").split(",") if part.strip()]


def moment_of(parameters: Mapping[str, str], name: str, default: datetime) -> datetime:
    """A Unix timestamp parameter. Raises GraphError 100 for anything else."""
    if name not in parameters:
        return default
    try:
        return datetime.fromtimestamp(_whole(parameters, name, 0), UTC)
    except (ValueError, OverflowError, OSError) as wrong:
        raise graph_errors.bad_parameter(f"{name} is no timestamp") from wrong


def _media_fields(base_url: str, username: str, now: datetime) -> dict[str, Callable[[Medium], JsonValue]]:
    return {
        "id": lambda post: post.id,
        "permalink": lambda post: f"{base_url}/p/{post.shortcode}/",
        "shortcode": lambda post: post.shortcode,
        "timestamp": lambda post: graph_time(post.published_at),
        "media_type": lambda post: post.media_type,
        "media_product_type": lambda post: "FEED",
        "media_url": lambda post: f"{base_url}/pictures/{post.pictures[0].picture.sha256}.jpg",
        "caption": lambda post: post.caption,
        "alt_text": lambda post: post.pictures[0].alt_text,
        "username": lambda post: username,
        "like_count": lambda post: post.figures(now).get("likes", 0),
        "comments_count": lambda post: post.figures(now).get("comments", 0),
    }


def _pick(
    node_id: str, fields: Sequence[str], known: Mapping[str, Callable[[_Node], JsonValue]], node: _Node, kind: str
) -> Json:
    values: Json = {}
    for field in fields:
        if field not in known:
            raise _no_field(field, kind)
        values[field] = known[field](node)
    values.setdefault("id", node_id)
    return values


def _no_field(field: str, kind: str) -> GraphError:
    return graph_errors.bad_parameter(f"Tried accessing nonexisting field ({field}) on node type ({kind})")


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not text.isdecimal():
        raise graph_errors.bad_parameter(f"{name} must be a whole number")
    return int(text)
