"""A voice: words and sentences in one language."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vlm_notebook.offline import nouns
from vlm_notebook.offline.phrases import phrases
from vlm_notebook.offline.vocabulary import is_narrower

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vlm_notebook.offline.finding import Finding
    from vlm_notebook.offline.language import Language
    from vlm_notebook.offline.palette import ColorShare
    from vlm_notebook.offline.scene import Kind

STEP = 5
"""Per cent are rounded to this: finer digits differ between processors and mean nothing."""

ONE_PERCENT = 0.01

LEAST, MOST = 5, 95
"""Nothing that is seen is impossible, nothing recognised is certain."""

SURENESS = ((0.9, "high"), (0.75, "good"), (0.6, "fair"))
"""From these confidences on, the words of `sure.*`."""


class Voice:
    """Says things in `language`.

    >>> Voice("en").join(["red", "green", "blue"])
    'red, green and blue'
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._phrases = phrases(language)

    def say(self, key: str, **values: object) -> str:
        """Return the phrase called `key` with the values filled in; values are not looked into."""
        return self._phrases[key].format(**values)

    def count(self, key: str, count: int, **values: object) -> str:
        """Return the phrase for one (`key.one`) or for many (`key.many`)."""
        return self.say(f"{key}.{'one' if count == 1 else 'many'}", count=count, **values)

    def join(self, items: Iterable[str]) -> str:
        """Return items as people list them."""
        *some, last = items
        return self.say("and").join([self.say("comma").join(some), last]) if some else last

    def ranges(self, numbers: Sequence[int]) -> str:
        """Return ascending numbers with runs drawn together.

        >>> Voice("en").ranges([3, 5, 8, 9, 10])
        '3, 5 and 8 to 10'
        """
        starts = [n for n in numbers if n - 1 not in numbers]
        ends = [n for n in numbers if n + 1 not in numbers]
        told: list[str] = []
        for first, last in zip(starts, ends, strict=True):
            if last - first > 1:
                told.append(self.say("range", first=first, last=last))
            else:
                told += [str(n) for n in range(first, last + 1)]
        return self.join(told)

    def percent(self, share: float, most: int = 100) -> str:
        """Return a share (0 to 1) in per cent, rounded to `STEP`."""
        value = min(max(_rounded(share), LEAST), most)
        return self.say("percent", value=value)

    def area(self, share: float) -> str:
        """Return a part of a picture's area (0 to 1) in per cent, the finer the smaller it is."""
        if share < ONE_PERCENT:
            return self.say("percent.least")
        value = round(share * 100)
        return self.say("percent", value=value if value < 2 * STEP else _rounded(share))

    def sure(self, confidence: float) -> str:
        """Return how sure a confidence (0 to 1) is, in a word or two."""
        rounded = _rounded(confidence) / 100
        level = next((name for least, name in SURENESS if rounded >= least), "low")
        return self.say(f"sure.{level}")

    def colors(self, colors: Sequence[ColorShare], *, shares: bool = True) -> str:
        """Return colours as a list, with how much of the area each covers."""
        names = [self.say(f"color.{color.name}") for color in colors]
        if not shares:
            return self.join(names)
        percents = [self.percent(color.share) for color in colors]
        pairs = zip(names, percents, strict=True)
        return self.join(self.say("color.share", color=n, percent=p) for n, p in pairs)

    def kind(self, kind: Kind, *, grayscale: bool) -> str:
        """Return the kind of a picture with its article."""
        return self.say(f"kind.{kind}.gray" if grayscale else f"kind.{kind}")

    def place(self, place: str) -> str:
        """Return where one of nine places is."""
        return self.say(f"place.{place}")

    def name(self, finding: Finding, count: int = 1) -> str:
        """Return what was found with its article or number."""
        if self.language == "zh":
            return f"{count} 个{finding.name_zh}" if count > 1 else finding.name_zh
        return nouns.counted(finding.name, count) if count > 1 else nouns.with_article(finding.name)

    def any(self, target: str) -> str:
        """Return the asker's word as what was looked for: a cat, any dogs."""
        if self.language == "zh" or not target:
            return target
        last = target.rpartition(" ")[2]
        return nouns.with_article(target) if nouns.singular(last) == last else f"any {target}"

    def many(self, target: str) -> str:
        """Return the asker's word in the plural, where there is one."""
        if self.language == "zh" or not target:
            return target
        *before, last = target.split()
        return " ".join([*before, nouns.plural(nouns.singular(last))])

    def things(self, findings: Sequence[Finding], most: int = 5) -> str:
        """Return what was found, each kind once with its number and how sure it is, best first."""
        counts = Counter(finding.name for finding in findings if finding.box is not None)
        best: dict[str, Finding] = {}
        told = [finding for finding in findings if not _is_told_by(finding, findings, counts)]
        for finding in sorted(told, key=lambda finding: -finding.confidence):
            best.setdefault(finding.name, finding)
        return self.join(self._thing(f, max(counts[f.name], 1)) for f in [*best.values()][:most])

    def _thing(self, finding: Finding, count: int) -> str:
        return self.say(
            "things" if count > 1 else "thing",
            name=self.name(finding, count),
            sure=self.sure(finding.confidence),
            percent=self.percent(finding.confidence, MOST),
        )


def _rounded(share: float) -> int:
    """Return a share of 0 to 1 in per cent, rounded to `STEP`."""
    return STEP * round(share * 100 / STEP)


def _is_told_by(finding: Finding, others: Iterable[Finding], counts: Mapping[str, int]) -> bool:
    """Whether the one located thing of its kind is what the whole picture is named more finely."""
    if finding.box is None or counts[finding.name] > 1:
        return False
    return any(other.box is None and is_narrower(other.name, finding.name) for other in others)
