from __future__ import annotations

import atexit

import pytest
from IPython.core.interactiveshell import InteractiveShell
from markdown_it import MarkdownIt
from model_server import Reply, answer, running
from PIL import Image
from traitlets.config import Config

import vlm_notebook as vlm
from vlm_notebook import default
from vlm_notebook.images import samples

NAMES = ("VLM_BASE_URL", "VLM_API_KEY", "VLM_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY")


class Shell:
    """A real IPython shell, as a terminal has it, and what it printed."""

    def __init__(self, shell, capsys):
        self.shell, self._capsys = shell, capsys
        self.variables = shell.user_ns

    def run(self, cell):
        """Run a cell; return its value."""
        self._capsys.readouterr()
        result = self.shell.run_cell(cell)
        result.raise_error()
        return result.result

    def fails(self, cell):
        """Run a cell that fails; return the lines that the user sees."""
        self._capsys.readouterr()
        assert not self.shell.run_cell(cell).success
        captured = self._capsys.readouterr()
        lines = (captured.out + captured.err).strip().splitlines()
        assert not [line for line in lines if "Traceback" in line or "File " in line]
        return lines


@pytest.fixture(scope="module")
def _shell():
    config = Config()
    config.HistoryManager.hist_file = ":memory:"  # the developer's own history stays as it is
    shell = InteractiveShell.instance(config=config)
    yield shell
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(_shell, capsys, monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(default, "_default", None)
    monkeypatch.chdir(tmp_path)
    _shell.reset(new_session=False)
    _shell.run_line_magic("reload_ext" if _loaded(_shell) else "load_ext", "vlm_notebook")
    return Shell(_shell, capsys)


def _loaded(shell):
    return "vlm_notebook" in shell.extension_manager.loaded


@pytest.fixture
def server(shell):
    with running() as made:
        vlm.connect(made.base_url, model="some/model", timeout_s=10)
        yield made


def asked(server):
    """The parts of the last request's last message: words, and "picture" for each picture."""
    content = server.requests[-1]["messages"][-1]["content"]
    if isinstance(content, str):
        return [content]
    return [part.get("text", "picture") for part in content]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "my photo.png"
    Image.new("RGB", (64, 48), "red").save(path)
    return path


# --------------------------------------------------------------------------- %vlm


@pytest.mark.parametrize("line", ["%vlm", "%vlm status", "%vlm  status "])
def test_status_tells_who_would_be_asked(shell, line):
    assert repr(shell.run(line)).splitlines()[:3] == [
        "model     embedded",
        "endpoint  the embedded model, offline",
        "key       none",
    ]


def test_models_are_listed_as_a_table(shell, server):
    listed = shell.run("%vlm models")
    assert repr(listed) == "some/model-vl"
    assert "| `some/model-vl` | yes |" in listed._repr_markdown_()


def test_a_hostile_name_of_a_model_is_shown_as_text(shell, server):
    name = "`<img src=x>|\x1b[2J\n![a](http://x.y)-vl"
    server.models = {"data": [{"id": name}]}
    listed = shell.run("%vlm models")
    assert repr(listed) == "`<img src=x>|[2J ![a](http://x.y)-vl"
    careless = MarkdownIt("commonmark", {"html": True}).enable("table")
    rendered = careless.render(listed._repr_markdown_())
    assert "<code>`&lt;img src=x&gt;|" in rendered
    assert "<img" not in rendered


def test_the_list_of_nothing_says_so(shell, server):
    server.models = {"data": []}
    assert repr(shell.run("%vlm models")) == "no models"


def test_a_model_is_chosen(shell, server):
    assert shell.run("%vlm model other/model").model == "other/model"
    shell.run("%%vlm\nHello?")
    assert server.requests[-1]["model"] == "other/model"


def test_to_and_from_the_embedded_model_the_endpoint_changes_too(shell, server, monkeypatch):
    shell.run("%vlm detail low")
    embedded = shell.run("%vlm model embedded")
    assert embedded.is_embedded
    assert embedded.detail == "low"
    monkeypatch.setenv("VLM_BASE_URL", server.base_url)
    there = shell.run("%vlm model some/model")
    assert there.base_url == server.base_url
    assert there.detail == "low"


def test_a_detail_is_chosen(shell):
    assert shell.run("%vlm detail high").detail == "high"


@pytest.mark.usefixtures("server")
def test_a_detail_that_few_models_have_is_chosen_with_one_of_them(shell):
    (told,) = shell.fails("%vlm detail original")
    assert "has no detail 'original'" in told
    shell.run("%vlm model gpt-5.5")
    assert shell.run("%vlm detail original").detail == "original"
    assert shell.run("%vlm model embedded").detail == "high"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%vlm nonsense", "usage: %vlm status"),
        ("%vlm model", "usage: %vlm status"),
        ("%vlm model a b", "usage: %vlm status"),
        ("%vlm detail medium", "low, high, auto"),
    ],
)
def test_a_wrong_line_is_told_in_one_line_with_the_remedy(shell, line, words):
    (told,) = shell.fails(line)
    assert words in told


# --------------------------------------------------------------------------- %%vlm


def test_the_body_is_the_prompt(shell, server):
    told = shell.run("%%vlm\n\nWhat is it?\nTwo lines.\n")
    assert told.text == "Hello there."
    assert asked(server) == ["What is it?\nTwo lines."]


def test_a_picture_is_a_path(shell, server, photo):
    photo.rename(photo.with_name("a.png"))
    shell.run("%%vlm a.png\nWhat is it?")
    assert asked(server) == ["picture", "What is it?"]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_path_with_spaces_is_quoted(shell, server, photo, quote):
    shell.run(f"%%vlm {quote}{photo}{quote}\nWhat is it?")
    assert asked(server) == ["picture", "What is it?"]


def test_a_picture_is_a_variable(shell, server):
    shell.variables["photo"] = Image.new("RGB", (64, 48), "red")
    shell.run("%%vlm {photo}\nWhat is it?")
    assert asked(server) == ["picture", "What is it?"]


def test_several_pictures_of_every_kind_and_options_between(shell, server, photo):
    shell.variables["blue"] = Image.new("RGB", (64, 48), "blue")
    told = shell.run(f"%%vlm '{photo}' -d low {{blue}} -m other/model -o both\nWhich?")
    parts = asked(server)
    assert parts[1::2] == ["picture", "picture"]
    assert "my photo.png" in parts[0]
    assert server.requests[-1]["model"] == "other/model"
    assert told.detail == "low"
    assert shell.variables["both"] is told


@pytest.mark.parametrize("option", ["-o told", "--output told", "--output=told"])
def test_the_answer_is_kept_in_a_variable(shell, server, option):
    told = shell.run(f"%%vlm {option}\nHello?")
    assert shell.variables["told"] is told
    assert shell.run("told.text") == "Hello there."


def test_braces_and_dollars_in_the_prompt_are_its_own(shell, server):
    shell.variables["x"] = 5
    shell.run('%%vlm\nAnswer as {"total": {x}} in $x.')
    assert asked(server) == ['Answer as {"total": {x}} in $x.']


def test_a_chinese_prompt_is_sent_as_it_is(shell, server, photo):
    server.says(Reply(answer("这是 红色 的。")))
    told = shell.run(f"%%vlm '{photo}'\n这是什么颜色？")
    assert asked(server) == ["picture", "这是什么颜色？"]
    assert told.text == "这是 红色 的。"


def test_the_embedded_model_answers_a_magic(shell):
    told = shell.run(f"%%vlm {samples.path('cat')}\nWhat size is it?")
    assert told.model == "embedded"
    assert told.finish_reason == "stop"


def test_the_answer_is_the_cells_value_and_printed_once(shell, server, capsys):
    shell.run("%%vlm\nHello?")
    assert capsys.readouterr().out.count("Hello there.") == 1


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%vlm\n ", "no prompt"),
        ("%%vlm nowhere.png\nWhat?", "nowhere.png"),
        ("%%vlm {nothing}\nWhat?", "no variable 'nothing'"),
        ("%%vlm 'open\nWhat?", "usage: %%vlm IMAGE"),
        ("%%vlm -d medium\nWhat?", "usage: %%vlm IMAGE"),
        ("%%vlm -z\nWhat?", "usage: %%vlm IMAGE"),
        ("%%vlm -m\nWhat?", "usage: %%vlm IMAGE"),
        ("%%vlm -o my-name\nWhat?", "no name for a variable"),
    ],
)
def test_a_wrong_cell_is_told_in_one_line_with_the_remedy(shell, cell, words):
    (told,) = shell.fails(cell)
    assert words in told


def test_an_endpoint_that_fails_is_told_in_one_line(shell):
    with running() as gone:
        vlm.connect(gone.base_url, model="m", max_retries=0)
    (told,) = shell.fails("%vlm models")
    assert "cannot be reached" in told


def test_a_refusal_is_told_without_a_traceback_below_what_had_arrived(shell):
    *_, told = shell.fails("%%vlm -m gpt-4o\nWhat?")
    assert told.startswith("StatusError: the embedded model refused the request (404:")
    assert "vlm.connect(base_url, api_key)" in told


def test_a_failure_leaves_the_variable_as_it_was(shell):
    shell.variables["told"] = "before"
    shell.fails("%%vlm nowhere.png -o told\nWhat?")
    assert shell.variables["told"] == "before"
