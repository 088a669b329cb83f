"""A stage as an installation: its brand in a folder, its settings in the environment, its command line and Dagster."""

import io
import json
import os
from collections.abc import Generator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from marketing_pipeline.cli import main
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.domain.brands import brand_content
from marketing_pipeline_tests.execution.ad_desk import KEY, AdDesk
from marketing_pipeline_tests.faults.ad_stage import AdStage, open_stage, patient_brand


@dataclass
class AdOffice:
    """One installation. What the desk does and what the command line does meets in one database."""

    stage: AdStage
    work: Workplace
    brands: Path

    @property
    def desk(self) -> AdDesk:
        """Shortcuts to decide and to apply."""
        return self.stage.desk

    def command(self, *words: str, person: str = "ann") -> tuple[int, str]:
        """Run `marketing` with these words as that person: its exit code, and what it said."""
        said = io.StringIO()
        with environment({"LOGNAME": person, "NO_COLOR": "1"}), redirect_stdout(said), redirect_stderr(said):
            try:
                main(words)
            except SystemExit as end:
                return (end.code if isinstance(end.code, int) else 0), said.getvalue()
        return 0, said.getvalue()


@contextmanager
def open_office(folder: Path, brand: Brand | None = None) -> Generator[AdOffice]:
    """A stage whose home and brand the environment names, signed with the key of the desk."""
    chosen = brand or patient_brand()
    with open_stage(folder, chosen, durable=True) as stage:
        brands = stage.root / "brands"
        write_brand(brands, chosen)
        named = {
            "MARKETING_HOME": str(stage.root),
            "MARKETING_BRANDS": str(brands),
            "MARKETING_AUDIT_KEY": KEY.decode(),
        }
        # A developer's own .env lies in the folder that tests are started from.
        with environment(named), chdir(stage.root), Workplace.open(Settings.from_environment()) as workplace:
            yield AdOffice(stage, workplace, brands)


def write_brand(brands: Path, brand: Brand) -> Path:
    """The brand's folder with its channels and policies; JSON is YAML too."""
    folder = brands / brand.id
    folder.mkdir(parents=True, exist_ok=True)
    channels, policies = brand.channels.model_dump(mode="json"), brand.policies.model_dump(mode="json")
    file = folder / "brand.yaml"
    file.write_text(json.dumps(brand_content(channels=channels, policies=policies)), encoding="utf-8")
    return file


@contextmanager
def environment(values: Mapping[str, str]) -> Generator[None]:
    """Variables for as long as the block lasts."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
