"""Interrupts at random moments: what became of the cell, of the answer and of the connection."""

import statistics
import time
from ast import literal_eval
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event

import ipykernel
import kernel
from model_server import ModelServer, Reply, chunk, events

WIDGET = "application/vnd.jupyter.widget-view+json"
WORDS = [f"word{number} " for number in range(400)]
SHORT = 12
PAUSE_S = 0.02
GRACE_S = 0.5
"""What was sent so long before the interrupt has to be kept, however busy the machine is."""

BREATH_S = 0.15
STEADY = ipykernel.version_info[:2] != (7, 0)
"""ipykernel 7.0 may sleep for ever on what is asked after an interrupted cell, even one of a mere
`time.sleep`, and the more so after two interrupts."""

TWICE = 0.3
MOMENTS = ("preparing", "silent", "waiting", "streaming", "ending")
SETUP = """
import asyncio, gc, os, threading
import vlm_notebook as vlm
from comm import get_comm_manager
from PIL import Image
from vlm_notebook.chat.engine import engine
from vlm_notebook.view import remains
async def tasks():
    return len(asyncio.all_tasks()) - 1
def left():
    gc.collect()
    fds = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    comms = len(get_comm_manager().comms) - 2 * len(remains._left)  # a card and its layout
    return threading.active_count(), fds, comms, engine().submit(tasks()).result()
def fresh(number):
    return Image.effect_noise((900, 700), 40 + number % 50).convert("RGB")
client = vlm.connect({url!r}, "key", model="m")
"""
ASK = "vlm.ask('question {number}', fresh({number}))"


@dataclass
class Telling:
    """An answer's pieces, that note when each went out and when the connection ended."""

    words: int = SHORT
    silence_s: float = 0.0
    sent: list = field(default_factory=list)
    begun: Event = field(default_factory=Event)
    whole: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)
    ended_at: float = 0.0

    def __iter__(self):
        try:
            self.begun.set()
            time.sleep(self.silence_s)
            for word in WORDS[: self.words]:
                yield events(chunk(word), done=False)
                self.sent.append(time.monotonic() - PAUSE_S)
            self.whole.set()
            yield events(chunk(finish="stop"))
        finally:
            self.ended_at = time.monotonic()
            self.ended.set()

    @property
    def text(self):
        """The whole of it."""
        return "".join(WORDS[: self.words])

    def text_at(self, when):
        """Return what had gone out by then."""
        return "".join(WORDS[: sum(at <= when for at in self.sent)])


class Teller(ModelServer):
    """Tells the next telling; `asked` is set when a question has come."""

    def __init__(self):
        super().__init__()
        self.silence_s = 0.0
        self.asked = Event()
        self.telling = Telling()

    def expect(self, telling, *, silence_s=0.0):
        """Answer the next question so, after a silence before the first byte of all."""
        self.telling, self.silence_s = telling, silence_s
        self.asked.clear()

    def next_reply(self):
        self.asked.set()
        telling, silence_s = self.telling, self.silence_s
        time.sleep(silence_s)
        return Reply(pieces=telling, pause_s=PAUSE_S)


@dataclass(frozen=True)
class Outcome:
    """What became of one interrupted question.

    Attributes:
        free_s: from the (last) interrupt until the kernel is idle.
        closed_s: from the first interrupt until the server notices.
    """

    moment: str
    free_s: float
    closed_s: float
    faults: tuple = ()
    interrupted: bool = True


@contextmanager
def kernel_of(server, **env):
    """A kernel whose client asks the server."""
    with kernel.running(**env) as running:
        sent = running.run(SETUP.replace("{url!r}", repr(server.base_url)))
        assert kernel.texts(sent) == ""
        yield running


class Storm:
    """Interrupts one kernel again and again.

    Args:
        running: a kernel of `kernel_of`.
        server: the `Teller` that it asks.
        seed: of the moments.
    """

    def __init__(self, running, server, seed=0):
        self._kernel, self._server, self._random = running, server, Random(seed)
        self._number = 0
        server.expect(Telling())
        assert running.value("client.ask('warm', fresh(0)).text") == repr(server.telling.text)

    def left(self):
        """Return how many threads, files, comms and tasks the kernel has."""
        return literal_eval(self._kernel.value("left()"))

    def leaked(self, before, timeout_s=10):
        """Return what there is more of than before, once connections have had time to close."""
        deadline = time.monotonic() + timeout_s
        while True:
            now = self.left()
            if all(there <= then for there, then in zip(now, before, strict=True)):
                return ()
            if time.monotonic() > deadline:
                return before, now
            time.sleep(0.2)

    def strike(self):
        """Ask, interrupt once or twice at one of the moments, and look what is left of it."""
        moment = MOMENTS[self._number % len(MOMENTS)]
        twice = STEADY and self._random.random() < TWICE
        self._number += 1
        words = SHORT if moment == "ending" else len(WORDS)
        telling = Telling(words, silence_s=1.0 if moment == "waiting" else 0.0)
        self._server.expect(telling, silence_s=0.5 if moment == "silent" else 0.0)
        cell = self._kernel.start(f"at = {self._number}\n" + ASK.format(number=self._number))
        cell.until(lambda message: message.kind == "execute_input")
        self._wait_for(moment, telling)
        first = last = time.monotonic()
        self._kernel.interrupt()
        if twice:
            time.sleep(self._random.choice((0.0, self._random.uniform(0, 0.06))))
            last = time.monotonic()
            self._kernel.interrupt()
        sent = cell.end()
        free_s = time.monotonic() - last
        time.sleep(BREATH_S)
        return self._judged(moment + " twice" * twice, telling, sent, first, free_s)

    def _wait_for(self, moment, telling):
        at_most = self._random.uniform
        if moment == "preparing":
            time.sleep(at_most(0, 0.25))
        elif moment == "silent":
            self._server.asked.wait(20)
            time.sleep(at_most(0, 0.4))
        elif moment in ("waiting", "streaming"):
            telling.begun.wait(20)
            time.sleep(at_most(0, 0.9))
        else:
            telling.whole.wait(20)
            time.sleep(at_most(0, 0.08))

    def _judged(self, moment, telling, sent, at, free_s):
        raised = [message.content["ename"] for message in sent if message.kind == "error"]
        printed = "".join(message.content["text"] for message in sent if message.kind == "stream")
        asked = self._server.asked.is_set()
        gone = not telling.begun.is_set() or telling.ended.wait(15)
        text, reason = self._last() if asked else ("", "interrupted")
        faults = {
            f"raised {raised}": bool({*raised} - {"KeyboardInterrupt"}),
            f"printed {printed!r}": not _is_pythons(printed),
            f"not interrupted: {reason}": not raised and not printed and text != telling.text,
            "a live widget is left": any(WIDGET in bundle for bundle in _shown(sent)),
            "lost text": asked and not text.startswith(telling.text_at(at - GRACE_S)),
            "another text": not telling.text.startswith(text),
            f"ended as {reason!r}": reason not in ("interrupted", "stop"),
            "the server went on": not gone or (moment[:6] != "ending" and telling.whole.is_set()),
            "the next call": not self._next(),
        }
        found = tuple(what for what, so in faults.items() if so)
        closed_s = max(0.0, telling.ended_at - at) if text != telling.text else 0.0
        return Outcome(moment, free_s, closed_s, found, interrupted=bool(raised or printed))

    def _last(self):
        return literal_eval(self._kernel.value("client.last.text, client.last.finish_reason"))

    def _next(self):
        telling = Telling()
        self._server.expect(telling)
        said = self._kernel.value("client.ask('next', show=False).text")
        return literal_eval(said) == telling.text


def _is_pythons(printed):
    """Tell whether no more was printed than Python and IPython do.

    IPython says so when a second interrupt comes while it shows the first; Python, where one
    breaks into a callback from which nothing can be raised. IPython's own formatter fails now and
    then on the frame that was interrupted, and says so.
    """
    said = printed.strip().removesuffix(":")
    if said.startswith("Unexpected exception formatting exception"):
        return "ultratb.py" in said
    return not said or (said.endswith("KeyboardInterrupt") and said.count("Traceback") < 2)


def _shown(sent):
    """Return what stands in the cell at its end."""
    outputs = {}
    for number, message in enumerate(sent):
        if message.kind in ("display_data", "update_display_data"):
            key = message.content.get("transient", {}).get("display_id", number)
            outputs[key] = message.content["data"]
    return list(outputs.values())


def spread(values):
    """Return median, 99th percentile and maximum."""
    ranked = sorted(values)
    at = min(len(ranked) - 1, round(0.99 * (len(ranked) - 1)))
    return statistics.median(ranked), ranked[at], ranked[-1]
