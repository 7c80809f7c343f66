"""What a question aims at: the thing to look for, count or point out, or words in the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlm_notebook.offline.topics import Topic

_IN = r"(?:\s+(?:in|on|at|of|from|to be seen|here|there|visible|shown|present|you|are|is|can|do|does)\b.*)?"
_END = _IN + r"\W*$"
_A = r"(?:an?|any|some|the|this|that|these|those|all|my|also)\s+"
_TO_SEE = (
    r"(?:is|are|was|were) there|do(?:es)? (?:it|the \w+|this|they) (?:show|contain|have|include)"
)
_TO_SEE += (
    r"|(?:do|can|could) you (?:see|spot|find|recogni[sz]e)|(?:is|are) (?:this|that|it|these|those)"
)

_ENGLISH: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    ("count", re.compile(rf"\b(?:how many|number of|count)\s+(?:{_A}|of\s+)*([\w' -]+?){_END}")),
    (
        "exists",
        re.compile(rf"\b(?:{_TO_SEE})\s+(?:{_A})+(?:picture of\s+)?(?:{_A})?([\w' -]+?){_END}"),
    ),
    ("exists", re.compile(rf"\bany\s+([\w' -]+?){_END}")),
    ("exists", re.compile(rf"\b(?:are there|is there|do you see|can you see)\s+([\w' -]+?){_END}")),
    (
        "exists",
        re.compile(rf"\bdoes (?:it|this|the \w+) (?:show|contain|have)\s+([\w' -]+?){_END}"),
    ),
    (
        "where",
        re.compile(
            rf"\b(?:where(?:'s| is| are| can i (?:see|find|read)| do you see)|locate|position of"
            rf"|which (?:side|corner|part)\b.*\b(?:is|are)|where does (?:it|the \w+) say|where is it written)\s+(?:{_A})*(?:words?\s+|text\s+)?"
            rf"[\"'“]?([\w' -]+?)[\"'”]?{_END}"
        ),
    ),
)
_CHINESE: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    (
        "count",
        re.compile(
            r"(?:多少|(?<!第)几|数一?数|数一下)(?:(?:个|只|条|张|辆|位|朵|棵|本|杯|块|件|名|座|艘|架|头|匹|把|支|种)(?!子|吗|\W*$))?"
            r"(?:不同的)?(?![点钱岁月号时次度分])([\u4e00-\u9fff]+?)"
            r"(?:呢|啊|吗|数量)?\W*$"
        ),
    ),
    (
        "count",
        re.compile(
            r"([\u4e00-\u9fff]+?)(?:有|一共有|总共有)(?:多少|几)(?:个|只|条|张|辆|位|朵)?\W*$"
        ),
    ),
    (
        "exists",
        re.compile(
            r"(?:有没有|是否有|有无|看得?到|看得?见|能看到|能看见|存在)(?!些?什么|啥|哪)(?:一?(?:个|只|条|张|辆|位|朵))?([\u4e00-\u9fff]+?)(?:吗|么|呢)?\W*$"
        ),
    ),
    (
        "exists",
        re.compile(
            r"(?<!没)有(?!些?什么|啥|哪)(?:一?(?:个|只|条|张|辆|位|朵))?([\u4e00-\u9fff]+?)(?:吗|么)\W*$"
        ),
    ),
    ("exists", re.compile(r"是(?:一)?(?:个|只|条|张|辆|位|朵)([\u4e00-\u9fff]+?)(?:吗|么)\W*$")),
    (
        "where",
        re.compile(
            r"([\u4e00-\u9fff]+?)(?:是)?在(?:图|照片|图片|画面)?(?:的|里的|中的|里|中)?(?:哪|什么位置|什么地方)"
        ),
    ),
)
_LEAD_ZH = re.compile(
    r"^(?:请问|请|这张|那张|这幅|图片|照片|画面|图|里面|里|中|上面|上|的|是|有|那个|这个|那|这|一共|总共|它|面)+"
)

_NOTHING = frozenset(
    "it this that they them he she anything something else things thing objects object picture "
    "pictures image images photo photos one ones you there here all more taken other".split()
)
_READ = frozenset("text texts words word writing letters written inscription".split())
_NAMELESS = _READ | frozenset("sign label objects thing things 东西 物体 动物 文字 内容".split())
_READ_ZH = re.compile(r"^(?:文字|文本|字|文)$")
_SHAPES = frozenset("colors colours pixels lines words letters characters megapixels".split())
_MONEY = re.compile(r"\b(?:how much|what (?:does|do|did) .* cost|price of)\b|多少钱|价格|价钱|几块")

STOP = frozenset(
    "a an the what's where's who's it's that's is are was were be been do does did what which who whom whose how where why of in "
    "on at to for from with and or but not no it its this that these those there here i me my mine you "
    "your we us our they them their he she his her can could would should will shall may might must "
    "please tell say says give show find get look see read picture image photo photograph photos "
    "pictures images screenshot much many about have has had as by if so up out just now then than "
    "also some any all only really want know let need need's thing stands stand written printed "
    "according into list search quote line lines text word words named called mentioned ok okay one "
    "and? else more again json table markdown english chinese answer format cost costs".split()
)
_COLORS = r"(?:black|white|gr[ea]y|red|orange|yellow|green|teal|blue|navy|purple|pink|brown|beige)"
_SAID_COLOR = re.compile(rf"\b(?:is|are) (?:the|this|that|these|those) ([\w' -]+?) {_COLORS}\b")
_ZH_STOP = re.compile(
    r"请问|请|告诉我|帮我|找到|找出|找|一下|这张|那张|图片|照片|图中|图里|图上|里面|上面|多少钱|是多少|多少|几点|什么时候|什么|哪里|哪个|哪些"
    r"|怎么样|怎么|是不是|是|吗|呢|吧|啊|的|了|有|在|和|这|那|里|图|我|你|它|个|能|可以|想|知道|看看|看|钱|价格|与|用|中文|英文|回答"
)


def aim(clause: str, topics: frozenset[Topic]) -> tuple[Topic, str] | None:
    """Return the topic and target of a clause that aims at something, else None.

    `topics` are those that the clause's words speak of already.

    >>> aim("where is the red cup in the picture", frozenset({"where"}))
    ('where', 'red cup')
    """
    if topics & {"greet", "compare", "kind", "place", "lines", "identity", "real", "calculate"}:
        return None
    for topic, pattern in (*_ENGLISH, *_CHINESE):
        found = pattern.search(clause)
        target = _trimmed(found.group(1)) if found else ""
        if target and (topic != "exists" or not topics & {"quality", "size", "opinion", "emotion"}):
            return _aimed(topic, target)
    return _asked_of_text(clause, topics)


def _trimmed(target: str) -> str:
    words = _LEAD_ZH.sub("", target.strip(" '-")).strip()
    return "" if not words or words.split()[0] in _NOTHING else words


def _aimed(topic: Topic, target: str) -> tuple[Topic, str] | None:
    if target in _READ or _READ_ZH.match(target):
        return ("read", "")
    if target.split()[-1] in _SHAPES or target in {"颜色", "像素"}:
        return None
    return (topic, target)


def _asked_of_text(clause: str, topics: frozenset[Topic]) -> tuple[Topic, str] | None:
    """Tell a question about what stands in the text: "what is the total", "find the phone"."""
    told = keywords(clause)
    asks = re.search(
        r"\bhow much\b|\bwhat time\b|\bwhen\b|\bfind\b|\bsearch\b|\blook for\b|\bwhat(?:'s| is| are| was)? the\b"
        r"|\bwhich \w+|\bwhat does .* cost|多少钱|几点|什么时候|找(?:出|到|一下)?|查|是多少|(?<![这那])是(?:什么|啥)|叫什么|第几|谁写|作者",
        clause,
    )
    others = topics - {"describe", "read", "things", "explain"}
    return (
        ("find", told)
        if asks and told and not others and not _of_the_picture(clause, topics)
        else None
    )


def _of_the_picture(clause: str, topics: frozenset[Topic]) -> bool:
    """Whether the words reading and seeing already say all: "what is the text in the picture"."""
    rest = [word for word in keywords(clause).split() if word not in _NAMELESS]
    return bool(topics) and (not rest or "things" in topics or "explain" in topics)


def keywords(clause: str) -> str:
    """Return the words of a question that carry its meaning, separated by spaces.

    >>> keywords("How much is the goat cheese?"), keywords("牛奶多少钱？")
    ('price goat cheese', '牛奶 多少钱')
    """
    words = [
        w for w in re.findall(r"[a-z0-9][\w'/.-]*", clause.lower()) if w.strip(".") not in STOP
    ]
    chinese = [part for part in re.findall(r"[\u4e00-\u9fff]+", _ZH_STOP.sub(" ", clause)) if part]
    money = (
        ["多少钱" if "钱" in clause or "价" in clause else "price"] if _MONEY.search(clause) else []
    )
    english_money = money if money == ["price"] and "price" not in words else []
    return " ".join(
        [*english_money, *(w.strip(".") for w in words), *chinese, *money * (money != ["price"])]
    )


def colored(clause: str) -> str:
    """Return the thing whose colour is asked, or nothing when it is the picture's.

    >>> colored("what colour is the cup"), colored("what colours are in the picture")
    ('cup', '')
    """
    english = re.search(rf"\bcolou?rs? (?:is|are|has|have|of)\s+(?:{_A})*([\w' -]+?){_END}", clause)
    english = english or _SAID_COLOR.search(clause)
    chinese = re.search(
        r"([\u4e00-\u9fff]+?)(?:的|是|有)*(?:什么|哪些|哪种|啥)?(?:颜色|色)", clause
    )
    target = _trimmed((english or chinese).group(1)) if english or chinese else ""  # type: ignore[union-attr]
    return (
        ""
        if re.fullmatch(
            r"主|主要|什么|哪些|背景|整体|in|on|used|there|main|dominant|in the .*|in this .*|of the .*|most|mostly",
            target,
        )
        else target
    )


def table_is_a_thing(plain: str) -> bool:
    """Whether "table" means furniture: "how many cups are on the table"."""
    return bool(
        re.search(r"\b(?:on|at|under|dining|wooden|the|a) tables?\b(?! of)", plain)
    ) and not re.search(
        r"\bas (?:a|an) (?:\w+ )?table|\bin a (?:\w+ )?table\b|\bmake a table|\b(?:give|create|put).*\btable",
        plain,
    )
