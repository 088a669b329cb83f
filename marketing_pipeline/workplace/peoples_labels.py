"""What people approved, changed and refused, as the labels that machines' verdicts are held against."""

from typing import TYPE_CHECKING

from marketing_pipeline.workplace.asked_agents import AskedAgents

if TYPE_CHECKING:
    from marketing_pipeline.evals.calibration import Calibration
    from marketing_pipeline.evals.caption_labels import CaptionReview
    from marketing_pipeline.store.human_labels import CaptionLabel
    from marketing_pipeline.workplace.workplace import Workplace


class PeoplesLabels:
    """People's decisions in a `Workplace`; reached as `workplace.evals.people`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def evaluator(self, brand: str) -> "Calibration":
        """The evaluator's bar beside people's decisions about the same posts. Raises EvalExtraMissing, NotFound."""
        from marketing_pipeline.evals.calibration import calibrated
        from marketing_pipeline.evals.extra import require_extra
        from marketing_pipeline.store.human_labels import bar_and_people

        require_extra()
        with self._place.database.read() as connection:
            pairs = bar_and_people(connection, self._place.brand(brand).brand_id)
        return calibrated("evaluator and bar", pairs)

    def captions(self, brand: str) -> "CaptionReview":
        """What people made of the copywriter's captions. Raises EvalExtraMissing, NotFound."""
        from marketing_pipeline.evals.caption_labels import reviewed
        from marketing_pipeline.evals.extra import require_extra

        require_extra()
        return reviewed([(item.written, item.stood, item.approved) for item in self._caption_labels(brand)])

    def judge(self, brand: str) -> "tuple[Calibration, ...]":
        """Ask the judge about every caption that people decided about, and hold it against them, by criterion.

        A caption that was refused, or changed in more than a few words, is a no. Spends within the brand's cap.
        Raises as over_agents.
        """
        from marketing_pipeline.evals.calibration import calibrated
        from marketing_pipeline.evals.caption_labels import agrees
        from marketing_pipeline.evals.extra import require_extra

        require_extra()
        labels = self._caption_labels(brand)
        people = [agrees(item.written, item.stood, approved=item.approved) for item in labels]
        verdicts = self._place.providers.kept.run(
            AskedAgents(self._place).captions_judged(brand, [item.written for item in labels])
        )
        return tuple(
            calibrated(f"judge of {criterion}", list(zip(said, people, strict=True)))
            for criterion, said in verdicts.items()
        )

    def _caption_labels(self, brand: str) -> "tuple[CaptionLabel, ...]":
        from marketing_pipeline.store.human_labels import captions_and_people

        with self._place.database.read() as connection:
            return captions_and_people(connection, self._place.brand(brand).brand_id)
