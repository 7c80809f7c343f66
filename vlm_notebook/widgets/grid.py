"""The grid: every combination of models, details and repetitions, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook import detail as levels
from vlm_notebook.chat.hold import Hold
from vlm_notebook.chat.message import language_of
from vlm_notebook.client import Client
from vlm_notebook.default import default_client
from vlm_notebook.detail import EMBEDDED
from vlm_notebook.errors import VlmError
from vlm_notebook.images.prepare import PreparedImage, prepare
from vlm_notebook.images.source import load
from vlm_notebook.runs.grid import Grid
from vlm_notebook.runs.plan import places
from vlm_notebook.runs.run import Run, Task
from vlm_notebook.view import wording
from vlm_notebook.view.stage import Stage, is_live
from vlm_notebook.widgets.gridview import GridView

if TYPE_CHECKING:
    from vlm_notebook.runs.plan import Place


def grid(
    prompt: str,
    *images: Any,
    models: Any = None,
    details: Any = None,
    repeat: int = 1,
    client: Client | None = None,
    show: bool = True,
    against: int | None = 0,
    workers: int = 8,
    language: str | None = None,
    **options: Any,
) -> Grid:
    """Ask every combination of models, details and repetitions, and show the answers side by side.

    In a live notebook it returns at once: the answers stream into the cell, each with its Stop,
    and become one static table there. Elsewhere it waits, and shows the table or prints it.

    Args:
        prompt: the question.
        images: anything `load` takes; each is prepared once for a family of models and a level.
        models: one id or several; the client's own if not given. "embedded" is answered here.
        details: one level or several: "low", "high" or "auto", or "original" where every model
            has it; the client's own if not given.
        repeat: how often each combination is asked, from 1.
        client: whom to ask; the default client if not given.
        show: False keeps the cell empty, and returns at once everywhere.
        against: the number of the cell, from 0, that the others are compared with word by word;
            None for no comparison.
        workers: how many answers stream at the same time, from 1.
        language: of the texts around the answers, "en" or "zh"; None for the browser's, and
            where there is none for that of the question.
        options: as for `Client.ask`.

    Raises:
        ImageError: a picture cannot be used; nothing was sent.
        ModelError: no model or level is given, or one that cannot be; nothing was sent.
        VlmError: another argument cannot be; nothing was sent. A call that fails does not raise:
            its cell says so.
    """
    how: dict[str, Any] = {"models": models, "details": details, "repeat": repeat, **options}
    how |= {"client": client, "against": against, "workers": workers, "language": language}
    with Hold() as hold:
        made = planned(prompt, *images, **how)
        live = show and is_live()
        if live:
            _open(made, language)
        made.start()
        hold.tell(made.run.submission.interrupt)
    if show and not live:
        _wait_and_present(made)
    return made


def planned(
    prompt: str,
    *images: Any,
    models: Any = None,
    details: Any = None,
    repeat: int = 1,
    client: Client | None = None,
    against: int | None = 0,
    workers: int = 8,
    language: str | None = None,
    **options: Any,
) -> Grid:
    """Return a grid of which nothing is sent or shown yet; takes what `grid` takes.

    Raises:
        VlmError: as for `grid`.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise VlmError(f"workers is {workers!r}: give a number from 1 on")
    asker = client or default_client()
    tasks = _tasks(asker, prompt, images, models, details, repeat, options)
    spoken = wording.of_browser(wording.check(language) or language_of(prompt))
    words = wording.words("grid")[spoken]
    return Grid(Run(tasks, workers=workers), words=words, against=against)


def _open(made: Grid, language: str | None) -> None:
    """Show the grid as it grows; once it has ended, its table stands there instead."""
    view = GridView(made, language=language)
    stage = Stage(view)
    view.on_over = stage.leave
    made.screen = stage
    stage.open(made)


def _wait_and_present(made: Grid) -> None:
    stage = made.screen = Stage()
    try:
        made.wait()
    finally:  # an interrupt leaves what has arrived
        if made.done:
            stage.present(made, made._repr_mimebundle_())


def _tasks(
    client: Client,
    prompt: str,
    images: tuple[Any, ...],
    models: Any,
    details: Any,
    repeat: int,
    options: dict[str, Any],
) -> list[Task]:
    """Prepare every question, and send nothing."""
    named = client.model if models is None else models
    if named is None:
        client.question(prompt)  # which says that no model is named
    plan = places(named or (), client.detail if details is None else details, repeat)
    sources = [image if isinstance(image, PreparedImage) else load(image) for image in images]
    prepared = _Prepared(sources, as_one=bool(options.get("montage")))
    askers = _Askers(client)
    questions = {}
    for place in plan:
        if (key := (place.model, place.detail)) not in questions:
            how = {"model": place.model, "detail": place.detail, **options}
            pictures = prepared.of(place)
            questions[key] = askers.of(place.model).question(prompt, *pictures, **how)
    return [
        Task(place, questions[place.model, place.detail], askers.of(place.model)) for place in plan
    ]


class _Prepared:
    """Pictures as each family of models gets them, prepared once."""

    def __init__(self, sources: list[Any], *, as_one: bool) -> None:
        self._sources = sources
        self._as_one = as_one  # a montage is made of the originals
        self._known: dict[Any, list[PreparedImage]] = {}

    def of(self, place: Place) -> list[Any]:
        if self._as_one:
            return self._sources
        key = levels.limits(place.detail, place.model)
        if key not in self._known:
            self._known[key] = [
                prepare(source, detail=place.detail, model=place.model) for source in self._sources
            ]
        return self._known[key]


class _Askers:
    """Who is asked for a model: the client, or the embedded reader beside it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._embedded: Client | None = None

    def of(self, model: str) -> Client:
        if model != EMBEDDED or self._client.is_embedded:
            return self._client
        self._embedded = self._embedded or Client(model=EMBEDDED, system=self._client.system)
        return self._embedded
