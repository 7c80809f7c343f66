"""Client: wires everything together; what users hold."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.chat import album
from vlm_notebook.chat.account import Account
from vlm_notebook.chat.dialogue import Dialogue
from vlm_notebook.chat.draft import Draft
from vlm_notebook.chat.engine import Submission, engine
from vlm_notebook.chat.exchange import exchange
from vlm_notebook.chat.habits import Habits
from vlm_notebook.chat.hold import Hold
from vlm_notebook.chat.listing import Listing
from vlm_notebook.chat.offer import Offer
from vlm_notebook.chat.question import Question, compose
from vlm_notebook.chat.secret import Secret
from vlm_notebook.chat.settings import Settings
from vlm_notebook.connection import EMBEDDED_NAME, endpoint
from vlm_notebook.errors import ModelError, VlmError
from vlm_notebook.tasks import prompts
from vlm_notebook.view.cell import Shown, open_cell, point_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.chat.message import Keep, Message


class Client(Dialogue, Offer):
    """Asks one endpoint, or the embedded model.

    Args:
        base_url: of any OpenAI-compatible endpoint, up to and without `/chat/completions`.
        api_key: its key; "?" has it typed in, unseen. With neither given, `VLM_BASE_URL` and
            `VLM_API_KEY` count, then `OPENAI_BASE_URL` and `OPENAI_API_KEY`, each from the
            environment or a `.env`, otherwise the embedded model answers, offline.
        model: the model's id, also from `VLM_MODEL`; "embedded" needs no endpoint.
        detail: "low", "high" or "auto" (or "original" where the model has it) of every picture.
        system: a system message for every conversation.
        keep_images: which pictures of a conversation are sent with each question: "all", or so
            many of the latest. Those of the question itself always are, and the same one once.
        timeout_s: the longest silence, in seconds, before and within an answer.
        total_s: the longest whole answer, in seconds, retries included; None: 30 silences.
        max_retries: how often a call that got no answer at all is tried again.
        budget: the most that all calls together may cost, in the endpoint's currency (US dollars
            where it names none); one that would pass it is not sent. Prices are those of the
            latest `models()`, else of the package `genai-prices`, if it is installed.
        http_client: an `httpx2.AsyncClient` of your own, for proxies and certificates.

    Raises:
        ModelError: `detail` is not a level, or `keep_images` no policy.
        ConnectError, AuthError: `base_url` is no address, or `api_key` cannot be a key.
        VlmError: `budget` is no amount, or `total_s` no number of seconds.

    >>> Client(model="embedded")
    Client(model='embedded', offline)
    """

    def __init__(  # noqa: PLR0913 - all that a client can be told, by name
        self,
        base_url: str | None = None,
        api_key: str | Secret | None = None,
        *,
        model: str | None = None,
        detail: str = "auto",
        system: str | None = None,
        keep_images: Keep = "all",
        timeout_s: float = 60.0,
        total_s: float | None = None,
        max_retries: int = 2,
        budget: float | Decimal | None = None,
        http_client: Any = None,
    ) -> None:
        api_key = Secret(api_key)  # from here on no traceback with locals shows it
        settings = Settings.found(base_url, api_key, model)
        self.model = settings.model
        self.detail = levels.check(detail, settings.model)
        self.system = system
        self.keep_images = album.check(keep_images)
        self.max_retries = max_retries
        self.last: Answer | None = None
        self._shown = Shown()
        self._endpoint = endpoint(settings, timeout_s, http_client, total_s=total_s)
        self._listing = Listing(self._endpoint)
        self._key = settings.key
        self._account = Account(self._endpoint.base_url, budget)
        self._habits = Habits(self._endpoint.base_url, self._endpoint.host)

    def __repr__(self) -> str:
        if "_endpoint" not in vars(self):  # a traceback with locals shows it before it is made
            return "Client(in the making)"
        where = "offline" if self.is_embedded else repr(self._endpoint.address)
        return f"Client(model={self.model!r}, {where})"

    @property
    def is_embedded(self) -> bool:
        """Whether the embedded model answers, without any network."""
        return self._endpoint.host == EMBEDDED_NAME

    @property
    def key_hint(self) -> str:
        """What may be shown of the key, such as "sk-...cdef"; empty where there is none."""
        return repr(self._key) if self._key else ""

    @property
    def spent(self) -> Decimal:
        """What the calls so far cost, as far as prices are known."""
        return self._account.spent

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
        montage: bool = False,
        show: bool = True,
        **options: Any,
    ) -> Answer:
        """Ask about pictures; the answer streams into the cell and stays there as a card.

        Args:
            prompt: the question.
            images: anything `load` takes, or none.
            model: another model than the client's.
            detail: another level than the client's; "original" where the model has it.
            system: another system message than the client's.
            inline: False passes http(s) URLs through, for the provider to download.
            montage: True sends several pictures as one, labelled 1, 2 and so on.
            show: False keeps the cell empty.
            options: `keep_images`, another policy than the client's, and further fields of the
                request, such as `temperature=0`; the embedded model knows `pace`, tokens a second.

        Raises:
            ImageError: a picture cannot be used; nothing was sent.
            ModelError: no model is named, or `detail` is no level; nothing was sent.
            BudgetError: the call would cost more than is left; nothing was sent.
            EndpointError: the endpoint failed; a partial answer is in `.answer` and `.last`.
        """
        how: dict[str, Any] = {"inline": inline, "montage": montage, **options}
        asked = self.question(prompt, *images, model=model, detail=detail, system=system, **how)
        return self._shown_answer(asked, show=show)

    def submit(self, prompt: str, *images: Any, **options: Any) -> Submission[Answer]:
        """Ask without waiting and without a display: `.result()`, `.cancel()`, or await it.

        Takes what `ask` takes, except `show`. A cancelled one still gives the partial answer,
        with `finish_reason` "cancelled".
        """
        return self.start(self.question(prompt, *images, **options))

    def stream(
        self,
        prompt: str,
        *images: Any,
        on_wait: Callable[[str], None] = lambda _: None,
        **options: Any,
    ) -> Iterator[Delta]:
        """Ask, and give the pieces as they arrive; leaving the loop closes the connection.

        Takes what `ask` takes, except `show`; `on_wait` as `start` does.

        Raises:
            EndpointError: as for `ask`, out of the loop.
        """
        asked = self.question(prompt, *images, **options)
        pieces: queue.SimpleQueue[Delta | None] = queue.SimpleQueue()
        with self.start(asked, pieces.put, on_wait) as submission:
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

    def is_shown(self, answer: Answer) -> bool:
        """Tell whether the running cell shows the answer already."""
        return answer in self._shown

    def point_at(self, answer: Answer) -> None:
        """Say in a terminal, which has written `Out[1]: `, that the answer stands above."""
        point_at(answer)

    def question(
        self,
        prompt: str,
        *images: Any,
        model: str | None = None,
        detail: str | None = None,
        system: str | None = None,
        inline: bool = True,
        montage: bool = False,
        keep_images: Keep | None = None,
        history: tuple[Message, ...] = (),
        **options: Any,
    ) -> Question:
        """Prepare the pictures and the request, and send nothing; takes what `ask` takes.

        Raises:
            ImageError: a picture cannot be used.
            ModelError: no model is named, `detail` is no level, or more pictures than are taken.
        """
        name = model or self.model
        if not name:
            raise ModelError(
                f"no model is named for {self._endpoint.host}: give model=, or set VLM_MODEL; "
                "client.models() lists them"
            )
        level = levels.chosen(detail, self.detail, name)
        if not self.is_embedded:
            options.pop("pace", None)  # so that a lesson runs as it is on a real model
        asked = compose(
            prompt,
            images,
            model=name,
            detail=level,
            system=system or self.system,
            history=history,
            inline=inline,
            montage=montage,
            keep_images=album.check(self.keep_images if keep_images is None else keep_images),
            options=options,
        )
        return self._habits.ready(asked)

    def start(
        self,
        question: Question,
        on_delta: Callable[[Delta], None] = lambda _: None,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> Submission[Answer]:
        """Send a question.

        Args:
            question: of `Client.question`.
            on_delta: gets each piece, on the engine's thread.
            on_wait: gets a line such as "rate limited, waiting 12 s, attempt 2 of 3" before a
                wait, and an empty one after it, on the engine's thread.

        Raises:
            BudgetError: the call would cost more than is left; nothing is sent.
        """
        request, detail = question.request, question.detail
        entry = None if self.is_embedded else self._account.open(request, detail)

        def end(answer: Answer) -> None:
            if entry:
                as_asked = answer.history[:-1] == request.messages  # no picture was set aside
                entry.close(answer, learn=as_asked)
            self.last = answer

        draft = Draft(request, detail=detail, owner=self, entry=entry)
        told: dict[str, Any] = {"on_delta": on_delta, "on_end": end, "on_wait": on_wait}
        kept: dict[str, Any] = {"habits": self._habits, "max_retries": self.max_retries}
        submission = engine().submit(exchange(self._endpoint, request, draft, **told, **kept))
        if entry:
            submission.add_done_callback(lambda _: entry.drop())
        return submission

    def _shown_answer(self, asked: Question, *, show: bool) -> Answer:
        with Hold() as hold:  # or an interrupt could leave a card that waits for ever
            cell = open_cell(asked.card(), show=show)
            submission: Submission[Answer] | None = None
            try:
                submission = self.start(asked, cell.feed, cell.note)
                hold.tell(submission.interrupt)
                answer = cell.wait(submission)
            except BaseException as ended:
                kept = submission.kept() if submission else None
                cell.close(kept or asked.unanswered(ended))
                raise
            if show:
                self._shown.add(answer)
            cell.close(answer)
        return answer
