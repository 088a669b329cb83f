"""The fast way from pages to Arrow: undecoded bytes, read by a schema of the selected fields alone, no object a row."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from marketing_pipeline.channels.google_ads.columns import SelectedField, arrow_type, selected, stream_types
from marketing_pipeline.channels.google_ads.connection import STREAM_SECONDS, AdsConnection
from marketing_pipeline.channels.google_ads.failure import VERSION

if TYPE_CHECKING:
    import pyarrow as pa

_PACKAGE = "pruned"


class PageDecoder:
    """Turns the bytes of a SearchStream page into a table with a column for each selected field, in that order.

    NULL and 0 stay apart as in the messages: a field of an absent parent is NULL, one without presence in a parent that
    is there is 0 or the empty text.
    """

    def __init__(self, names: Sequence[str]) -> None:
        import ptars
        from google.protobuf import descriptor_pb2, descriptor_pool

        self._fields = selected(names)
        self._names = [self._enum_names(field) for field in self._fields]
        file = descriptor_pb2.FileDescriptorProto(name="pruned.proto", package=_PACKAGE, syntax="proto3")
        page = file.message_type.add(name="Page")
        kind = descriptor_pb2.FieldDescriptorProto
        number = stream_types()[1].pb().DESCRIPTOR.fields_by_name["results"].number
        page.field.add(
            name="results",
            number=number,
            label=kind.LABEL_REPEATED,
            type=kind.TYPE_MESSAGE,
            type_name=f".{_PACKAGE}.Row",
        )
        tree: dict[str, Any] = {}
        for field in self._fields:
            node = tree
            for step in field.along:
                node = node.setdefault(step.name, {"": step})
        _add_message(file, "Row", tree)
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(file.SerializeToString())
        descriptor = pool.FindMessageTypeByName(f"{_PACKAGE}.Page")
        self._handler: Any = cast(Any, ptars).HandlerPool([descriptor.file]).get_for_message(descriptor)

    def table(self, page: bytes) -> "pa.Table":
        """Decode one page."""
        import pyarrow as pa
        import pyarrow.compute as pc

        arrow: Any = pc
        rows: Any = self._handler.list_to_record_batch([page]).column("results").flatten()
        columns: list[Any] = []
        for field, names in zip(self._fields, self._names, strict=True):
            column: Any = arrow.struct_field(rows, field.name.split("."))
            columns.append(column if names is None else names.take(column))
        types = [arrow_type(field) for field in self._fields]
        return pa.table(columns, schema=pa.schema(zip((field.name for field in self._fields), types, strict=True)))

    @staticmethod
    def _enum_names(field: SelectedField) -> "pa.Array[Any] | None":
        import pyarrow as pa

        return pa.array(field.enum_names(), pa.string()) if field.is_enum else None


def raw_tables(connection: AdsConnection, customer: str, query: str, names: Sequence[str]) -> Iterator["pa.Table"]:
    """Tables of a streamed search, one a page, as they arrive. Raises AdsFailure, which may come after some of them."""
    decoder = PageDecoder(names)
    request, _ = stream_types()
    with connection.failures():
        service = connection.service
        call = service.transport.grpc_channel.unary_stream(
            f"/google.ads.googleads.{VERSION}.services.GoogleAdsService/SearchStream",
            request_serializer=request.serialize,
            response_deserializer=None,
        )
        pages = call(
            request(customer_id=customer, query=query),
            metadata=(("x-goog-request-params", f"customer_id={customer}"),),
            timeout=STREAM_SECONDS,
        )
        for page in pages:
            yield decoder.table(page)


def _add_message(file: Any, name: str, tree: dict[str, Any]) -> None:
    """Copy the chosen fields of a message; all others are skipped as unknown."""
    from google.protobuf import descriptor_pb2

    kind = descriptor_pb2.FieldDescriptorProto
    message = file.message_type.add(name=name)
    for key, children in tree.items():
        if not key:
            continue
        source = children[""]
        copy = message.field.add(name=key, number=source.number, label=kind.LABEL_OPTIONAL)
        if len(children) > 1:
            copy.type, copy.type_name = kind.TYPE_MESSAGE, f".{_PACKAGE}.{name}_{key}"
            _add_message(file, f"{name}_{key}", children)
            continue
        copy.type = kind.TYPE_INT32 if source.enum_type is not None else source.type
        if source.has_presence:
            # Keeps NULL apart from 0.
            copy.proto3_optional, copy.oneof_index = True, len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{key}")
