import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import DataInvalid, NeedsAdmin
from bot.snapshot.clean import Cleaned, clean
from bot.tables.erp import TABLES
from connectors.files import CONNECTOR, FilesReader, FilesSettings
from connectors.files_out import FilesWriter
from tests.fakes import ManualClock


def pull(folder: Path, table: str) -> pd.DataFrame:
    (frame,) = FilesReader(folder).pull(table)
    return frame


def csv(folder: Path, table: str, content: str | bytes) -> pd.DataFrame:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / f"{table}.csv").write_bytes(raw)
    return pull(folder, table)


def parquet(folder: Path, table: str, frame: pd.DataFrame) -> Cleaned:
    frame.to_parquet(folder / f"{table}.parquet")
    return clean(TABLES[table], pull(folder, table))


def refused(folder: Path, table: str) -> DataInvalid:
    with pytest.raises(DataInvalid) as raised:
        pull(folder, table)
    return raised.value


def test_reader_knows_its_tables_and_ignores_other_files(tmp_path: Path) -> None:
    for name in ("stock.csv", "items.parquet", "notes.txt", "unknown.csv"):
        (tmp_path / name).touch()
    reader = FilesReader(tmp_path, "north")
    assert reader.tables == {"stock", "items"}
    assert reader.system == "north"
    assert list(reader.pull("demand")) == []


def test_codes_from_csv_keep_leading_zeros_and_numbers_stay_text(tmp_path: Path) -> None:
    frame = csv(tmp_path, "stock", "item,location,on_hand\n007,0010,1.50\n0e1,NA,nan\n")
    assert frame.astype("object").to_numpy().tolist() == [["007", "0010", "1.50"], ["0e1", "NA", "nan"]]
    assert frame.attrs == {"path": str(tmp_path / "stock.csv"), "malformed": []}


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfitem,location,on_hand\r\n007,L,1\r\n", b"\n\nitem,location,on_hand\n\n007,L,1\n\n",
     b'"item","location","on_hand"\n"007","L","1"', b"item,location,on_hand\r007,L,1\r",
     b"on_hand,extra,location,item\n1,,L,007\n"],
    ids=["BOM and CRLF", "empty lines", "quotes, no end of line", "CR", "other order and more columns"],
)  # fmt: skip
def test_csv_in_any_dress(tmp_path: Path, content: bytes) -> None:
    rows = clean(TABLES["stock"], csv(tmp_path, "stock", content)).rows
    assert rows[["item", "location", "on_hand"]].astype("object").to_numpy().tolist() == [["007", "L", 1.0]]


def test_empty_cells_are_missing_quoted_or_not(tmp_path: Path) -> None:
    frame = csv(tmp_path, "stock", 'item,location,on_hand\na,L,\nb,L,""\n')
    assert frame["on_hand"].isna().tolist() == [True, True]


def test_torn_rows_are_listed_with_their_line_and_the_rest_is_read(tmp_path: Path) -> None:
    frame = csv(tmp_path, "stock", 'item,location,on_hand\na,L,1\nb,L\n"c\nc",L,2\nd,L,1,2\ne,L,3\n')
    assert frame["item"].tolist() == ["a", "c\nc", "e"]
    assert frame.attrs["malformed"] == [(3, "b,L"), (5, "d,L,1,2")]
    made = clean(TABLES["stock"], frame)
    assert made.received == 5
    assert made.rows.index.tolist() == [1, 5]
    assert sorted(made.quarantine["row"]) == [2, 3, 4]


def test_ambiguous_number_names_file_line_and_cell(tmp_path: Path) -> None:
    frame = csv(tmp_path, "stock", 'item,location,on_hand\na,L,1\nb,L\nc,L,"1.000,5"\n')
    with pytest.raises(DataInvalid) as raised:
        clean(TABLES["stock"], frame)
    assert str(raised.value).startswith(f"{tmp_path / 'stock.csv'}:4:3: E302 stock.on_hand: '1.000,5'")


@pytest.mark.parametrize("table", ["stock", "open_orders"])
def test_header_without_rows_is_an_empty_table(tmp_path: Path, table: str) -> None:
    header = ",".join(TABLES[table].names(required=True))
    made = clean(TABLES[table], csv(tmp_path, table, f"{header}\n"))
    assert (len(made.rows), made.received) == (0, 0)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xef\xbb\xbf\r\n", b"item,location,on_hand\n\xff\xfe,L,1\n", "item,location\na,b\n".encode("utf-16")],
)
def test_what_is_no_csv_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "stock.csv").write_bytes(content)
    found = refused(tmp_path, "stock").findings[0]
    assert (found.path, found.code) == (str(tmp_path / "stock.csv"), "E312")
    assert "UTF-8" in found.remedy


@pytest.mark.parametrize("content", ["", "\ufeff\n\n"])
@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_file_without_a_header_row_is_a_broken_export_of_whatever_table(
    tmp_path: Path, table: str, content: str
) -> None:
    (tmp_path / f"{table}.csv").write_text(content, encoding="utf-8")
    found = refused(tmp_path, table).findings[0]
    assert found.code == "E312"
    assert "is empty: no header row" in found.message


def test_missing_column_names_the_file(tmp_path: Path) -> None:
    frame = csv(tmp_path, "stock", "item;location;on_hand\na;L;1\n")
    with pytest.raises(
        DataInvalid, match=r"stock\.csv:1:1: E301 table stock lacks the columns item, location, on_hand"
    ):
        clean(TABLES["stock"], frame)


def test_table_in_both_forms_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").touch()
    (tmp_path / "stock.parquet").touch()
    with pytest.raises(DataInvalid, match="there twice, as CSV and as Parquet"):
        pull(tmp_path, "stock")


@pytest.mark.parametrize("kind", ["str", "category"])
def test_codes_from_parquet_keep_leading_zeros(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"item": ["007", "08"], "location": ["0010", "0010"], "on_hand": [1, 2]})
    rows = parquet(tmp_path, "stock", frame.astype({"item": kind, "location": kind})).rows
    assert rows["item"].tolist() == ["007", "08"]
    assert rows["location"].tolist() == ["0010", "0010"]
    assert rows["on_hand"].tolist() == [1.0, 2.0]


def test_integer_and_float_codes_from_parquet_are_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"item": [7, 8], "location": [10.0, 20.0], "on_hand": [1.0, float("nan")]})
    made = parquet(tmp_path, "stock", frame)
    assert made.rows[["item", "location"]].astype("object").to_numpy().tolist() == [["7", "10"]]
    assert made.quarantine[["item", "location", "reason"]].to_numpy().tolist() == [["8", "20", "missing"]]


def test_binary_codes_from_parquet_are_text(tmp_path: Path) -> None:
    table = pa.table({"item": pa.array([b"007"]), "location": ["L"], "on_hand": [1.0]})
    pq.write_table(table, tmp_path / "stock.parquet")
    assert clean(TABLES["stock"], pull(tmp_path, "stock")).rows["item"].tolist() == ["007"]


def test_index_that_pandas_wrote_is_a_column_again(tmp_path: Path) -> None:
    frame = pd.DataFrame({"item": ["007"], "location": ["L"], "on_hand": [1]}).set_index(["item", "location"])
    assert parquet(tmp_path, "stock", frame).rows["item"].tolist() == ["007"]


@pytest.mark.parametrize(
    "days", [pa.array([20000], pa.date32()), pa.array([20000 * 86_400_000], pa.timestamp("ms")),
             pa.array([20000 * 86_400_000_000], pa.timestamp("us", "UTC")), pa.array(["2024-10-04"])]
)  # fmt: skip
def test_days_from_parquet(tmp_path: Path, days: pa.Array) -> None:
    pq.write_table(
        pa.table({"item": ["a"], "location": ["L"], "date": days, "quantity": [1.0]}), tmp_path / "demand.parquet"
    )
    rows = clean(TABLES["demand"], pull(tmp_path, "demand")).rows
    assert rows["date"].tolist() == [pd.Timestamp("2024-10-04")]


def test_exact_decimals_and_flags_from_parquet(tmp_path: Path) -> None:
    content = {
        "supplier": ["S", "T"],
        "min_order_value": pa.array([150, 0], pa.decimal128(10, 2)),
        "blocked": [True, None],
    }
    pq.write_table(pa.table(content), tmp_path / "suppliers.parquet")
    rows = clean(TABLES["suppliers"], pull(tmp_path, "suppliers")).rows
    assert rows["min_order_value"].tolist() == [150.0, 0.0]
    assert rows["blocked"].tolist() == [True, False]


def test_lists_in_parquet_and_torn_files_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"item": [["a"]], "location": ["L"], "on_hand": [1]}), tmp_path / "stock.parquet")
    assert refused(tmp_path, "stock").findings[0].code == "E313"
    content = (tmp_path / "stock.parquet").read_bytes()
    (tmp_path / "stock.parquet").write_bytes(content[: len(content) // 2])
    assert refused(tmp_path, "stock").findings[0].code == "E311"


def test_the_same_rows_from_both_forms_are_one_snapshot_table(tmp_path: Path) -> None:
    raw = csv(tmp_path, "stock", "item,location,on_hand\n007,L,1\n008,L,2.5\n")
    from_csv = clean(TABLES["stock"], raw).rows
    (tmp_path / "stock.csv").unlink()
    from_parquet = parquet(
        tmp_path, "stock", pd.DataFrame({"item": ["007", "008"], "location": "L", "on_hand": [1, 2.5]})
    ).rows
    pd.testing.assert_frame_equal(from_csv, from_parquet)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["stock.csv", "stock.parquet"])
def test_file_that_may_not_be_read_needs_a_person(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch(mode=0o000)
    with pytest.raises(NeedsAdmin, match="may not be read"):
        pull(tmp_path, "stock")


def test_connector_makes_reader_and_writer(tmp_path: Path) -> None:
    settings = FilesSettings(system="north", folder=tmp_path, orders_folder=tmp_path / "out")
    assert CONNECTOR.tables == set(TABLES)
    reader, writer = CONNECTOR.reader(settings, ManualClock()), CONNECTOR.writer(settings, ManualClock())
    assert isinstance(reader, FilesReader)
    assert isinstance(writer, FilesWriter)
    assert (reader.system, writer.system) == ("north", "north")
