"""What keeps the tokens of an agency's brands, in this process or another, with files that may die or a wrong clock."""

import os
import random
from multiprocessing.synchronize import Barrier
from pathlib import Path

from pydantic import SecretStr

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.operations.token_refresh import CHANNEL, Account, TokenRefresher
from marketing_pipeline.store.token_files import KeptToken, TokenFiles
from marketing_pipeline.store.tokens import Tokens
from marketing_pipeline_tests.faults.agency import Office, account_of, brands_of
from marketing_pipeline_tests.faults.children import DIED, forkserver

PATIENCE = 60.0


class TokenOffice:
    """The tokens of an office; `seeds` are the environment's, at first those that the sandbox gives everybody."""

    def __init__(self, office: Office, files: TokenFiles | None = None, owner: str = "test") -> None:
        self.office = office
        self.files = files or TokenFiles(office.home.secrets)
        self.tokens = Tokens(office.database, office.plane.holds, self.files, random.Random(1))
        self.refresher = TokenRefresher(office.database, self.tokens, self.client_with, owner)
        self.seeds = {name: f"sandbox-{account_of(brand)}" for name, brand in office.brands.items()}

    def client_with(self, token: SecretStr) -> InstagramClient:
        return InstagramClient(f"{self.office.url}/instagram", token, self.office.clock, self.office.timeout)

    def client_for(self, brand: Brand) -> InstagramClient:
        """The client of a brand with the token in use: how an installation opens an account."""
        token, office = self.in_use(brand.brand_id).token, self.office
        return InstagramClient(f"{office.url}/instagram", token, office.clock, office.timeout, office.transport)

    def in_use(self, brand: BrandId) -> KeptToken:
        return self.tokens.in_use(CHANNEL, brand, SecretStr(self.seeds[brand]))

    def accounts(self) -> list[Account]:
        return [Account(name, lambda name=name: SecretStr(self.seeds[name])) for name in self.office.brands]


class DyingFiles(TokenFiles):
    """Files of a process that ends while it writes: before the first byte, or with half of them on the disk."""

    def __init__(self, folder: Path, *, halfway: bool) -> None:
        super().__init__(folder)
        self._halfway = halfway

    def write(self, channel: str, brand: BrandId, kept: KeptToken) -> None:
        if self._halfway:
            path = self.path(channel, brand)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.with_name(f".{path.name}.0.part").write_text('{"token": "sandb', encoding="utf-8")
        os._exit(DIED)


def _refresh_and_die(root: Path, url: str, brands: int, only: BrandId, halfway: bool) -> None:
    office = Office(root, url, brands_of(brands))
    tokens = TokenOffice(office, DyingFiles(office.home.secrets, halfway=halfway))
    tokens.refresher.refresh([account for account in tokens.accounts() if account.brand == only])


def died_while_keeping(office: Office, brand: BrandId, *, halfway: bool) -> bool:
    """Refresh one token in a process that ends once the channel has answered; whether it came to that."""
    arguments = (office.home.root, office.url, len(office.brands), brand, halfway)
    child = forkserver().Process(target=_refresh_and_die, args=arguments)
    child.start()
    child.join(PATIENCE)
    return child.exitcode == DIED


def _refresh_at_once(root: Path, url: str, brands: int, gate: Barrier) -> None:
    office = Office(root, url, brands_of(brands))
    tokens = TokenOffice(office, owner=f"process {os.getpid()}")
    gate.wait(PATIENCE)
    tokens.refresher.refresh(tokens.accounts())


def refresh_in_processes(office: Office, processes: int) -> None:
    """So many processes that refresh everything that is due, at the same moment."""
    context = forkserver()
    gate = context.Barrier(processes)
    arguments = (office.home.root, office.url, len(office.brands), gate)
    children = [context.Process(target=_refresh_at_once, args=arguments) for _ in range(processes)]
    for child in children:
        child.start()
    for child in children:
        child.join(PATIENCE)
    assert [child.exitcode for child in children] == [0] * processes
