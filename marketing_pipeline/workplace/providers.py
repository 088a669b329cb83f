"""The outside services of one installation, each client made when it is first asked for."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.settings import Service, ServiceMode

if TYPE_CHECKING:
    import httpx
    from anthropic import AsyncAnthropic
    from pydantic import SecretStr

    from marketing_pipeline.agents.batching import BatchTerms
    from marketing_pipeline.agents.connection import ModelSettings
    from marketing_pipeline.agents.dialogue import Dialogue
    from marketing_pipeline.agents.language_model import LanguageModel
    from marketing_pipeline.channels.image_generation import ImageService
    from marketing_pipeline.channels.instagram import InstagramClient
    from marketing_pipeline.channels.kept_transport import KeptTransport
    from marketing_pipeline.channels.openai_images import OpenAIImagesSettings
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.settings.loop_client import LoopClient
    from marketing_pipeline.store.model_calls import ModelCalls
    from marketing_pipeline.workflows.brand_week import BrandWeek
    from marketing_pipeline.workflows.studio_work import StudioWork
    from marketing_pipeline.workplace.kept_clients import KeptClients
    from marketing_pipeline.workplace.workplace import Workplace

RENDERERS = 2
MODEL_CALLS_AT_ONCE = 8
PICTURES_AT_ONCE = 8
GIVEN_UP_AFTER = timedelta(hours=1)
"""A model call that is open for longer has lost its process: no call may take nearly so long."""


class Providers:
    """Models, pictures and channels of a `Workplace`; reached as `workplace.providers`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place
        self._clients: dict[BrandId, InstagramClient] = {}

    @cached_property
    def kept(self) -> "KeptClients":
        """Where models and pictures are asked, so that each service has one client; this open's to close."""
        from marketing_pipeline.workplace.kept_clients import KeptClients

        made = KeptClients(self._model_client, self._image_client)
        self._place.closing.callback(made.close)
        return made

    def language_model(self, work: "BrandWeek | None" = None) -> "LanguageModel":
        """The seam to the models; closes what killed runs left open. Raises ServiceOff or CredentialMissing.

        For a week whose brand lets it wait, questions go out in batches, as long as there is time for it.
        """
        from marketing_pipeline.agents.language_model import LanguageModel

        terms = None if work is None else self._batch_terms(work)
        return LanguageModel(self._model_settings(), self._place.clock, self._swept_calls(), terms, self._kept_model())

    def _batch_terms(self, work: "BrandWeek") -> "BatchTerms | None":
        from marketing_pipeline.agents.batching import BatchTerms
        from marketing_pipeline.domain.model_batch import ModelBatches, batch_deadline
        from marketing_pipeline.store.model_batches import ModelBatchBook

        book, now = ModelBatchBook(self._place.database), work.now()
        first = work.brand.posting.next_slot(work.week, work.brand.zone, now)
        wanted = work.brand.policies.model_batches is ModelBatches.WHEN_NOT_URGENT
        needed_by = batch_deadline(first, now) if wanted and first is not None else None
        # What was handed over before is used; a brand that has come to want no batches does not wait for the rest.
        used = wanted or book.waiting(work.brand.brand_id, work.week.key)
        return BatchTerms(book, needed_by, patient=wanted) if used else None

    def dialogue(self) -> "Dialogue":
        """The same for conversations. Raises ServiceOff or CredentialMissing."""
        from marketing_pipeline.agents.dialogue import Dialogue

        return Dialogue(self._model_settings(), self._place.clock, self._swept_calls(), self._kept_model())

    def _kept_model(self) -> "LoopClient[AsyncAnthropic] | None":
        return self._model_client if self.kept.in_this_loop() else None

    @cached_property
    def _model_client(self) -> "LoopClient[AsyncAnthropic]":
        from marketing_pipeline.agents.connection import model_client

        return model_client(self._model_settings)

    def _model_settings(self) -> "ModelSettings":
        from marketing_pipeline.agents.connection import ModelSettings

        return ModelSettings(
            base_url=self._place.settings.anthropic_base_url(),
            api_key=self._place.settings.anthropic_key(),
            provider=self._place.settings.model_provider,
            models=self._place.settings.models,
            concurrency=MODEL_CALLS_AT_ONCE,
        )

    def _swept_calls(self) -> "ModelCalls":
        from marketing_pipeline.store.model_calls import ModelCalls

        calls = ModelCalls(self._place.database)
        calls.sweep(GIVEN_UP_AFTER)
        return calls

    def instagram(self, brand: "Brand") -> "InstagramClient":
        """The client of a brand's account with the token in use; it is this open's to close.

        One for as long as the token is the same. Raises ServiceOff, CredentialMissing or TokenFileUnusable.
        """
        from marketing_pipeline.domain.channel_token import sha256_of

        token = self._place.tokens.in_use(brand)
        client = self._clients.get(brand.brand_id)
        if client is None or client.token_sha256 != sha256_of(token):
            client = self._clients[brand.brand_id] = self.instagram_with(token)
            self._place.closing.callback(client.close)
        return client

    def instagram_with(self, token: "SecretStr") -> "InstagramClient":
        """A client for one token, its caller's to close. Raises ServiceOff."""
        from marketing_pipeline.settings.redaction import hide

        hide([token.get_secret_value()])
        from marketing_pipeline.channels.instagram import InstagramClient

        base_url, clock = self._place.settings.instagram_base_url(), self._place.clock
        return InstagramClient(base_url, token, clock, transport=self.channel_transport())

    def channel_transport(self) -> "KeptTransport":
        """How Instagram and the pictures for it are reached: by connections that all accounts share."""
        from marketing_pipeline.channels.kept_transport import KeptTransport

        return KeptTransport(self._channel_connections)

    @cached_property
    def _channel_connections(self) -> "httpx.BaseTransport":
        """In live mode only to where the address is public. This open's to close."""
        import httpx

        from marketing_pipeline.channels.public_transport import PublicTransport
        from marketing_pipeline.settings.tls import tls

        live = self._place.settings.modes[Service.INSTAGRAM] is ServiceMode.LIVE
        made = PublicTransport() if live else httpx.HTTPTransport(verify=tls(), retries=0)
        self._place.closing.callback(made.close)
        return made

    def studio(self, brand: "Brand") -> "StudioWork":
        """The studio for one brand, with an image service where the brand wants one and the settings allow it."""
        import asyncio

        from marketing_pipeline.studio.ocr import installed_reader
        from marketing_pipeline.workflows.picture_orders import PictureOrders
        from marketing_pipeline.workflows.studio_work import StudioWork

        orders = None
        if brand.look.picture_source == "image_service" and not self._place.settings.is_off(Service.IMAGE):
            orders = PictureOrders(
                self._image_service(), self._place.media, f"openai:{self._place.settings.image_model}"
            )
        folder = self._place.settings.brands / brand.id
        return StudioWork(self._place.media, folder, orders, asyncio.Semaphore(RENDERERS), installed_reader())

    def _image_service(self) -> "ImageService":
        from marketing_pipeline.channels.openai_images import OpenAIImages

        kept = self._image_client if self.kept.in_this_loop() else None
        return OpenAIImages(self._image_settings(), self._place.clock, kept)

    @cached_property
    def _image_client(self) -> "LoopClient[httpx.AsyncClient]":
        from marketing_pipeline.channels.openai_images import image_client

        return image_client(self._image_settings)

    def _image_settings(self) -> "OpenAIImagesSettings":
        from marketing_pipeline.channels.openai_images import OpenAIImagesSettings

        return OpenAIImagesSettings(
            base_url=self._place.settings.image_base_url(),
            api_key=self._place.settings.image_key(),
            model=self._place.settings.image_model,
            concurrency=PICTURES_AT_ONCE,
            allow_loopback=self._place.settings.modes[Service.IMAGE] is ServiceMode.SANDBOX,
        )
