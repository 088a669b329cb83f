"""What read-backs prove, over every combination of what the two witnesses can say."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.channels.instagram_answers import ContainerStatus, Media
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.read_back import Evidence, Finding, judge
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline_tests.fixtures import NOW

RULES = ExecutionRules()
RESENDING = {Finding.SEND_AGAIN, Finding.NEW_CONTAINER}
media = st.builds(Media, id=st.integers(1, 99).map(str), timestamp=st.just(NOW))
evidences = st.builds(
    Evidence,
    status=st.none() | st.sampled_from(ContainerStatus),
    new_media=st.none() | st.lists(media, max_size=3).map(tuple),
)
progresses = st.builds(
    PublishProgress,
    container=st.just("18"),
    containers=st.integers(1, 4),
    sends=st.integers(1, 4),
    unproved=st.integers(1, 3),
    restricted=st.booleans(),
    unknown_since=st.just(NOW),
    clean_reads=st.integers(0, 5),
)
elapsed = st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds))


@given(evidences, progresses, elapsed)
def test_nothing_is_sent_again_without_every_proof(
    evidence: Evidence, progress: PublishProgress, passed: timedelta
) -> None:
    finding = judge(evidence, progress, NOW + passed, RULES).finding
    if finding in RESENDING:
        assert passed >= RULES.settle_window
        assert evidence.new_media == ()
        assert evidence.status in {ContainerStatus.FINISHED, ContainerStatus.EXPIRED, ContainerStatus.ERROR}
        assert progress.clean_reads >= RULES.least_reads
        assert not progress.restricted
    if finding is Finding.SEND_AGAIN:
        assert evidence.status is ContainerStatus.FINISHED
        assert progress.sends < RULES.sends_per_container
    if finding is Finding.NEW_CONTAINER:
        assert evidence.status is not ContainerStatus.FINISHED
        assert progress.containers < RULES.containers


@given(evidences, progresses, elapsed)
def test_success_needs_the_container_or_exactly_one_new_post(
    evidence: Evidence, progress: PublishProgress, passed: timedelta
) -> None:
    judgement = judge(evidence, progress, NOW + passed, RULES)
    if judgement.finding is Finding.LIVE and evidence.status is not ContainerStatus.PUBLISHED:
        assert evidence.status is ContainerStatus.FINISHED
        assert evidence.new_media is not None
        assert len(evidence.new_media) == 1
        assert passed >= RULES.settle_window
    if judgement.media is not None:
        assert evidence.new_media == (judgement.media,)


@given(evidences, progresses)
def test_every_doubt_ends(evidence: Evidence, progress: PublishProgress) -> None:
    finding = judge(evidence, progress, NOW + 2 * RULES.settle_window, RULES).finding
    assert finding is not Finding.NOT_YET or (evidence.is_clean and progress.clean_reads < RULES.least_reads)


@given(progresses)
def test_a_published_container_with_its_post_settles_it_at_once(progress: PublishProgress) -> None:
    found = Media(id="17", timestamp=NOW)
    evidence = Evidence(status=ContainerStatus.PUBLISHED, new_media=(found,))
    assert judge(evidence, progress, NOW, RULES).media == found
