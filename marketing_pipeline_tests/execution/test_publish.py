"""The safe publish algorithm against the sandbox: its journal is the only judge of what really happened."""

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.post import PostState
from marketing_pipeline_tests.execution.desk import DUE, Desk


def test_a_due_post_goes_live_once_with_everything_recorded(desk: Desk) -> None:
    effect = desk.queued()
    report = desk.executor().drain()
    [live] = desk.journal("media_published")
    post = desk.post(effect)
    assert report.published == (effect.id,)
    assert report.partitions == ((desk.brand.brand_id, post.week),)
    assert (post.state, post.media_id) == (PostState.PUBLISHED, live["subject"])
    assert post.permalink is not None
    assert post.permalink.startswith("http")
    assert live["details"]["caption"] == effect.payload.caption
    assert live["details"]["alt_texts"] == ["A pot of tea"]
    assert live["details"]["is_ai_generated"] is True


def test_a_carousel_goes_live_with_its_pictures_in_order(desk: Desk) -> None:
    effect = desk.queued(pictures=3)
    desk.executor().drain()
    [live] = desk.journal("media_published")
    assert live["details"]["media_type"] == "CAROUSEL_ALBUM"
    assert tuple(live["details"]["pictures"]) == effect.payload.media


def test_nothing_goes_out_before_it_is_due(desk: Desk) -> None:
    [post] = desk.designed()
    desk.plane.queue.queue_post(brand=desk.brand, payload=desk.payload(post), due_at=DUE)
    assert desk.executor().drain().partitions == ()
    assert desk.calls == 0


def test_a_second_drain_does_nothing(desk: Desk) -> None:
    effect = desk.queued()
    desk.executor().drain()
    assert desk.executor().drain().published == ()
    assert desk.calls == 1
    assert desk.effect(effect).state is EffectState.SUCCEEDED
