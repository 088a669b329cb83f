"""Without the extra `ads` there is no ad account to read."""

from importlib.util import find_spec

collect_ignore = (
    [] if find_spec("google") and find_spec("google.ads") else ["test_ad_outcomes.py", "test_ad_performance.py"]
)
