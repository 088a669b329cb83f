"""A short run of the lives that posts and effects may lead."""

from marketing_pipeline_tests.faults.post_life import live_many_lives


def test_no_order_of_acts_breaks_a_promise() -> None:
    live_many_lives(examples=25, steps=40)
