"""Questions to the embedded reader about samples and written pictures."""

from __future__ import annotations

import io
import os

from markdown_it import MarkdownIt
from PIL import Image, ImageDraw, ImageFont

from vlm_notebook.images import samples
from vlm_notebook.offline.respond import Turn, respond


def sample(*names):
    return tuple(samples.path(name).read_bytes() for name in names)


def encoded(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def written(*lines, size=(900, 420)):
    import matplotlib as mpl

    font = os.path.join(mpl.get_data_path(), "fonts/ttf/DejaVuSans.ttf")  # noqa: PTH118 - a str
    image = Image.new("RGB", size, "white")
    for number, line in enumerate(lines):
        at = (40, 40 + 56 * number)
        ImageDraw.Draw(image).text(at, line, fill="black", font=ImageFont.truetype(font, 34))
    return encoded(image)


def ask(question, *images):
    return "".join(respond([Turn("user", question, images)]))


def talk(*asked):
    """Ask one question after the other and return the last answer."""
    turns, answer = [], ""
    for question, *images in asked:
        turns.append(Turn("user", question, tuple(images)))
        answer = "".join(respond(turns))
        turns.append(Turn("assistant", answer))
    return answer


def fenced(answer):
    tokens = MarkdownIt("commonmark").parse(answer)
    return [token.content for token in tokens if token.type == "fence"]
