"""Requests that change an account: each operation is checked on paper, then all take effect or none does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, set_enum, to_fields
from marketing_pipeline.sandbox.google_ads.draft import Draft, Kind, Operation, collection_of, is_temporary
from marketing_pipeline.sandbox.google_ads.field_mask import masked, stray_fields
from marketing_pipeline.sandbox.google_ads.journal import THE_CLIENT, Actor, AdsEntry, AdsJournal, Outcome
from marketing_pipeline.sandbox.google_ads.kinds import BY_COLLECTION
from marketing_pipeline.sandbox.google_ads.refusal import AdsError, Refusal, Step
from marketing_pipeline.sandbox.google_ads.status import is_removed
from marketing_pipeline.sandbox.google_ads.world import AdsWorld

MOST_OPERATIONS = 10_000
"""Operations in one request; documented."""


@dataclass(frozen=True)
class Asked:
    """One operation of a request. `steps` is where it stands there, for the location of an error."""

    kind: Kind
    operation: Proto
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Request:
    """Who asks for what. `actor` is what change_event will tell."""

    id: str
    method: str
    asked: Sequence[Asked]
    validate_only: bool
    partial_failure: bool
    actor: Actor = THE_CLIENT
    at: datetime | None = None
    """When it takes effect; None: now."""


@dataclass(frozen=True)
class Change:
    """What one operation comes to."""

    operation: Operation
    resource: str
    before: Proto | None
    after: Proto | None


@dataclass(frozen=True)
class Answer:
    """The change of each operation, None where it was refused, and the errors of those."""

    changes: tuple[Change | None, ...]
    errors: tuple[AdsError, ...]


def mutate(world: AdsWorld, account: LiveAccount, request: Request) -> Answer:
    """Do what a request asks, or in a dry run see whether it could be done; write all of it into the journal.

    Raises Refusal where nothing was done: without partial_failure one bad operation is enough (documented).
    """
    _check_size(request)
    draft, named = account.draft(), set[str]()
    changes: list[Change | None] = []
    errors: list[list[AdsError]] = []
    for asked in request.asked:
        try:
            changes.append(_change(draft, named, asked))
            errors.append([])
        except Refusal as refusal:
            changes.append(None)
            errors.append([error.under(*asked.steps) for error in refusal.errors])
    refused = [error for some in errors for error in some]
    stopped = bool(refused) and not request.partial_failure
    _settle(world, account, request, changes, errors, stopped)
    if stopped:
        raise Refusal.of(refused)
    return Answer(tuple(changes), tuple(refused))


def _settle(
    world: AdsWorld,
    account: LiveAccount,
    request: Request,
    changes: Sequence[Change | None],
    errors: Sequence[Sequence[AdsError]],
    stopped: bool,
) -> None:
    """Journal first, in one transaction; the account follows."""
    now = request.at or world.now()
    done = Outcome.VALIDATED if request.validate_only else Outcome.APPLIED
    AdsJournal(world).write(
        [
            AdsEntry(
                sequence=0,
                at=now,
                customer=account.plan.customer_id,
                request_id=request.id,
                method=request.method,
                position=position,
                operation=change.operation if change else asked.operation.WhichOneof("operation") or "",
                resource=change.resource if change else _target(asked),
                resource_type=asked.kind.message,
                validate_only=request.validate_only,
                outcome=Outcome.REFUSED if stopped or change is None else done,
                errors=tuple(error.code for error in wrong),
                before=to_fields(change.before) if change and change.before is not None else None,
                after=to_fields(change.after) if change and change.after is not None else None,
                actor=request.actor,
            )
            for position, (asked, change, wrong) in enumerate(zip(request.asked, changes, errors, strict=True))
        ]
    )
    after = [change.after for change in changes if change and change.after is not None]
    if after and not stopped and not request.validate_only:
        account.take(after, now)


def _check_size(request: Request) -> None:
    if not request.asked:
        raise Refusal("request_error.OPERATION_REQUIRED", "The request asks for nothing.", "operations")
    if len(request.asked) > MOST_OPERATIONS:
        raise Refusal("request_error.TOO_MANY_MUTATE_OPERATIONS", f"At most {MOST_OPERATIONS} operations.")


def _operation(asked: Asked) -> Operation:
    name = asked.operation.WhichOneof("operation")
    if name is None:
        raise Refusal("request_error.OPERATION_REQUIRED", "The operation neither creates, updates nor removes.")
    return name


def _target(asked: Asked) -> str:
    name = asked.operation.WhichOneof("operation")
    if name in (None, "remove"):
        return str(asked.operation.remove)
    return str(getattr(asked.operation, name).resource_name)


def _change(draft: Draft, named: set[str], asked: Asked) -> Change:
    operation = _operation(asked)
    if operation == "create":
        return _create(draft, asked.kind, asked.operation.create)
    name = _target(asked)
    kind = asked.kind
    if BY_COLLECTION.get(collection_of(name, draft.account.customer_id)) is not kind:
        message = f"'{name}' does not name a {kind.field}."
        raise Refusal("request_error.RESOURCE_NAME_MALFORMED", message, operation)
    if name in named:
        # Documented: the same resource twice in one request.
        raise Refusal("mutate_error.ID_EXISTS_IN_MULTIPLE_MUTATES", f"{name} is changed twice.", operation)
    named.add(name)
    before = draft.find(name)
    if before is None:
        raise Refusal("mutate_error.RESOURCE_NOT_FOUND", f"There is no {name}.", f"{operation}.resource_name")
    if is_removed(before):
        raise Refusal(kind.removed, f"{name} is removed.", operation)
    if operation == "remove":
        return _remove(draft, kind, before)
    return _update(draft, kind, before, asked.operation)


def _create(draft: Draft, kind: Kind, given: Proto) -> Change:
    after, temporary = type(given)(), str(given.resource_name)
    after.CopyFrom(given)
    after.ClearField("resource_name")
    stray = stray_fields(after, kind.creatable)
    if stray:
        raise Refusal("field_error.VALUE_MUST_BE_UNSET", f"'{stray[0]}' cannot be set here.", f"create.{stray[0]}")
    if temporary and not is_temporary(temporary):
        raise Refusal("new_resource_creation_error.CANNOT_SET_ID_FOR_CREATE", "Leave the name out.", "create")
    for reference in ("campaign", "ad_group", "campaign_budget"):
        if reference in after.DESCRIPTOR.fields_by_name and getattr(after, reference):
            setattr(after, reference, draft.real_name(getattr(after, reference)))
    _inside(lambda: kind.complete(draft, after), "create")
    _name(draft, kind, after)
    _inside(lambda: kind.check(draft, None, after), "create")
    draft.put(after)
    if temporary:
        draft.name_for(temporary, after.resource_name)
    return Change("create", after.resource_name, None, after)


def _update(draft: Draft, kind: Kind, before: Proto, operation: Proto) -> Change:
    _check_owner(draft, before)
    after = masked(before, operation.update, operation.update_mask.paths, kind.mutable)
    _inside(lambda: kind.check(draft, before, after), "update")
    draft.put(after)
    return Change("update", after.resource_name, before, after)


def _remove(draft: Draft, kind: Kind, before: Proto) -> Change:
    kind.let_go(draft, before)
    after = type(before)()
    after.CopyFrom(before)
    set_enum(after, "status", "REMOVED")
    draft.put(after)
    return Change("remove", after.resource_name, before, after)


def _check_owner(draft: Draft, resource: Proto) -> None:
    """What hangs on something removed cannot be changed any more; documented, the code is assumed."""
    for owner in ("campaign", "ad_group"):
        name = getattr(resource, owner, "")
        holder = draft.find(name) if name else None
        if holder is not None and is_removed(holder):
            code = "operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"
            raise Refusal(code, f"{name} is removed.", "update.resource_name")


def _name(draft: Draft, kind: Kind, after: Proto) -> None:
    """Give a new resource its id and its name."""
    number = draft.next_id(kind.series)
    *parents, last = kind.id_path.split(".")
    holder = after
    for part in parents:
        holder = getattr(holder, part)
    setattr(holder, last, number)
    owner = f"{getattr(after, kind.parent).rpartition('/')[2]}~" if kind.parent else ""
    after.resource_name = f"customers/{draft.account.customer_id}/{kind.collection}/{owner}{number}"


def _inside(act: Callable[[], None], step: str) -> None:
    """Let the errors of a check say that they are inside `create` or `update`."""
    try:
        act()
    except Refusal as refusal:
        raise Refusal.of([error.under((step, None)) for error in refusal.errors]) from None
