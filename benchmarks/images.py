"""How fast pictures are prepared, beside what people write by hand; prints tables in Markdown.

    python benchmarks/images.py

CPU time of the process, the median of rounds in which every way has one turn; caches are emptied
before each turn. pyvips, simplejpeg and OpenCV take part where they are installed.
"""

from __future__ import annotations

import argparse
import io
import itertools
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING

import costs
import entropy
import photographs
import rivals
from likeness import ssim
from photographs import LARGE, PHONE
from PIL import Image
from report import table

from vlm_notebook import samples
from vlm_notebook.detail import limits
from vlm_notebook.images import encode, forecast, prepare
from vlm_notebook.images.fit import Wish, fitted
from vlm_notebook.images.source import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIZES = {"low": (512, 384), "high": (1024, 768)}
PHOTOGRAPHS = ("cat", "coffee", "pagoda", "flower", "rocket")


def ours(data: bytes, detail: str, *, exact: bool = False) -> prepare.PreparedImage:
    """Prepare from bytes, nothing remembered."""
    prepare._prepared.cache_clear()  # noqa: SLF001 - cold on purpose
    return prepare.prepare(data, detail=detail, exact=exact)


def medians(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return each way's median CPU time in milliseconds."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            way()
            spent[name].append(1000 * (time.process_time() - start))
    return {name: statistics.median(times) for name, times in spent.items()}


def speed(data: bytes, detail: str, rounds: int) -> None:
    """Compare all ways to one level of detail."""
    size = SIZES[detail]
    ways: dict[str, Callable[[], object]] = {
        "limit: reading the coefficients": partial(entropy.coefficients, data),
        "limit: grey at 1/8": partial(entropy.eighth, data),
        "ours": partial(ours, data, detail),
        "ours, exact": partial(ours, data, detail, exact=True),
    }
    ways |= {name: partial(way, data, size) for name, way in rivals.WAYS.items()}
    spent = medians(ways, rounds)
    limit = min(spent[name] for name in ways if name.startswith("limit"))
    naive = spent["naive: open, LANCZOS, save"]
    rows = [
        (name, f"{ms:.0f}", f"{ms / limit:.2f}", f"{naive / ms:.1f}", *likeness(name, data, detail))
        for name, ms in sorted(spent.items(), key=lambda item: item[1])
    ]
    print(f"### {megapixels(data)} to `{detail}`\n")
    table(("way", "CPU ms", "x limit", "x faster than naive", "SSIM, pixels", "SSIM, files"), rows)


def megapixels(data: bytes) -> str:
    """Say how large a picture is."""
    with Image.open(io.BytesIO(data)) as image:
        return f"{image.width * image.height / 1e6:.0f} MP JPEG of {len(data) / 1e6:.1f} MB"


def likeness(name: str, data: bytes, detail: str) -> tuple[str, str]:
    """Compare with naive's pixels before and after both are written as JPEG at quality 85."""
    reference = rivals.naive_pixels(data, SIZES[detail])
    file = rivals.naive(data, SIZES[detail])
    if name.startswith("ours"):
        wish = Wish(limits(detail), exact="exact" in name)
        pixels = f"{ssim(reference, fitted(load(data), wish).image):.3f}"
        return pixels, f"{ssim(opened(file), ours(data, detail, exact=wish.exact).to_pil()):.3f}"
    if name.startswith(("limit", "the provider")):
        return "", ""
    if name.startswith("naive"):
        return "1", f"1 (with its own pixels {ssim(reference, opened(file)):.3f})"
    return "", f"{ssim(opened(file), opened(rivals.WAYS[name](data, SIZES[detail]))):.3f}"


def opened(data: bytes) -> Image.Image:
    """Decode a file."""
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


def all_photographs(rounds: int) -> None:
    """Show that it is not about one photograph."""
    rows = []
    for name, detail in itertools.product(PHOTOGRAPHS, SIZES):
        data = photographs.photograph(name, PHONE)
        spent = medians(
            {
                "limit": partial(entropy.eighth, data),
                "coefficients": partial(entropy.coefficients, data),
                "ours": partial(ours, data, detail),
                "naive": partial(rivals.naive, data, SIZES[detail]),
            },
            rounds,
        )
        limit = min(spent["limit"], spent["coefficients"])
        rows.append(
            (
                name,
                detail,
                f"{spent['ours'] / limit:.2f}",
                f"{spent['naive'] / spent['ours']:.1f}",
                *likeness("ours", data, detail),
            )
        )
    print("### Other photographs of 12 MP\n")
    head = ("photograph", "detail", "x limit", "x faster than naive", "SSIM, pixels", "SSIM, files")
    table(head, rows)


def other_files(rounds: int) -> None:
    """Compare with naive on what is no large photograph."""
    photo = opened(photographs.photograph("coffee", (2016, 1512)))
    cases = {
        "photograph, PNG, 3 MP": photographs.saved(photo, "PNG"),
        "photograph, WebP, 3 MP": photographs.saved(photo, "WEBP", quality=90),
        "page, PNG": samples.path("page").read_bytes(),
        "page, PNG in RGB": photographs.saved(opened(samples.path("page").read_bytes()), "PNG"),
        "page, scanned, JPEG": photographs.scan(),
        "page, scanned, PNG": photographs.saved(opened(photographs.scan()), "PNG"),
        "screenshot, PNG": samples.path("screenshot").read_bytes(),
        "chart, PNG": samples.path("chart").read_bytes(),
    }
    rows = [
        (name, detail, *beside_naive(data, detail, rounds))
        for (name, data), detail in itertools.product(cases.items(), SIZES)
    ]
    print("### Other files\n")
    table(("file", "detail", "ours, ms", "naive, ms", "x faster", "ours, kB", "naive, kB"), rows)


def beside_naive(data: bytes, detail: str, rounds: int) -> tuple[str, ...]:
    """Compare times and sizes; naive writes the same size in pixels, in the file's own format."""
    size = limits(detail).fit(*opened(data).size)
    with Image.open(io.BytesIO(data)) as image:
        kind = "PNG" if image.format == "PNG" else "JPEG"

    def naive() -> bytes:
        options = {} if kind == "PNG" else {"quality": rivals.QUALITY}
        return photographs.saved(rivals.naive_pixels(data, size), kind, **options)

    spent = medians({"ours": partial(ours, data, detail), "naive": naive}, rounds)
    ratio = spent["naive"] / spent["ours"]
    times = f"{spent['ours']:.1f}", f"{spent['naive']:.1f}", f"{ratio:.1f}"
    return *times, f"{ours(data, detail).nbytes / 1000:.0f}", f"{len(naive()) / 1000:.0f}"


def no_work(rounds: int) -> None:
    """Compare what fits already, and what was asked before."""
    data = photographs.photograph("coffee", PHONE)
    small = ours(data, "high").data
    source = load(data)
    first = ours(data, "low")
    spent = medians(
        {
            "fits already: naive": partial(rivals.naive, small, SIZES["high"]),
            "fits already: ours": partial(ours, small, "high"),
            "first time": partial(ours, data, "low"),
            "again, from bytes": lambda: prepare.prepare(data, detail="low"),
            "again, from a loaded picture": lambda: prepare.prepare(source, detail="low"),
        },
        rounds,
    )
    assert prepare.prepare(data, detail="low") == first  # noqa: S101
    print("### No work\n")
    table(("case", "CPU ms"), [(name, f"{ms:.2f}") for name, ms in spent.items()])
    photo = opened(photographs.photograph("coffee", (800, 600)))
    files = {"photograph of 800 x 600": photographs.saved(photo, "PNG")}
    files["page of 768 x 1078, as prepared"] = ours(samples.path("page").read_bytes(), "high").data
    files |= {f"{name} in RGB": samples.path(name).read_bytes() for name in ("screenshot", "chart")}
    print("### A PNG that fits already\n")
    rows = [(name, *beside_naive(data, "high", rounds)) for name, data in files.items()]
    table(("file", "ours, ms", "naive, ms", "x faster", "ours, kB", "naive, kB"), rows)


def budgets() -> None:
    """Count encodes and what share of the budget is used; parts that are tried count as work."""
    shares, encodes, work, over = [], [], [], 0
    original, original_part = encode.jpeg, forecast.scan_bytes

    def counted(image: Image.Image, *given: object, **options: object) -> bytes:
        encodes[-1] += 1
        work[-1] += image.width * image.height
        return original(image, *given, **options)

    def weighed(part: Image.Image, *given: object, **options: object) -> int:
        work[-1] += part.width * part.height
        return original_part(part, *given, **options)

    pictures = [(pixels, len(encode.encode(pixels, 10**9).data)) for pixels in budget_pictures()]
    encode.jpeg, forecast.scan_bytes = counted, weighed
    try:
        for pixels, full in pictures:
            for share in (0.95, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1):
                encodes.append(0)
                work.append(0.0)
                made = encode.encode(pixels, int(full * share))
                shares.append(len(made.data) / int(full * share))
                over += len(made.data) > int(full * share)
                work[-1] /= pixels.width * pixels.height
    finally:
        encode.jpeg, forecast.scan_bytes = original, original_part
    print("### The byte budget\n")
    row = (
        len(shares),
        over,
        f"{statistics.mean(encodes):.2f}, at most {max(encodes)}",
        f"{statistics.mean(work):.2f}",
        f"{min(shares):.0%}, on average {statistics.mean(shares):.0%}",
    )
    head = ("budgets below the full size", "exceeded", "encodes", "worth so many of full size")
    table((*head, "share used, at least"), [row])


def budget_pictures() -> list[Image.Image]:
    """Return photographs and scans at two sizes."""
    files = [photographs.photograph(name, (2016, 1512)) for name in PHOTOGRAPHS]
    files += [samples.path(name).read_bytes() for name in ("sign", "before", "receipt")]
    files.append(photographs.scan())
    return [fitted(load(file), Wish(limits(d))).image for file in files for d in SIZES]


def main() -> None:
    """Run all parts, or those that are named."""
    phone = partial(photographs.photograph, "coffee", PHONE)
    parts = {
        "speed": lambda rounds: [speed(phone(), detail, rounds) for detail in SIZES],
        "large": lambda rounds: speed(photographs.photograph("coffee", LARGE), "low", rounds // 3),
        "photographs": lambda rounds: all_photographs(max(3, rounds // 3)),
        "files": other_files,
        "nothing": no_work,
        "budget": lambda _: budgets(),
        "memory": lambda _: costs.memory(),
        "loop": costs.event_loop,
    }
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[[], *parts])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    for name in options.parts or parts:
        parts[name](options.rounds)


if __name__ == "__main__":
    main()
