from __future__ import annotations

MODULE = """
export default () => {
  let greeted = 0;
  return {
    initialize({ model }) { model.send({ hello: true }); },
    render({ model, el }) {
      greeted += 1;
      const text = document.createElement("p");
      const show = () => { text.textContent = model.get("text"); };
      const append = (content, [buffer]) => {
        text.textContent += content.more + (buffer ? buffer.getUint8(0) : "");
      };
      const button = document.createElement("button");
      button.onclick = () => {
        model.set("count", model.get("count") + 1);
        model.save_changes();
        model.send({ clicked: greeted }, undefined, [new Uint8Array([1, 255]).buffer]);
      };
      el.append(text, button);
      show();
      model.on("change:text", show);
      model.on("msg:custom", append);
      return () => { model.off("change:text", show); model.off("msg:custom", append); };
    },
  };
};
"""


def test_a_module_starts_from_its_traits_and_greets(esm_page):
    esm_page.load(MODULE, text="Hello", count=0)
    assert esm_page.views.locator("p").inner_text() == "Hello"
    assert [message.content for message in esm_page.sent] == [{"hello": True}]


def test_a_module_may_be_a_plain_object_in_a_file(esm_page, tmp_path):
    path = tmp_path / "plain.js"
    path.write_text("export default { render({ el }) { el.textContent = 'plain'; } };")
    esm_page.load(path)
    assert esm_page.views.inner_text() == "plain"


def test_a_trait_changed_in_python_reaches_every_view(esm_page):
    esm_page.load(MODULE, views=2, text="", count=0)
    esm_page.set("text", "new")
    assert esm_page.views.locator("p").all_inner_texts() == ["new", "new"]


def test_a_message_with_bytes_reaches_the_view(esm_page):
    esm_page.load(MODULE, text="a", count=0)
    esm_page.deliver({"more": "b"}, b"\x07")
    assert esm_page.views.locator("p").inner_text() == "ab7"


def test_a_click_changes_saves_and_sends_bytes(esm_page):
    esm_page.load(MODULE, text="", count=4)
    esm_page.page.get_by_role("button").click()
    hello, clicked = esm_page.wait_sent(2)
    assert hello.buffers == []
    assert clicked.content == {"clicked": 1}
    assert clicked.buffers == [b"\x01\xff"]
    assert esm_page.state["count"] == 5
    assert esm_page.saves == 1


def test_removing_the_widget_lets_go_of_its_model(esm_page):
    esm_page.load(MODULE, views=2, text="", count=0)
    assert esm_page.listeners == 4
    esm_page.remove()
    assert esm_page.listeners == 0
    assert esm_page.views.count() == 0


def test_an_error_in_a_handler_is_noted(esm_page):
    source = "export default { render({ el }) { el.onclick = () => { throw Error('oh'); }; } };"
    esm_page.load(source, css=".view { height: 9px }")
    esm_page.views.click()
    assert esm_page.errors == ["oh"]
