from __future__ import annotations

import re
import string

import pytest

from vlm_notebook.offline.intent import BRIEF, understand
from vlm_notebook.offline.language import spoken
from vlm_notebook.offline.lexicon import entries
from vlm_notebook.offline.phrases import phrases
from vlm_notebook.offline.topics import ALL, UNABLE

PLAIN = {
    "describe": """
        | What is this? | what's this | Describe the picture. | Describe this image in detail.
        | What do you see? | Tell me about this photo | what is in the picture | Describe it
        | What can you see here? | Write a caption for it | and now? | So? | What is shown here?
        | 这是什么？ | 图里有什么？ | 描述一下这张图片 | 能看到什么？ | 你看到了什么 | 用中文描述
        | 说说这张照片 | 这是啥 | Describe it in Chinese | Could you please describe the image?
    """,
    "read": """
        | Read the text. | What is written on the sign? | What does the sign say? | OCR
        | Transcribe everything. | Is there any text? | What does it say? | Extract the text
        | Please read it | What's the text in the picture? | what words can you see
        | 图里写了什么？ | 请读出文字 | 上面写着什么 | 有文字吗？ |
        | 识别文字 | 提取文字 | 转录
    """,
    "colors": """
        | What colours are in the picture? | Which colors? | What is the dominant color?
        | Describe the colours. | Name the colours | 有哪些颜色？ | 主要是什么颜色？ | 色调怎么样
    """,
    "size": """
        | How big is the picture? | What are the dimensions? | How large is this image?
        | What resolution does it have? | Is it landscape or portrait? | how many pixels
        | 图片多大？ | 是横图还是竖图？ | 尺寸是多少 | 分辨率是多少？ | 有多少像素
    """,
    "quality": """
        | Is it sharp? | Is the picture blurry? | Is the photo dark? | How is the lighting?
        | Is it out of focus? | what about the quality |
        | 清晰吗？ | 照片模糊吗 | 光线怎么样？ | 画质如何
    """,
    "kind": """
        | What kind of picture is this? | Is this a photo or a drawing? | Is it a screenshot?
        | what type of image is it | 这是什么类型的图片？ | 这是照片吗？ | 是截图吗
    """,
    "things": """
        | What objects can you recognise? | What animal is this?
        | What else? | Identify the objects | List the objects | 有哪些物体？ | 这是什么动物？
        | 认出了什么
    """,
    "breed": "| What breed is it? | Which species is this? | 这是什么品种的猫？ | 是什么品种",
    "lines": """
        | How many lines of text are there? | how many words are there? | Count the words
        | 有几行字？ | 一共多少个字？
    """,
    "compare": """
        | Compare the two pictures. | What is different? | What changed between these?
        | Are they the same? | Same? | Spot the difference | What is missing?
        | Compare with the first | Which one is brighter? | Which picture is larger?
        | 哪张更亮？
        | Which differences are there? | Are these identical?|
        | 比较这两张图 | 有什么不同？ | 一样吗？
        | 哪里变了？ | 找不同 | 两张图有什么区别？ | What moved? | what has disappeared?
    """,
    "translate": "| Translate it. | Translate the text to English | 翻译一下 | 把它翻译成英文",
    "summarise": "| Summarise the text | Summarize it | tl;dr | 总结一下 | 主要内容是什么",
    "explain": "| Why? | Explain this | What is going on? | What are the people doing? | 为什么？",
    "emotion": "| What is the mood? | Is she happy? | 他的表情怎么样 | 气氛如何",
    "identity": "| Who is this? | Who are these people? | 他是谁？ | 这是谁",
    "place": "| Where was this taken? | Which city is it? | 在哪里拍的？ | 什么时候拍的",
    "opinion": "| Do you like it? | Is it beautiful? | 好看吗？ | 你觉得怎么样",
    "create": "| Write python code | Write a poem | 写一首诗",
    "calculate": "| What is the highest value? | Calculate the average | 最贵的是哪个？",
    "real": "| Is it AI-generated? | Is it real? | 是P过的图吗",
    "depth": "| How tall is the pagoda? | How far away is it? | How old is the pagoda? | 有多远？",
    "greet": "| hello | Hi! | Who are you? | What can you do? | 你好 | 你是谁？ | 你能做什么？",
    "thanks": "| Thanks! | thank you very much | 谢谢",
    "sure": "| Are you sure? | 你确定吗？ | 你有多确定？ | How sure are you?",
}
AIMED = [
    ("Is there a cat?", "exists", "cat"),
    ("Do you see any dogs?", "exists", "dogs"),
    ("Can you see a person in the picture?", "exists", "person"),
    ("Is this a cat?", "exists", "cat"),
    ("And a cat?", "exists", "cat"),
    ("有猫吗？", "exists", "猫"),
    ("有没有狗？", "exists", "狗"),
    ("图里有一只猫吗", "exists", "猫"),
    ("How many people are there?", "count", "people"),
    ("How many cups are on the table?", "count", "cups"),
    ("Count the rockets", "count", "rockets"),
    ("图里有几个人？", "count", "人"),
    ("有多少杯子？", "count", "杯子"),
    ("Where is the cat?", "where", "cat"),
    ("Where is the red cup in the picture?", "where", "red cup"),
    ("Where does it say closed?", "where", "closed"),
    ("猫在哪里？", "where", "猫"),
    ("What is the total?", "find", "total"),
    ("What time does it open?", "find", "time open"),
    ("how much is the milk?", "find", "milk price"),
    ("Find the phone number", "find", "phone number"),
    ("When does the museum close?", "find", "when museum close"),
    ("What is the title?", "find", "title"),
    ("总价是多少？", "find", "总价"),
    ("找出电话号码", "find", "电话号码"),
    ("牛奶多少钱？", "find", "牛奶 多少钱"),
    ("标题是什么？", "find", "标题"),
    ("Is it raining?", "find", "raining"),
    ("Is there a phone number?", "find", "phone number"),
    ("有没有电话号码？", "find", "电话号码"),
    ("Is there really no dog?", "exists", "dog"),
    ("Does the text mention cats?", "find", "cats"),
    ("Which picture shows a cat?", "find", "cat"),
    ("What colour is the cup?", "colors", "cup"),
    ("Is the cat black?", "colors", "cat"),
    ("杯子是什么颜色？", "colors", "杯子"),
    ("Is this my cat?", "exists", "my cat"),
    ("这是我的猫吗？", "exists", "我的猫"),
    ("How much change was given?", "find", "change price"),
    ("How many visitors came in August?", "find", "visitors came august"),
    ("What do you see on the left?", "part", "left"),
    ("What is in the bottom right corner?", "part", "bottom right"),
    ("What is written at the top?", "part", "top"),
    ("Is there a cat on the left?", "where", "cat"),
    ("左上角有什么？", "part", "top left"),
    ("Describe it in one sentence.", "describe", BRIEF),
    ("What is this? Answer in one sentence.", "describe", BRIEF),
    ("用一句话描述", "describe", BRIEF),
]
SEVERAL = [
    ("What are the dimensions and is it sharp?", ["size", "quality"]),
    ("Describe the picture and read the text.", ["describe", "read"]),
    ("Is there a cat, and how many cups are there?", ["exists", "count"]),
    ("What is this? What does it say? Translate it.", ["describe", "read", "translate"]),
    ("Read the text and tell me the total.", ["read", "find"]),
    ("描述一下这张图片，有几只猫？", ["describe", "count"]),
    ("图片多大？清晰吗？有什么颜色？", ["size", "quality", "colors"]),
    ("Hi, what is this?", ["describe"]),
    ("Describe the two pictures and say what differs.", ["compare"]),
    ("请仔细描述这张图片的内容，包括颜色。", ["describe"]),
    ("Describe this picture: what it shows, and what is written in it.", ["describe", "read"]),
    ("Transcribe it line by line. Do not translate or explain anything.", ["read"]),
    ("读出文字，不要翻译。", ["read"]),
    ("Describe the picture without naming colours.", ["describe"]),
    ("What is this and what colours are in it?", ["describe"]),
]


@pytest.mark.parametrize(
    ("topic", "question"),
    [(t, q.strip()) for t, qs in PLAIN.items() for q in qs.split("|") if q.strip()],
)
def test_a_question_is_understood(topic, question):
    assert [(wish.topic, wish.target) for wish in understand(question).wishes] == [(topic, "")]


@pytest.mark.parametrize(("question", "topic", "target"), AIMED)
def test_what_a_question_aims_at_is_understood(question, topic, target):
    assert [(wish.topic, wish.target) for wish in understand(question).wishes] == [(topic, target)]


@pytest.mark.parametrize(("question", "topics"), SEVERAL)
def test_each_thing_asked_is_understood_once(question, topics):
    assert [wish.topic for wish in understand(question).wishes] == topics


@pytest.mark.parametrize("question", ["", "   ", "?", "…", "\n"])
def test_a_question_without_words_asks_for_a_description(question):
    assert understand(question).guessed
    assert [wish.topic for wish in understand(question).wishes] == ["describe"]


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Give me the text as JSON", "json"),
        ("Put the text in a table", "table"),
        ("用表格列出文字", "table"),
        ("Read the text", "plain"),
        ("How many cups are on the table?", "plain"),
    ],
)
def test_the_form_that_is_wanted_is_understood(question, form):
    assert understand(question).form == form


@pytest.mark.parametrize(
    ("question", "script"),
    [
        ("Read only the Chinese.", "chinese"),
        ("What does the English text say?", "english"),
        ("只读中文", "chinese"),
        ("只读英文", "english"),
        ("Read it in Chinese", None),
        ("只用中文回答：写了什么？", None),
    ],
)
def test_the_script_to_read_is_not_the_language_to_answer_in(question, script):
    assert understand(question).script == script


@pytest.mark.parametrize("unit", ["a ", "how many a ", "is there ", "hi , ", "有", "what is ", " "])
def test_a_very_long_question_is_understood_at_once(unit):
    assert understand(unit * 20_000).wishes


@pytest.mark.parametrize("mark", ["'", "\u2019"])
def test_curly_apostrophes_count_as_straight_ones(mark):
    assert [w.topic for w in understand(f"What{mark}s this?").wishes] == ["describe"]


@pytest.mark.parametrize(
    ("questions", "language", "foreign"),
    [
        (["What is this?"], "en", False),
        (["这是什么？"], "zh", False),
        (["What does 咖啡 mean?"], "zh", False),
        (["这是什么？", "?"], "zh", False),
        (["这是什么？", "And the size?"], "en", False),
        (["Describe it in Chinese"], "zh", False),
        (["用英文描述"], "en", False),
        (["12?"], "en", False),
        (["Was ist auf dem Bild?"], "en", True),
        (["¿Qué ves en la imagen?"], "en", True),
        (["Qu'est-ce que c'est ?"], "en", True),
        (["Что это?"], "en", True),
        (["これは何ですか？"], "en", True),
        (["What is on the café menu?"], "en", False),
        (["cat"], "en", False),
        ([], "en", False),
    ],
)
def test_the_answer_is_in_the_language_of_the_question(questions, language, foreign):
    said = spoken(questions)
    assert (said.language, said.foreign) == (language, foreign)


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_values():
    english, chinese = phrases("en"), phrases("zh")
    assert english.keys() == chinese.keys()
    differing = {"bullet.light", "lines.one", "read.one"}
    for key in english.keys() - differing:
        extra = fields(chinese[key]) ^ fields(english[key])
        assert extra <= {"count", "name1", "Name1"}, key


def test_chinese_sentences_hold_no_english_words():
    for key, text in phrases("zh").items():
        plain = re.sub(r"`[^`]*`|\{\w+\}", "", text)
        assert not re.search("[A-Za-z]", plain), key


def test_every_topic_that_cannot_be_answered_has_its_sentence():
    assert {f"cannot.{topic}" for topic in UNABLE} <= phrases("en").keys()


def test_every_topic_but_those_with_targets_is_asked_for_in_both_languages():
    topics = set(ALL) - {"find", "exists", "count", "part"}
    assert entries("english").keys() == topics
    assert entries("chinese").keys() == topics
