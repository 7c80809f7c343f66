"""The engines that find text, best first; each is loaded once, on first use, on one thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from vlm_notebook.offline import tesseract
from vlm_notebook.offline.tesseract import bmp
from vlm_notebook.offline.word import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PIL import Image

    Find = Callable[[Image.Image], list[Word]]

DETECT_MAX_SIDE = 1280
"""The longest side text is looked for at; letters are still read at the picture's own size.
At 1600 the pages tried read no better, and the peak of a process was 76 MB higher."""

DETECT_MIN_SIDE = {"tiny": 736, "small": 0}
"""Small pictures are enlarged to this for finding text (736: the engine's default, with which
enlarging them beforehand gained nothing). Strips around one line are not: 5 times as fast."""

RAPID_SIDE = 960
"""The longest side at which rapidocr looks for text; rendered pages came out without error."""


class Engine(NamedTuple):
    """A loaded engine: its name, how it finds text, and how a more careful sibling does."""

    name: str
    find: Find
    find_carefully: Find | None = None


_PADDLE = "faster-paddle model"
_loaded: dict[str, Any] = {}
_loading = threading.RLock()


def engine() -> Engine | None:
    """Return the best engine installed here, or None; nothing is ever downloaded."""
    best: Engine | None = _once("best", _first_installed)
    return best


def _once(key: str, load: Callable[[], Any]) -> Any:
    with _loading:
        if key not in _loaded:
            _loaded[key] = load()
        return _loaded[key]


def _first_installed() -> Engine | None:
    found = (load() for load in (_faster_paddle, _rapidocr, _tesseract))
    return next((engine for engine in found if engine is not None), None)


def _faster_paddle() -> Engine | None:
    try:
        _paddle_model("tiny")
    except (ImportError, RuntimeError):  # not installed; or its library does not run here
        return None
    return Engine(
        "faster-paddle",
        lambda image: _paddle_words(_paddle_model("tiny").ocr(bmp(image))),
        lambda image: _paddle_words(_paddle_model("small").ocr(bmp(image))),
    )


def _paddle_model(size: str) -> Any:
    """Load a model that is inside the wheel; the third, "medium", would be a download.

    One is held at a time: each keeps up to 150 MB of its work, and loads in about 0.2 s.
    """
    with _loading:
        held, model = _loaded.get(_PADDLE, (None, None))
        if held != size:
            del model
            _loaded.pop(_PADDLE, None)  # the memory is given back before the next one takes its own
            model = _new_paddle_model(size)
            _loaded[_PADDLE] = size, model
        return model


def _new_paddle_model(size: str) -> Any:
    from faster_paddle import OcrEngine

    return OcrEngine(
        model_size=size,
        threads=1,
        det_max_side=DETECT_MAX_SIDE,
        det_min_side=DETECT_MIN_SIDE[size],
    )


def _paddle_words(result: Mapping[str, Any]) -> list[Word]:
    return [
        Word(
            (*found["topLeftCoord"], *found["bottomRightCoord"]), found["text"], found["confidence"]
        )
        for found in result["bounds"].values()
    ]


def _rapidocr() -> Engine | None:
    """Load rapidocr without its angle classifier, which turns good lines upside down."""
    try:
        from rapidocr import RapidOCR

        reader = RapidOCR(
            params={
                "Global.use_cls": False,
                "Global.log_level": "critical",
                "Det.limit_type": "max",
                "Det.limit_side_len": RAPID_SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
    except Exception:  # noqa: BLE001 - whatever a broken install raises, the next engine is tried
        return None
    turn = threading.Lock()

    def find(image: Image.Image) -> list[Word]:
        import numpy as np

        with turn:
            return _rapid_words(reader(np.asarray(image)[:, :, ::-1]))  # it expects blue first

    return Engine("rapidocr", find)


def _rapid_words(result: Any) -> list[Word]:
    if result.boxes is None:
        return []
    return [
        Word((*_whole(corners.min(axis=0)), *_whole(corners.max(axis=0))), text, float(score))
        for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
    ]


def _whole(point: Any) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _tesseract() -> Engine | None:
    find = tesseract.finder()
    return None if find is None else Engine("tesseract", find)
