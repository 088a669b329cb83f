"""Which fields an update touches, as documented: a masked field is set, or cleared where no value is given."""

from collections.abc import Collection, Iterable

from marketing_pipeline.sandbox.google_ads.api import Proto, fields_along
from marketing_pipeline.sandbox.google_ads.refusal import Refusal


def masked(before: Proto, given: Proto, paths: Iterable[str], mutable: Collection[str]) -> Proto:
    """The resource after the update. Raises Refusal for a mask that is missing or names what cannot be changed."""
    named = list(paths)
    if not named:
        raise Refusal("field_mask_error.FIELD_MASK_MISSING", "The field mask is missing.", "update_mask")
    after = type(before)()
    after.CopyFrom(before)
    for path in named:
        parts = _known(after, path)
        if path not in mutable:
            raise Refusal(
                "field_error.IMMUTABLE_FIELD", f"'{path}' cannot be changed, or not in this sandbox.", f"update.{path}"
            )
        _set(after, given, parts)
    return after


def stray_fields(given: Proto, allowed: Collection[str], prefix: str = "") -> list[str]:
    """The set fields of a new resource that are not among those allowed; `a.b` or the whole of `a` may be allowed."""
    stray: list[str] = []
    for field, value in given.ListFields():
        path = prefix + field.name.rstrip("_")
        if path in allowed:
            continue
        if field.message_type is not None and not field.is_repeated and any(a.startswith(f"{path}.") for a in allowed):
            stray += stray_fields(value, allowed, f"{path}.")
        else:
            stray.append(path)
    return stray


def _known(message: Proto, path: str) -> list[str]:
    """The field names that a path goes through."""
    along = fields_along(message.DESCRIPTOR, path)
    if not along:
        raise Refusal("field_mask_error.FIELD_NOT_FOUND", f"There is no field '{path}'.", "update_mask")
    last = along[-1]
    if last.message_type is not None and last.message_type.fields and not last.is_repeated:
        raise Refusal("field_mask_error.FIELD_HAS_SUBFIELDS", f"'{path}' has subfields: name them.", "update_mask")
    return [str(field.name) for field in along]


def _set(after: Proto, given: Proto, parts: list[str]) -> None:
    *parents, last = parts
    for part in parents:
        after, given = getattr(after, part), getattr(given, part)
    field = after.DESCRIPTOR.fields_by_name[last]
    if field.has_presence and not given.HasField(last):
        after.ClearField(last)
    else:
        setattr(after, last, getattr(given, last))
