"""google-ads costs seconds and a hundred megabytes: who does not touch ads does not load it."""

import subprocess
import sys

import pytest

LEFT_ALONE = {
    "the code location": "import marketing_pipeline.definitions",
    "the command line": "import marketing_pipeline.cli",
    "the adapter before its first call": """
from marketing_pipeline.channels.google_ads.client import AdsClient
from marketing_pipeline.channels.google_ads.connection import AdsConnection
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.settings import GoogleAdsAccess
AdsClient(AdsConnection(GoogleAdsAccess(), SystemClock())).close()
""",
    "what reads facts": "import marketing_pipeline.workflows.collect_ads, marketing_pipeline.store.ad_facts",
}


@pytest.mark.parametrize("code", LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_google_ads_is_not_loaded(code: str) -> None:
    check = "import sys; sys.exit(any(name.startswith(('google.ads', 'ptars')) for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{check}"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
