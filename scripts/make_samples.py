"""Make the sample pictures again: `python scripts/make_samples.py [name ...]`.

Needs scikit-image and scikit-learn installed for their photographs (they are not imported),
Chromium for the pages in `scripts/samples`, and the fonts DejaVu, EB Garamond, Lato, Courier Prime,
Klee and Noto CJK. Another version of a font or of Chromium moves pixels, never words.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = Path(__file__).parent / "samples"
PICTURES = Path(__file__).parent.parent / "vlm_notebook" / "images" / "pictures"
QUALITY = 85
SPARE_PX = 160
"""Headless Chromium keeps some of the window for itself: ask for more and crop."""

GOODS = (  # name, quantity line, price in cents
    ("Sourdough loaf", "", 380),
    ("Milk 1 L", "2 x 1.25", 250),
    ("Pears", "0.640 kg x 3.50", 224),
    ("Goat cheese", "", 460),
    ("Olive oil 500 ml", "", 790),
    ("Coffee beans 250 g", "", 675),
    ("Notebook, ruled", "", 295),
    ("Paper bag", "", 20),
)
CASH_CENTS = 4000
VAT_PERCENT = 7
VISITORS = {
    "Jan": 310, "Feb": 355, "Mar": 480, "Apr": 720, "May": 890, "Jun": 1040,
    "Jul": 1385, "Aug": 1460, "Sep": 935, "Oct": 610, "Nov": 390, "Dec": 545,
}  # fmt: skip

BEFORE = {
    "espresso": "2.10",
    "cake": "Apple cake",
    "cat": '<div class="item photo" style="left:846px;top:98px;width:292px;height:316px;'
    'transform:rotate(2.2deg)"><img src="$cat"><span>Miso, our mouser</span></div>',
    "pin": "red",
    "note": "left:812px;top:520px;transform:rotate(-2.5deg)",
}
AFTER = BEFORE | {
    "espresso": "2.30",
    "cat": "",
    "pin": "blue",
    "note": "left:920px;top:498px;transform:rotate(3deg)",
}


def photo(package: str, path: str) -> Image.Image:
    """Open a photograph that an installed package carries."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"{package} is not installed: its photographs are needed")
    return Image.open(Path(spec.submodule_search_locations[0]) / path).convert("RGB")


def chelsea() -> Image.Image:
    """Open the cat."""
    return photo("skimage", "data/chelsea.png")


def coffee() -> Image.Image:
    """Open the cup of coffee."""
    return photo("skimage", "data/coffee.png")


def rocket() -> Image.Image:
    """Open the rocket before its launch."""
    return photo("skimage", "data/rocket.jpg")


def pagoda() -> Image.Image:
    """Open the pagoda."""
    return photo("sklearn", "datasets/images/china.jpg")


def flower() -> Image.Image:
    """Open the dahlia."""
    return photo("sklearn", "datasets/images/flower.jpg")


def noise(size: tuple[int, int], *, blur_px: float, seed: int) -> np.ndarray:
    """Return smooth noise as (height, width) floats with mean 0 and deviation 1."""
    step = max(1, round(blur_px / 3))  # a coarse grid, or eight bits of wide blur would show steps
    width, height = (side // step + 8 for side in size)
    raw = np.random.default_rng(seed).normal(128, 40, (height, width)).clip(0, 255)
    grey = Image.fromarray(raw.astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur_px / step))
    fine = Image.fromarray(np.asarray(grey, dtype=np.float32))
    values = np.asarray(fine.resize(size, Image.Resampling.BICUBIC), dtype=float)
    return (values - values.mean()) / values.std()


def tinted(
    values: np.ndarray, dark: tuple[int, int, int], light: tuple[int, int, int]
) -> Image.Image:
    """Colour (height, width) values, about -2 to 2, from `dark` to `light`."""
    share = ((values + 2) / 4).clip(0, 1)[..., None]
    return Image.fromarray(
        (np.array(dark) * (1 - share) + np.array(light) * share).astype(np.uint8)
    )


def cork() -> Image.Image:
    """Draw a cork board: crumbs of three sizes and a few dark specks."""
    size = (1200, 840)
    grain = noise(size, blur_px=1.2, seed=1) * 0.55 + noise(size, blur_px=3.0, seed=2) * 0.5
    grain = grain + noise(size, blur_px=40, seed=3) * 0.3
    grain = grain - 1.8 * (noise(size, blur_px=2.2, seed=4) > 2.1)  # noqa: PLR2004 - 2 % of the area is dark
    return tinted(grain, (128, 84, 48), (222, 176, 122))


def desk() -> Image.Image:
    """Draw a dark wooden table top: noise drawn out along the grain."""
    fibres = Image.fromarray(
        (noise((760, 60), blur_px=0.7, seed=5) * 40 + 128).clip(0, 255).astype(np.uint8)
    )
    long = np.asarray(fibres.resize((760, 1240), Image.Resampling.BICUBIC), dtype=float)
    grain = (long - 128) / 55 + noise((760, 1240), blur_px=60, seed=6) * 0.5
    return tinted(grain, (58, 36, 24), (112, 74, 48))


def aged(picture: Image.Image, *, grain: float, shade: float, seed: int) -> Image.Image:
    """Add what a camera adds: uneven light and a little grain, in steps of 255."""
    light = noise(picture.size, blur_px=90, seed=seed) * shade
    speck = noise(picture.size, blur_px=0.6, seed=seed + 1) * grain
    values = np.asarray(picture, dtype=float) + (light + speck)[..., None]
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def shoot(page: str, size: tuple[int, int], **parts: str | Image.Image) -> Image.Image:
    """Photograph a page of `scripts/samples` in Chromium; pictures in `parts` become its files."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        words = dict(parts)
        for name, part in parts.items():
            if isinstance(part, Image.Image):
                part.save(here / f"{name}.png")
                words[name] = f"{name}.png"
        html = Template((PAGES / page).read_text(encoding="utf-8")).safe_substitute(words)
        (here / page).write_text(html, encoding="utf-8")
        browse(here, page, size)
        return Image.open(here / "shot.png").convert("RGB").crop((0, 0, *size))


def browse(here: Path, page: str, size: tuple[int, int]) -> None:
    """Let Chromium write `shot.png` beside the page."""
    quiet = ("gpu", "quic", "background-networking", "component-update", "sync")
    subprocess.run(
        [
            shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--no-first-run",
            *(f"--disable-{part}" for part in quiet), "--hide-scrollbars",
            "--force-device-scale-factor=1", f"--user-data-dir={here / 'profile'}",
            f"--window-size={size[0]},{size[1] + SPARE_PX}", f"--screenshot={here / 'shot.png'}",
            (here / page).as_uri(),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


def money(cents: int) -> str:
    """Write cents as euros.

    >>> money(3094)
    '30.94'
    """
    return f"{cents // 100}.{cents % 100:02d}"


def receipt() -> Image.Image:
    """Render a shop's receipt whose sums are right, lying on a table."""
    rows = ""
    for name, quantity, cents in GOODS:
        rows += f"<tr><td>{name}</td><td>{money(cents)}</td></tr>"
        rows += f'<tr class="of"><td colspan="2">{quantity}</td></tr>' if quantity else ""
    total = sum(cents for _, _, cents in GOODS)
    vat = round(total * VAT_PERCENT / (100 + VAT_PERCENT))
    top = [f"{x / 0.48:.2f}% {0.5 * (x % 2):.2f}%" for x in range(49)]
    bottom = [f"{x / 0.48:.2f}% {100 - 0.5 * (x % 2):.2f}%" for x in reversed(range(49))]
    shot = shoot(
        "receipt.html", (760, 1240), desk=desk(), edge=", ".join(top + bottom), rows=rows,
        total=money(total), vat=money(vat),
        cash=money(CASH_CENTS), change=money(CASH_CENTS - total),
    )  # fmt: skip
    return aged(shot.filter(ImageFilter.GaussianBlur(0.45)), grain=2.2, shade=4, seed=20)


def board(state: dict[str, str]) -> Image.Image:
    """Render the notice board in one of its two states."""
    shot = shoot(
        "board.html", (1200, 840), **{**state, "cat": state["cat"].replace("$cat", "miso.png")},
        cork=cork(), miso=chelsea(), pagoda=pagoda(), flower=flower(),
    )  # fmt: skip
    return aged(shot.filter(ImageFilter.GaussianBlur(0.5)), grain=1.6, shade=5, seed=30)


def sign() -> Image.Image:
    """Render the museum's sign before the photograph of the pagoda."""
    large = pagoda().resize((1500, 1001), Image.Resampling.LANCZOS)
    return aged(shoot("sign.html", (1200, 800), photo=large), grain=1.6, shade=3, seed=40)


def chart() -> Image.Image:
    """Draw a bar chart of invented numbers."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 12}):
        figure = Figure(figsize=(11, 6.6), dpi=100, layout="constrained")
        figure.get_layout_engine().set(w_pad=0.25, h_pad=0.22)
        axes = figure.subplots()
        best = max(VISITORS.values())
        colors = ["#c8553d" if count == best else "#3b6e8f" for count in VISITORS.values()]
        bars = axes.bar(list(VISITORS), list(VISITORS.values()), color=colors, width=0.72)
        axes.bar_label(bars, fmt="{:,.0f}", padding=4, color="#222222")
        axes.set_title(
            "Visitors to Saltmere Town Museum, 2025", loc="left", fontsize=19, pad=30, weight="bold"
        )
        axes.text(
            0, 1.035, "Invented data, for practice", transform=axes.transAxes, color="#555555"
        )
        axes.set(xlabel="Month", ylabel="Visitors", ylim=(0, 1600))
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.grid(visible=True, color="#dddddd")
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(length=0)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png")
    return Image.open(drawn).convert("RGB")


MAKERS: dict[str, Callable[[], Image.Image]] = {
    "cat.jpg": chelsea,
    "coffee.jpg": coffee,
    "pagoda.jpg": pagoda,
    "flower.jpg": flower,
    "rocket.jpg": rocket,
    "receipt.jpg": receipt,
    "sign.jpg": sign,
    "page.png": lambda: shoot("page.html", (1140, 1600)),
    "page_zh.png": lambda: shoot("page_zh.html", (900, 1080)),
    "chart.png": chart,
    "before.jpg": lambda: board(BEFORE),
    "after.jpg": lambda: board(AFTER),
    "screenshot.png": lambda: shoot("ferries.html", (1200, 700)),
}


def save(picture: Image.Image, file: Path) -> None:
    """Save the pixels alone, without any metadata."""
    bare = Image.fromarray(np.asarray(picture))
    if file.suffix == ".jpg":
        bare.save(file, quality=QUALITY, optimize=True)
    else:
        save_png(bare, file)


def save_png(bare: Image.Image, file: Path) -> None:
    """Save print with a palette of 64 colours, which is enough for it; keep all elsewhere."""
    page = file.stem.startswith("page")
    bare = bare.quantize(64, dither=Image.Dither.NONE) if page else bare
    bare.save(file, optimize=True)


def main(names: list[str]) -> None:
    """Make the named pictures, or all."""
    PICTURES.mkdir(exist_ok=True)
    for file, make in MAKERS.items():
        if not names or file.split(".")[0] in names:
            save(make(), PICTURES / file)
            print(file, (PICTURES / file).stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1:])
