import csv
import io
import json
import re

import pytest
from model_server import Reply, answer, chunk, events, refusal, running

import vlm_notebook as vlm
from vlm_notebook.images import prepare as preparing
from vlm_notebook.widgets.grid import grid

KEY = "sk-test-0123456789abcdef0123456789"
CAT = vlm.samples.path("cat")
USAGE = {"prompt_tokens": 1105, "completion_tokens": 7}


def detail_of(request):
    content = request["messages"][-1]["content"]
    parts = content if isinstance(content, list) else []
    levels = [p["image_url"]["detail"] for p in parts if p["type"] == "image_url"]
    return levels[0] if levels else "none"


def echo(request):
    """Answer with the model's name and the level that was asked for."""
    if request["model"] == "refused":
        return refusal(401, "wrong key")
    if request["model"] == "missing":
        return refusal(404, "no such model")
    said = f"A cat seen by {request['model']} at {detail_of(request)}."
    return Reply(answer(said, usage=USAGE))


@pytest.fixture
def server():
    with running() as server:
        server.says(echo)
        yield server


@pytest.fixture
def client(server):
    return vlm.Client(server.base_url, KEY, model="m", max_retries=0)


@pytest.fixture
def ask(client):
    def ask(prompt="What is it?", *images, **options):
        return grid(prompt, *images, **{"client": client, "show": False, **options})

    return ask


def test_every_combination_is_asked_models_outermost_repetitions_innermost(ask, server):
    made = ask("What?", CAT, models=["a", "b"], details=["low", "high"], repeat=2)
    assert [(c.model, c.detail, c.number) for c in made] == [
        (model, detail, number) for model in "ab" for detail in ("low", "high") for number in (1, 2)
    ]
    assert [a.text for a in made.answers] == [
        f"A cat seen by {c.model} at {c.detail}." for c in made
    ]
    assert len(server.requests) == 8
    assert repr(made) == "Grid(8 cells, 2 models)"


def test_without_models_and_details_the_clients_own_are_asked(ask, client):
    client.detail = "low"
    (cell,) = ask("What?", CAT)
    assert (cell.model, cell.detail, cell.error) == ("m", "low", None)


def test_a_list_of_model_cards_names_models_too(ask, client):
    assert [c.model for c in ask(models=client.models())] == ["some/model-vl"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"models": []}, "models is empty"),
        ({"models": [""]}, "models holds ''"),
        ({"models": 3}, "models is a int"),
        ({"details": []}, "details is empty"),
        ({"details": ["huge"]}, "detail 'huge' is unknown"),
        ({"repeat": 0}, "repeat is 0"),
        ({"repeat": True}, "repeat is True"),
        ({"repeat": 65}, "at most 64"),
        ({"workers": 0}, "workers is 0"),
        ({"against": 1}, "against is 1: the grid's cells are 0 to 0"),
        ({"language": "fr"}, "language is 'fr'"),
        ({"prompt": " "}, "the prompt is empty"),
    ],
)
def test_a_bad_argument_is_one_line_and_nothing_is_sent(ask, server, options, told):
    with pytest.raises(vlm.VlmError, match=re.escape(told)) as raised:
        ask(**options)
    assert "\n" not in str(raised.value)
    assert server.requests == []


def test_a_picture_that_cannot_be_used_is_one_error_and_nothing_is_sent(ask, server):
    with pytest.raises(vlm.ImageError):
        ask("What?", "no-such-file.jpg", models=["a", "b"])
    assert server.requests == []


def test_without_any_model_the_error_is_that_of_ask(server):
    with pytest.raises(vlm.ModelError, match="no model is named"):
        grid("What?", client=vlm.Client(server.base_url, KEY), show=False)


def test_pictures_are_prepared_once_for_a_family_and_a_level(ask, monkeypatch):
    preparing._prepared.cache_clear()
    models = ["gpt-4o", "gpt-4o-2024", "qwen2.5-vl-7b"]
    ask("What?", CAT, models=models, details=["low", "high"], repeat=3).wait()
    assert preparing._prepared.cache_info().misses == 4
    assert preparing._prepared.cache_info().hits == 0


def test_a_cell_that_fails_says_so_in_its_place_and_the_others_go_on(ask):
    made = ask(models=["a", "refused", "missing", "b"])
    assert [a and a.text for a in made.answers] == [
        "A cat seen by a at none.",
        None,
        None,
        "A cat seen by b at none.",
    ]
    errors = [cell.error for cell in made]
    assert errors[0] is errors[3] is None
    assert "401" in errors[1] or "key" in errors[1]
    assert "404" in errors[2]
    assert KEY not in made._repr_mimebundle_()["text/html"]
    assert made._repr_mimebundle_()["text/html"].count('class="vlm-error"') == 2


def test_a_call_beyond_the_budget_is_a_cell_that_says_so(server):
    dear = {"id": "dear", "pricing": {"prompt": "0.0001", "completion": "0.0001"}}
    server.models = {"data": [dear, {"id": "m"}]}
    client = vlm.Client(server.base_url, KEY, model="m", budget=0.00001)
    client.models()
    made = grid("What?", client=client, models=["dear", "m"], show=False)
    assert "budget" in made[0].error
    assert made[1].error is None


def test_an_answer_that_breaks_off_is_there_with_its_error(ask, server):
    server.says(Reply(events(chunk("Half a sen"), done=False)))
    (cell,) = ask()
    assert cell.answer.text == "Half a sen"
    assert cell.error
    assert cell.row()["finish_reason"] == "error"


def test_the_embedded_reader_is_a_column_beside_an_endpoints_models(ask):
    made = ask("What is it?", CAT, models=["a", "embedded"], details=["low", "high", "auto"])
    assert [cell.error for cell in made] == [None] * 6
    assert "cat" in made[3].answer.text.lower()
    assert "embedded reader (offline" in made.to_markdown().replace("&#45;", "-")


def test_rows_are_plain_values_with_their_units(ask):
    made = ask("What?", CAT, models=["gpt-4o", "missing"], details="high")
    first, second = made.rows()
    assert (first["prompt_tokens"], first["completion_tokens"]) == (1105, 7)
    assert first["predicted_prompt_tokens"] > 200
    assert 0 < first["first_token_s"] <= first["total_s"]
    assert second["finish_reason"] == "error"
    assert second["total_s"] is None
    json.dumps(made.rows())


def test_the_csv_can_be_read_back_and_holds_no_formula(ask, server):
    said = '=HYPERLINK("http://example.org"), "two"\nlines\r\n'
    server.says(Reply(answer(said)))
    text = ask(models=["+m", "@m", "-m", "\tm", "ok"]).to_csv()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["model"] for row in rows] == ["'+m", "'@m", "'-m", "'\tm", "ok"]
    assert rows[0]["text"] == "'" + said.replace("\r", "")
    assert rows[0]["error"] == ""
    assert text.endswith("\r\n")


def test_a_file_that_is_there_is_not_written_over_unless_told_so(ask, tmp_path):
    made, path = ask(), tmp_path / "grid.csv"
    made.to_csv(path)
    assert path.read_bytes().decode("utf-8-sig") == made.to_csv()
    with pytest.raises(vlm.VlmError, match="is there already: give overwrite=True"):
        made.to_csv(path)
    made.to_csv(path, overwrite=True)
    with pytest.raises(vlm.VlmError, match="cannot be written"):
        made.to_csv(tmp_path / "nowhere" / "grid.csv")


def test_the_frame_has_a_row_for_each_cell(ask):
    pytest.importorskip("pandas")
    frame = ask(models=["a", "missing"], repeat=2).frame()
    assert list(frame["model"]) == ["a", "a", "missing", "missing"]
    assert frame["text"].iloc[0] == "A cat seen by a at none."


def test_without_pandas_the_frame_is_one_line_that_says_what_to_install(ask, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(vlm.VlmError, match="pip install pandas"):
        ask().frame()


def test_another_cell_can_be_compared_with(ask):
    made = ask(models=["a", "b"], repeat=2)
    first = made._repr_mimebundle_()["text/html"]
    assert "<del>a</del><ins>b</ins>" in first
    for other in (made.against(3), made.against(-1), made.against(model="b", number=2)):
        assert other.chosen == 3
        assert "<del>b</del><ins>a</ins>" in other._repr_mimebundle_()["text/html"]
    assert made.chosen == 0
    for none in (made.against(), ask(models=["a", "b"], against=None)):
        assert "<ins>" not in none._repr_mimebundle_()["text/html"].partition("</style>")[2]
    with pytest.raises(vlm.VlmError, match="the grid has no cell with model='c'"):
        made.against(model="c")
    with pytest.raises(vlm.VlmError, match="the grid's cells are 0 to 3"):
        made.against(4)


def test_the_table_speaks_chinese_when_told_so(ask):
    markdown = ask(language="zh").to_markdown()
    assert "| 模型 |" in markdown
    assert "总用时" in markdown
