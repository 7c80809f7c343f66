"""The playground: pick a model and a detail level, ask, stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from vlm_notebook import detail as levels
from vlm_notebook.chat.answer import Answer
from vlm_notebook.chat.engine import engine
from vlm_notebook.default import default_client
from vlm_notebook.errors import EndpointError, VlmError
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import ImageSource, load
from vlm_notebook.markup import card as cards
from vlm_notebook.markup.card import Card, Picture
from vlm_notebook.view.live import LiveAnswer

if TYPE_CHECKING:
    from vlm_notebook.chat.engine import Submission
    from vlm_notebook.chat.question import Question
    from vlm_notebook.client import Client

FIRST_PROMPT = "What do you see?"


def playground(*images: Any, client: Client | None = None) -> Playground:
    """Return a widget to ask about pictures with.

    Args:
        images: anything `load` takes; more can be added in the widget.
        client: whom to ask; the default client if not given.

    Raises:
        ImageError: a picture cannot be used.
    """
    return Playground(*images, client=client)


class Playground(w.VBox):
    """Model, detail, pictures, prompt, Ask and Stop; the answers below, the newest first.

    Attributes:
        answers: every `Answer` given so far, the oldest first.
    """

    def __init__(self, *images: Any, client: Client | None = None) -> None:
        self.client = client or default_client()
        self.answers: list[Answer] = []
        self._sources: list[ImageSource] = []
        self._thumbnails: list[Picture] = []
        self._submission: Submission[Any] | None = None
        self._build()
        super().__init__([self._controls(), self.tray, self.prompt, self._buttons(), self.thread])
        for image in images:
            self._add(image)
        self._show_tray()
        engine().submit(self._list_models())

    def __repr__(self) -> str:
        return f"Playground({len(self._sources)} pictures, {len(self.answers)} answers)"

    def _build(self) -> None:
        wide = w.Layout(width="100%", max_width="860px")
        name = self.client.model or ""
        self.model = w.Dropdown(options=[name], value=name, description="Model")
        self.detail = w.ToggleButtons(
            options=levels.LEVELS,
            value=self.client.detail,
            description="Detail",
            style={"button_width": "64px", "description_width": "56px"},
            layout=w.Layout(width="max-content"),
        )
        self.upload = w.FileUpload(accept="image/*", multiple=True, description="Add pictures")
        self.tray = w.HTML(layout=wide)
        self.prompt = w.Textarea(
            value=FIRST_PROMPT,
            description="Prompt",
            layout=w.Layout(width="100%", max_width="860px"),
        )
        self.ask_button = w.Button(description="Ask", button_style="primary", tooltip="Ask")
        self.stop_button = w.Button(description="Stop", disabled=True, tooltip="Stop")
        self.thread = w.VBox([], layout=wide)
        self.ask_button.on_click(lambda _: self.ask())
        self.stop_button.on_click(lambda _: self.stop())
        self.upload.observe(self._take_upload, "value")

    def _controls(self) -> w.Widget:
        wrap = w.Layout(flex_flow="row wrap")
        return w.Box([self.model, self.detail, self.upload], layout=wrap)

    def _buttons(self) -> w.Widget:
        return w.HBox([self.ask_button, self.stop_button])

    def ask(self) -> None:
        """Ask as the controls say; returns at once, the answer grows below.

        Does nothing while another answer is under way.
        """
        if self.ask_button.disabled:
            return
        self._set_busy(busy=True)
        asked = (self.prompt.value, tuple(self._sources), self.model.value, self.detail.value)
        self._submission = engine().submit(self._run(*asked))

    def stop(self) -> None:
        """Stop the answer under way; what has arrived stays.

        The button waits for a cell that blocks the kernel: there, the kernel's interrupt is the
        way. While a cell awaits, the button acts in ipykernel 7, but not in ipykernel 6.
        """
        if self._submission:
            self._submission.cancel()

    async def _run(
        self, prompt: str, sources: tuple[ImageSource, ...], model: str, detail: str
    ) -> None:
        """Prepare, ask and show, on the engine's thread."""
        try:
            question = await asyncio.to_thread(
                self.client.question, prompt, *sources, model=model, detail=detail
            )
            live = LiveAnswer(question.card())
            submission = self._start(question, live)
            self.thread.children = (live, *self.thread.children)
            answer = await self._answer(submission)
            self.answers.append(answer)
            live.finish(answer.card())
        except VlmError as error:
            self._say(str(error))
        finally:
            self._set_busy(busy=False)

    def _start(self, question: Question, live: LiveAnswer) -> Submission[Answer]:
        try:
            return self.client.start(question, live.feed, live.tell)
        except VlmError:
            live.close()
            raise

    async def _answer(self, submission: Submission[Answer]) -> Answer:
        """Wait for the answer; being cancelled cancels it, and its partial text stays."""
        try:
            return await asyncio.shield(_ended(submission))
        except asyncio.CancelledError:
            submission.cancel()
            return await _ended(submission)

    def _set_busy(self, *, busy: bool) -> None:
        self.ask_button.disabled, self.stop_button.disabled = busy, not busy

    def _say(self, line: str) -> None:
        card = w.HTML(_framed(cards.foot_html(Card(error=line))))
        self.thread.children = (card, *self.thread.children)

    def _add(self, image: Any) -> None:
        source = load(image)
        self._thumbnails.append(_thumbnail(source))
        self._sources.append(source)

    def _take_upload(self, change: Any) -> None:
        """Move uploads to the tray, out of the state that is saved with the notebook."""
        uploads = change["new"]
        if not uploads:
            return
        for upload in uploads:
            try:
                self._add(upload)
            except VlmError as error:
                self._say(str(error))
        self.upload.value = ()
        self._show_tray()

    def _show_tray(self) -> None:
        head = cards.head_html(Card(tuple(self._thumbnails)))
        self.tray.value = _framed(head, "vlm-tray") if head else ""

    async def _list_models(self) -> None:
        try:
            listed = await asyncio.to_thread(self.client.models)
        except VlmError as error:
            self._say(str(error))
            return
        names = list(
            dict.fromkeys([*filter(None, [self.model.value]), *(card.id for card in listed)])
        )
        self.model.options = names


def _framed(markup: str, name: str = "") -> str:
    """Return safe HTML in a card's frame, with its style: no answer may have brought it yet."""
    return f'<style>{cards.style()}</style><div class="vlm-card {name}">{markup}</div>'


def _thumbnail(source: ImageSource) -> Picture:
    width, height = source.size
    return Picture(prepare(source, detail="low").thumbnail(), source.origin, f"{width}x{height}")


async def _ended(submission: Submission[Answer]) -> Answer:
    """Return the answer, whole or what there is of it."""
    try:
        return await submission
    except EndpointError as error:
        if isinstance(error.answer, Answer):
            return error.answer
        raise
