"""Token files: refreshed tokens of channels, in the home, readable by their owner alone and never half written."""

import json
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr, ValidationError

from marketing_pipeline.domain.channel_token import sha256_of
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, Sha256
from marketing_pipeline.settings.redaction import hide
from marketing_pipeline.store.whole_file import replace_whole

_REMEMBERED = 100


class TokenFileUnusable(MarketingError):
    """A token file cannot be read, or is not what was written."""


class KeptToken(BaseModel):
    """A token with its descent: a token of the environment that was followed by another does not come back by itself.

    `seed_sha256` is the token of the environment that it is, or was refreshed from. `replaced` were used before it;
    `refused` were followed by another because the channel no longer took them.
    """

    model_config = ConfigDict(frozen=True)

    token: SecretStr
    seed_sha256: Sha256
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    replaced: tuple[Sha256, ...] = ()
    refused: tuple[Sha256, ...] = ()

    @property
    def sha256(self) -> Sha256:
        """What the token is known by."""
        return sha256_of(self.token)

    @property
    def has_history(self) -> bool:
        """Whether anything would be forgotten without a file."""
        return bool(self.replaced or self.refused)

    def refreshed(self, token: SecretStr, issued_at: datetime, expires_at: datetime) -> Self:
        """The token that the channel gave for this one."""
        changes = {"token": token, "issued_at": issued_at, "expires_at": expires_at}
        return self.model_copy(update={**changes, "replaced": _with(self.replaced, self.sha256)})

    def or_seed(self, seed: SecretStr, now: datetime, *, refused: bool) -> Self:
        """This token, or `seed` of the environment in its place; `refused`: the channel no longer takes this one.

        A token that was not seen before is the newest. One seen earlier comes back only for a refused one.
        """
        sha256 = sha256_of(seed)
        if sha256 in (self.seed_sha256, self.sha256, *self.refused) or (sha256 in self.replaced and not refused):
            return self
        replaced = tuple(earlier for earlier in self.replaced if earlier != sha256)
        return type(self)(
            token=seed,
            seed_sha256=sha256,
            issued_at=now,
            replaced=replaced if refused else _with(_with(replaced, self.seed_sha256), self.sha256),
            refused=_with(_with(self.refused, self.seed_sha256), self.sha256) if refused else self.refused,
        )


def _with(earlier: tuple[Sha256, ...], one: Sha256) -> tuple[Sha256, ...]:
    return (*(other for other in earlier if other != one), one)[-_REMEMBERED:]


class TokenFiles:
    """One file a channel and brand below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, channel: str, brand: BrandId) -> Path:
        """Where the token of an account lies, once it was refreshed."""
        return self._folder / f"{channel}-{brand}.token"

    def read(self, channel: str, brand: BrandId) -> KeptToken | None:
        """What is kept; None where nothing is. Raises TokenFileUnusable."""
        path = self.path(channel, brand)
        try:
            kept = KeptToken.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error.strerror or "it cannot be read") from error
        except ValidationError:
            # Its own words would show the token.
            raise _unusable(path, "it is not what was written") from None
        hide((kept.token.get_secret_value(),))
        return kept

    def write(self, channel: str, brand: BrandId, kept: KeptToken) -> None:
        """Keep a token: the file is the old one or the new one, whatever happens. Raises TokenFileUnusable."""
        hide((kept.token.get_secret_value(),))
        path = self.path(channel, brand)
        content = {**kept.model_dump(mode="json", exclude={"token"}), "token": kept.token.get_secret_value()}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            replace_whole(path, json.dumps(content).encode(), 0o600)
        except OSError as error:
            raise _unusable(path, error.strerror or "it cannot be written") from error


def _unusable(path: Path, why: str) -> TokenFileUnusable:
    return TokenFileUnusable(
        f"The token file {path} cannot be used: {why}.",
        "Check the disk and its permissions, or remove the file: then the token of the environment counts again.",
    )
