"""The closed set of acts on the outside world."""

from enum import StrEnum


class EffectKind(StrEnum):
    """Each kind has its payload model, its channel and its executor."""

    PUBLISH_POST = "publish_post"
    APPLY_AD_CHANGE = "apply_ad_change"
