"""A conversation and a grid as pages of their own."""

from html.parser import HTMLParser

import hostile
import pytest
from model_server import Reply, answer, running

import vlm_notebook as vlm
from vlm_notebook.chat.answer import Answer
from vlm_notebook.markup import report

PICTURE = vlm.samples.path("cat")
KEY = "sk-planted-0123456789abcdefghij"
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)


class Seen(HTMLParser):
    """The elements of a page, and what stands in its title."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.title = [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "title" and not self.title:
            self.title = data

    def all(self, tag):
        return [attributes for name, attributes in self.attributes if name == tag]

    def with_class(self, name):
        found = (attributes.get("class") or "" for _, attributes in self.attributes)
        return sum(name in classes.split() for classes in found)


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def client(server):
    return vlm.Client(server.base_url, KEY, model="m", max_retries=0)


def test_a_report_holds_a_card_for_each_turn_of_the_conversation(server, client):
    server.says(Reply(answer("A **cat**.")), Reply(answer("It sleeps.")))
    first = client.ask("What is it?", PICTURE, show=False, system="Be brief.")
    page = first.ask("What does it do?", show=False).to_html()
    seen = Seen(page)
    assert (seen.with_class("vlm-card"), len(seen.all("img"))) == (2, 1)
    assert seen.all("img")[0]["alt"] == "cat.jpg: A cat."
    parts = ["What is it?", "<strong>cat</strong>", "What does it do?", "It sleeps.", "tokens"]
    assert sorted(parts, key=page.index) == parts
    assert (seen.title, seen.all("html")) == ("What is it?", [{"lang": "en"}])
    assert "Be brief." not in page
    assert KEY not in page


def test_a_page_has_one_style_no_script_and_lets_nothing_be_fetched(client, server):
    server.says(
        Reply(answer("![x](http://example.org/x.png) <script>a()</script> [l](http://b.c)"))
    )
    page = client.ask("What?", PICTURE, show=False).to_html()
    seen = Seen(page)
    assert seen.tags.count("style") == 1
    assert not {"script", "link", "iframe", "base"} & set(seen.tags)
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in seen.all("meta")
    assert all(image["src"].startswith("data:image/jpeg;base64,") for image in seen.all("img"))


def test_a_grid_is_a_page_too(client, server):
    server.says(Reply(answer("A grey cat.")))
    made = vlm.grid("这是什么？", PICTURE, models=["a", "b"], client=client, show=False)
    page = made.to_html()
    seen = Seen(page)
    assert (seen.with_class("vlm-grid"), seen.with_class("vlm-cell")) == (1, 2)
    assert (seen.title, seen.all("html")) == ("这是什么？", [{"lang": "zh-CN"}])
    assert seen.tags.count("style") == 1


def test_what_ended_badly_is_in_the_page_with_what_to_do(client, server):
    server.says(Reply(b'{"error": {"message": "no such model"}}', status=404))
    with pytest.raises(vlm.VlmError):
        client.ask("What?", show=False)
    page = client.last.to_html()
    assert Seen(page).with_class("vlm-error") == 1
    assert "no such model" in page


def test_the_page_is_written_where_it_is_wanted_and_over_nothing(tmp_path):
    path = tmp_path / "report.html"
    said = Answer("It is 红.")
    assert said.to_html(path) == path.read_text("utf-8") == said.to_html()
    with pytest.raises(vlm.VlmError, match="is there already: give overwrite=True"):
        said.to_html(path)
    assert Answer("It is blue.").to_html(str(path), overwrite=True) == path.read_text("utf-8")


def test_a_grid_is_written_where_it_is_wanted_and_over_nothing(client, server, tmp_path):
    server.says(Reply(answer("A cat.")))
    path = tmp_path / "grid.html"
    made = vlm.grid("What?", models=["a"], client=client, show=False)
    assert made.to_html(path) == path.read_text("utf-8")
    with pytest.raises(vlm.VlmError, match="is there already: give overwrite=True"):
        made.to_html(path)


@pytest.mark.parametrize(
    "title", [*hostile.answers(generated=False).values(), "\ud83d", "a\nb" * 99]
)
def test_a_title_is_one_short_line_of_text(title):
    page = report.page(title, [], style="", language="en")
    seen = Seen(page)
    assert seen.tags == ["html", "head", *["meta"] * 4, "title", "style", "body"]
    assert len(seen.title) <= 80
    assert "\n" not in seen.title
    page.encode()


def test_without_a_question_the_title_is_the_products_name():
    assert Seen(Answer("It is red.").to_html()).title == "vlm_notebook"
