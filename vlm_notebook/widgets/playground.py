"""The playground: drop pictures, pick a model and a detail level, ask, stop, compare."""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from vlm_notebook.chat.engine import engine
from vlm_notebook.default import default_client
from vlm_notebook.images.source import load
from vlm_notebook.markup.card import Card
from vlm_notebook.markup.transcript import Transcript, bundle
from vlm_notebook.view import wording
from vlm_notebook.widgets.actions import Actions
from vlm_notebook.widgets.answer import AnswerView
from vlm_notebook.widgets.grid import planned
from vlm_notebook.widgets.gridview import GridView
from vlm_notebook.widgets.header import Header
from vlm_notebook.widgets.picker import ModelPicker
from vlm_notebook.widgets.prompt import PromptBox
from vlm_notebook.widgets.recipe import Asked
from vlm_notebook.widgets.thread import Thread
from vlm_notebook.widgets.toggle import DetailToggle
from vlm_notebook.widgets.tray import ImageTray

if TYPE_CHECKING:
    from collections.abc import Callable

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.engine import Submission
    from vlm_notebook.client import Client
    from vlm_notebook.markup.transcript import Bundle
    from vlm_notebook.view.control import Control

View = AnswerView | GridView


def playground(
    *images: Any, client: Client | None = None, language: str | None = None
) -> Playground:
    """Return a widget to ask about pictures with.

    Args:
        images: anything `load` takes; more can be added in the widget.
        client: whom to ask; the default client if not given.
        language: of the interface, "en" or "zh"; None for the browser's. The card around an
            answer is in the language of its question, whatever this is.

    Raises:
        ImageError: a picture cannot be used.
        VlmError: `language` is neither.
    """
    return Playground(*images, client=client, language=language)


class Playground(w.VBox):
    """Pictures, model, detail, prompt, Ask and Stop; the answers below, the newest first.

    In JupyterLab and Notebook 7 the notebook's file holds the answers as static cards: it can be
    read without a kernel.

    Attributes:
        client: whom it asks.
        tray, model, detail, prompt: the controls, each of use alone.
    """

    _parts: tuple[Any, ...] = ()

    def __init__(
        self, *images: Any, client: Client | None = None, language: str | None = None
    ) -> None:
        super().__init__([])
        wording.check(language)
        sources = [load(image) for image in images]
        self.client = client or default_client()
        self.tray = ImageTray(*sources, language=language)
        self.model = ModelPicker(self.client, language=language)
        self.detail = DetailToggle(self.client, language=language)
        self.prompt = PromptBox(language=language)
        self.header = self._header(language)
        self.actions = self._actions(language)
        self.thread = Thread()
        self._follows: AnswerView | None = None
        self._running: View | None = None
        self._submission: Submission[None] | None = None
        self._lock = Lock()
        self._transcript, self._keeping = Transcript(), asyncio.Lock()
        self._lay_out()
        self._wire()

    def __repr__(self) -> str:
        return f"Playground({len(self.tray.items)} pictures, {len(self.answers)} answers)"

    @property
    def answers(self) -> list[Answer]:
        """Every answer given so far, the oldest first."""
        return self.thread.answers

    @property
    def _controls(self) -> tuple[Control, ...]:
        return self.header, self.tray, self.model, self.detail, self.prompt, self.actions

    def _header(self, language: str | None) -> Header:
        return Header(
            self.client,
            on_connect=self._connect,
            on_language=self.speak,
            on_hello=self._greet,
            language=language,
        )

    def _actions(self, language: str | None) -> Actions:
        return Actions(
            models=self._models,
            on_compare=self.compare,
            on_anew=self.start_anew,
            language=language,
        )

    def _lay_out(self) -> None:
        choices = w.Box([self.model, self.detail])
        choices.add_class("vlm-choices")
        self.add_class("vlm-playground")
        rows = (self.header, self.tray, choices, self.prompt, self.actions, self.thread)
        self.children = rows
        self._parts = (*self._controls, self.thread, choices, choices.layout)

    def _wire(self) -> None:
        self.header.root = self.model_id
        self._greet()
        self.prompt.on_ask(lambda _: self.ask())
        self.prompt.on_stop(self.stop)
        self.tray.observe(lambda _: self._show_effects(), "revision")
        self.model.observe(lambda _: self._show_effects(), "value")
        self._show_effects()
        self._keep()

    def ask(self) -> None:
        """Ask as the controls say; returns at once, the answer grows below.

        Does nothing while another answer is under way.
        """
        earlier = self._follows.asked if self._follows else None
        known = list(earlier.pictures) if earlier else []
        fresh = tuple(image for image in self.tray.images if image not in known)
        text = self.tray.prompt_prefix() * bool(fresh) + self.prompt.value
        self._ask(Asked(text, fresh, self.model.value, self.detail.value, earlier), self._follows)

    def ask_again(self, view: AnswerView) -> None:
        """Ask what `view` asked, with the model and the detail chosen now."""
        asked = view.asked.using(self.model.value, self.detail.value)
        self._ask(asked, view.follows)

    def follow(self, view: AnswerView) -> None:
        """Have the next question go on from an answer."""
        self._follows = view
        self.actions.show(follows=view.asked.prompt)

    def start_anew(self) -> None:
        """Have the next question start a conversation of its own."""
        self._follows = None
        self.actions.show(follows="")

    def stop(self) -> None:
        """Stop what is under way; what has arrived stays.

        The button waits for a cell that blocks the kernel: there, the kernel's interrupt is the
        way. While a cell awaits, the button acts in ipykernel 7, but not in ipykernel 6.
        """
        view, submission = self._running, self._submission
        if view:
            view.stop()
        elif submission:
            submission.cancel()

    def compare(self, models: list[str], details: list[str], repeat: int = 1) -> None:
        """Ask every combination side by side; returns at once, the answers grow below."""
        prompt = self.tray.prompt_prefix() + self.prompt.value
        images = self.tray.images

        def begin() -> GridView:
            how: dict[str, Any] = {"models": models, "details": details, "repeat": repeat}
            made = planned(prompt, *images, client=self.client, **how)
            return GridView(made, language=self.header.language or None)

        self._run(begin)

    def speak(self, language: str) -> None:
        """Switch the interface's language to "en" or "zh"."""
        for control in (*self._controls, *self.thread.controls):
            control.language = language
            control.refresh()
        self._greet()

    def close(self) -> None:
        """Stop what is under way and let go of every widget."""
        if self._parts:  # none if it could not be made
            self.stop()
        for part in (*self._parts, self.layout):
            part.close()
        super().close()

    def _ask(self, asked: Asked, follows: AnswerView | None) -> None:
        client = self.client
        history = follows.answer.history if follows and follows.answer else ()

        def begin() -> AnswerView:
            how: dict[str, Any] = {"model": asked.model, "detail": asked.detail}
            question = client.question(asked.prompt, *asked.sources, history=history, **how)
            return AnswerView(
                question,
                client,
                asked=asked,
                follows=follows,
                on_again=self.ask_again,
                on_follow=self.follow,
                language=self.header.language or None,
            )

        self._run(begin)

    def _run(self, begin: Callable[[], View]) -> None:
        with self._lock:
            if self.prompt.busy:
                return
            self.prompt.busy = True
        self.actions.show(busy=True)
        self._submission = engine().submit(self._ran(begin))

    async def _ran(self, begin: Callable[[], View]) -> None:
        """Prepare, ask and show, on the engine's thread; what fails is said below the prompt."""
        try:
            with self.prompt.telling():
                view = await _made(begin)
                self._running = view
                self.thread.add(view)
                await view.run()
                self._go_on(view)
                self._keep(view)
        finally:
            self._running = None
            self.prompt.busy = False
            self.actions.show(busy=False)

    def _connect(self, client: Client) -> None:
        self.client = self.model.client = self.detail.client = client
        self.start_anew()
        self._show_effects()

    def _greet(self) -> None:
        """Begin with a question in the language that is spoken, until one is typed."""
        first = [words["first_prompt"] for words in wording.words("header").values()]
        self.prompt.suggest(self.header.word("first_prompt"), instead_of=first)

    def _show_effects(self) -> None:
        self.detail.update(self.tray.images, self.model.value or None)
        if not self.answers:
            self._keep()

    def _go_on(self, view: View) -> None:
        """Go on from the latest answer of the conversation that the next question belongs to."""
        if isinstance(view, AnswerView) and view.follows and view.follows is self._follows:
            self.follow(view)

    def _models(self) -> list[str]:
        names = (self.model.value, *(card.id for card in self.model.cards))
        return list(dict.fromkeys(filter(None, names)))

    def _keep(self, view: View | None = None) -> None:
        """Have the notebook's file hold another answer, or the pictures; returns at once."""
        engine().submit(self._kept(view))

    async def _kept(self, view: View | None) -> None:
        with self.header.telling():
            async with self._keeping:  # one after the other
                self.header.keep(await asyncio.to_thread(self._parts_with, view))

    def _parts_with(self, view: View | None) -> list[Bundle]:
        if view:
            self._transcript.add(view.kept())
        if self._transcript.parts:
            return self._transcript.parts
        return [bundle(Card(tuple(item.picture() for item in self.tray.items)))]


async def _made(begin: Callable[[], View]) -> View:
    """Return what a thread makes; who does not wait for it lets go of it."""
    making = asyncio.ensure_future(asyncio.to_thread(begin))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        (await making).close()
        raise
