"""Client: wires everything together; what users hold."""

from __future__ import annotations

import queue
from threading import Lock
from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.chat.answer import Answer, Draft
from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import Submission, engine
from vlm_notebook.chat.exchange import exchange
from vlm_notebook.chat.hold import Hold
from vlm_notebook.chat.question import Question, compose
from vlm_notebook.chat.settings import Settings
from vlm_notebook.errors import ModelError, VlmError
from vlm_notebook.images.prepare import prepare
from vlm_notebook.models.catalog import ModelCard, cards
from vlm_notebook.tasks import prompts
from vlm_notebook.view.cell import Shown, open_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.chat.message import Message


class Client:
    """Asks one endpoint, or the embedded model.

    Args:
        base_url: of any OpenAI-compatible endpoint, up to and without `/chat/completions`.
        api_key: its key. With neither given, `VLM_BASE_URL` and `VLM_API_KEY` count, then
            `OPENAI_BASE_URL` and `OPENAI_API_KEY`, otherwise the embedded model answers, offline.
        model: the model's id, also from `VLM_MODEL`; "embedded" needs no endpoint.
        detail: "low", "high" or "auto", for every picture unless a call says otherwise.
        system: a system message for every conversation.
        timeout_s: the longest silence, in seconds, before and within an answer.
        max_retries: how often a call that got no answer at all is tried again.
        http_client: an `httpx2.AsyncClient` of your own, for proxies and certificates.

    Raises:
        ModelError: `detail` is not a level.
        ConnectError, AuthError: `base_url` is no address, or `api_key` cannot be a key.

    >>> Client(model="embedded")
    Client(model='embedded', offline)
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        model: str | None = None,
        detail: str = "auto",
        system: str | None = None,
        timeout_s: float = 60.0,
        max_retries: int = 2,
        http_client: Any = None,
    ) -> None:
        settings = Settings.found(base_url, api_key, model)
        self.model = settings.model
        self.detail = levels.check(detail)
        self.system = system
        self.max_retries = max_retries
        self.last: Answer | None = None
        self._shown = Shown()
        self._endpoint = _endpoint(settings, timeout_s, http_client)

    def __repr__(self) -> str:
        where = "offline" if self.is_embedded else repr(self._endpoint.address)
        return f"Client(model={self.model!r}, {where})"

    @property
    def is_embedded(self) -> bool:
        """Whether the embedded model answers, without any network."""
        return self._endpoint.host == _EMBEDDED_NAME

    @property
    def base_url(self) -> str:
        """The endpoint's address."""
        return self._endpoint.base_url

    def ask(
        self,
        prompt: str,
        *images: Any,
        model: str | None = None,
        detail: str | None = None,
        system: str | None = None,
        inline: bool = True,
        show: bool = True,
        **options: Any,
    ) -> Answer:
        """Ask about pictures; the answer streams into the cell and stays there as a card.

        Args:
            prompt: the question.
            images: anything `load` takes, or none.
            model: another model than the client's.
            detail: another level than the client's: "low", "high" or "auto".
            system: another system message than the client's.
            inline: False passes http(s) URLs through, for the provider to download.
            show: False keeps the cell empty.
            options: further fields of the request, such as `temperature=0`; the embedded model
                knows `pace`, its tokens a second.

        Raises:
            ImageError: a picture cannot be used; nothing was sent.
            ModelError: no model is named, or `detail` is no level; nothing was sent.
            EndpointError: the endpoint failed; a partial answer is in `.answer` and `.last`.
        """
        asked = self.question(
            prompt, *images, model=model, detail=detail, system=system, inline=inline, **options
        )
        return self._shown_answer(asked, show=show)

    def submit(self, prompt: str, *images: Any, **options: Any) -> Submission[Answer]:
        """Ask without waiting and without a display: `.result()`, `.cancel()`, or await it.

        Takes what `ask` takes, except `show`. A cancelled one still gives the partial answer,
        with `finish_reason` "cancelled".
        """
        return self.start(self.question(prompt, *images, **options))

    def stream(self, prompt: str, *images: Any, **options: Any) -> Iterator[Delta]:
        """Ask, and give the pieces as they arrive; leaving the loop closes the connection.

        Takes what `ask` takes, except `show`.

        Raises:
            EndpointError: as for `ask`, out of the loop.
        """
        asked = self.question(prompt, *images, **options)
        pieces: queue.SimpleQueue[Delta | None] = queue.SimpleQueue()
        with self.start(asked, pieces.put) as submission:
            submission.add_done_callback(lambda _: pieces.put(None))
            while (delta := pieces.get()) is not None:
                yield delta
            submission.result()

    def describe(self, image: Any, *, language: str = "en", **options: Any) -> Answer:
        """Ask for a description in English ("en") or Chinese ("zh"); options as for `ask`."""
        return self.ask(prompts.describe(language), image, **options)

    def compare(self, *images: Any, language: str = "en", **options: Any) -> Answer:
        """Ask what is the same and what differs in two or more pictures; options as for `ask`."""
        if len(images) < 2:  # noqa: PLR2004 - comparing takes two
            raise VlmError(f"compare got {len(images)} picture: give two or more")
        return self.ask(prompts.compare(language), *images, **options)

    def models(self, *, vision_only: bool = True) -> list[ModelCard]:
        """Return the endpoint's models.

        Args:
            vision_only: leave out those that take no pictures, as the endpoint says or, where
                it does not, as their name suggests; all of those when no name suggests any.

        Raises:
            EndpointError: the endpoint gives no list.
        """
        listed = cards(engine().submit(self._endpoint.models()).result())
        if not vision_only:
            return listed
        likely = [card for card in listed if card.likely_vision]
        return likely or [card for card in listed if card.vision is None]

    def follow_up(self, answer: Answer, prompt: str, *images: Any, **options: Any) -> Answer:
        """Ask the next question of an answer's conversation; options as for `ask`."""
        show = options.pop("show", True)
        options = {"model": answer.model, "detail": answer.detail, **options}
        asked = self.question(prompt, *images, history=answer.history, **options)
        return self._shown_answer(asked, show=show)

    def is_shown(self, answer: Answer) -> bool:
        """Tell whether the running cell shows the answer already."""
        return answer in self._shown

    def question(
        self,
        prompt: str,
        *images: Any,
        model: str | None = None,
        detail: str | None = None,
        system: str | None = None,
        inline: bool = True,
        history: tuple[Message, ...] = (),
        **options: Any,
    ) -> Question:
        """Prepare the pictures and the request, and send nothing; takes what `ask` takes.

        Raises:
            ImageError: a picture cannot be used.
            ModelError: no model is named, or `detail` is no level.
        """
        name = model or self.model
        if not name:
            raise ModelError(
                f"no model is named for {self._endpoint.host}: give model=, or set VLM_MODEL; "
                "client.models() lists them"
            )
        level = levels.check(detail or self.detail)
        if not self.is_embedded:
            options.pop("pace", None)  # so that a lesson runs as it is on a real model
        return compose(
            prompt,
            [prepare(image, detail=level, model=name) for image in images],
            model=name,
            detail=level,
            system=system or self.system,
            history=history,
            inline=inline,
            options=options,
        )

    def start(
        self, question: Question, on_delta: Callable[[Delta], None] = lambda _: None
    ) -> Submission[Answer]:
        """Send a question; `on_delta` gets each piece, on the engine's thread."""
        draft = Draft(question.request, detail=question.detail, owner=self)
        kept: dict[str, Any] = {"on_end": self._keep, "max_retries": self.max_retries}
        work = exchange(self._endpoint, question.request, draft, on_delta=on_delta, **kept)
        return engine().submit(work)

    def _keep(self, answer: Answer) -> None:
        self.last = answer

    def _shown_answer(self, asked: Question, *, show: bool) -> Answer:
        with Hold() as hold:  # or an interrupt could leave a card that waits for ever
            cell = open_cell(asked.card(), show=show)
            submission = self.start(asked, cell.feed)
            hold.tell(submission.interrupt)
            try:
                answer = cell.wait(submission)
            except BaseException as ended:
                cell.close(submission.kept() or asked.unanswered(ended))
                raise
            if show:
                self._shown.add(answer)
            cell.close(answer)
        return answer


_EMBEDDED_NAME = "the embedded model"


def _endpoint(settings: Settings, timeout_s: float, http_client: Any) -> Endpoint:
    if settings.base_url is None:
        from vlm_notebook.offline import transport

        embedded = transport.http_client()
        return Endpoint(transport.BASE_URL, http_client=embedded, name=_EMBEDDED_NAME)
    return Endpoint(
        settings.base_url, settings.api_key, timeout_s=timeout_s, http_client=http_client
    )


_default: Client | None = None
_default_lock = Lock()


def default_client() -> Client:
    """Return the client that the module's functions use, made from the environment at first."""
    global _default  # noqa: PLW0603 - one default client is the contract
    with _default_lock:
        if _default is None:
            _default = Client()
        return _default


def connect(base_url: str | None = None, api_key: str | None = None, **options: Any) -> Client:
    """Make a client, as `Client` does, the one that the module's functions use from now on."""
    global _default  # noqa: PLW0603 - one default client is the contract
    client = Client(base_url, api_key, **options)
    with _default_lock:
        _default = client
    return client


def ask(prompt: str, *images: Any, **options: Any) -> Answer:
    """Ask the default client about pictures; see `Client.ask`."""
    return default_client().ask(prompt, *images, **options)


def describe(image: Any, **options: Any) -> Answer:
    """Ask the default client for a description; see `Client.describe`."""
    return default_client().describe(image, **options)


def compare(*images: Any, **options: Any) -> Answer:
    """Ask the default client to compare pictures; see `Client.compare`."""
    return default_client().compare(*images, **options)
