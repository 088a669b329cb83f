"""Ad facts on their way into the warehouse: kept on disk until all of an account has arrived."""

import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class StagedPart:
    """One answer, whole, in a file: rows for `table`, with `constants` in columns of their own."""

    table: str
    constants: Mapping[str, str]
    file: Path
    rows: int

    @contextmanager
    def reader(self) -> Generator["pa.RecordBatchReader"]:
        """Its rows, read from the file as they are asked for."""
        import pyarrow as pa

        with pa.OSFile(str(self.file), "rb") as source, pa.ipc.open_stream(source) as reader:
            yield reader


@dataclass
class AdStaging:
    """Parts of one account. Memory holds one page at a time, whatever the number of rows."""

    folder: Path
    parts: list[StagedPart] = field(default_factory=list["StagedPart"])

    def keep(
        self,
        table: str,
        constants: Mapping[str, str],
        tables: Iterable["pa.Table"],
        words: Mapping[int, str] | None = None,
    ) -> int:
        """Write an answer down, page by page; returns its rows. An error in the middle keeps nothing of it.

        `words` become a column `item` beside the `item_id` that they belong to.
        """
        import pyarrow as pa

        pages = iter(tables) if words is None else (_with_words(page, words) for page in tables)
        first = next(pages, None)
        if first is None:
            return 0
        file, rows = self.folder / f"{len(self.parts)}.arrow", first.num_rows
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, first.schema) as writer:
            writer.write_table(first)
            for page in pages:
                writer.write_table(page)
                rows += page.num_rows
        self.parts.append(StagedPart(table, constants, file, rows))
        return rows


def _with_words(page: "pa.Table", words: Mapping[int, str]) -> "pa.Table":
    import pyarrow as pa

    items = [words.get(int(number or 0)) for number in page.column("item_id").to_pylist()]
    return page.append_column("item", pa.array(items, pa.string()))


@contextmanager
def ad_staging(warehouse_folder: Path) -> Generator[AdStaging]:
    """A staging folder beside the warehouse, gone afterwards."""
    warehouse_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="staging_", dir=warehouse_folder) as folder:
        yield AdStaging(Path(folder))
