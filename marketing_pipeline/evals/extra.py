"""The optional libraries of the evaluation harness."""

from importlib.util import find_spec

from marketing_pipeline.domain.errors import MarketingError


class EvalExtraMissing(MarketingError):
    """The extra `eval` is not installed."""


def require_extra() -> None:
    """Return where the extra is installed. Raises EvalExtraMissing."""
    missing = [name for name in ("pydantic_evals", "nltk") if find_spec(name) is None]
    if missing:
        raise EvalExtraMissing(
            f"The evaluation suites need {' and '.join(missing)}, which this installation lacks.",
            "Install the extra: pip install 'marketing-pipeline[eval]'.",
        )
