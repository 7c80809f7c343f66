// The playground's head: whom it asks, a form to ask somebody else, and the language.

const ADDRESSES = [
  "https://api.jiekou.ai/openai",
  "https://api.openai.com/v1",
  "https://openrouter.ai/api/v1",
  "http://localhost:11434/v1",
  "http://localhost:1234/v1",
  "http://localhost:8080/v1",
  "http://localhost:8000/v1",
];

let forms = 0;

class View {
  constructor({ model, el, word, send }) {
    Object.assign(this, { model, word, send });
    this.where = node("span", { class: "vlm-label", role: "status" });
    const other = { lang: word("other_language") === "English" ? "en" : "zh" };
    el.append(
      node(
        "div",
        { class: "vlm-row" },
        node("strong", {}, word("title")),
        this.where,
        node("span", { class: "vlm-space" }),
        node("button", { type: "button", click: () => this.open() }, word("connect")),
        node(
          "button",
          {
            type: "button",
            "aria-label": word("other_language_name"),
            ...other,
            click: () => send({ kind: "speak", language: other.lang }),
          },
          word("other_language"),
        ),
      ),
      (this.dialog = this.form()),
    );
  }

  form() {
    const { word } = this;
    const id = `vlm-addresses-${(forms += 1)}`;
    const field = (key, attributes) => {
      const input = node("input", { name: key, autocomplete: "off", spellcheck: "false", ...attributes });
      return [node("label", { class: "vlm-field" }, word(key), input), input];
    };
    const [address, addressInput] = field("address", { list: id, inputmode: "url", required: true });
    const [key, keyInput] = field("key", { type: "password", "data-1p-ignore": true });
    const [named, modelInput] = field("model", {});
    const close = () => (keyInput.value = ""); // it is not to be found in the page afterwards
    const done = () => this.dialog.close();
    const submit = (event) => {
      event.preventDefault();
      const content = { base_url: addressInput.value, key: keyInput.value, model: modelInput.value };
      this.send({ kind: "connect", ...content });
      done();
    };
    const choose = () => (this.send({ kind: "embed" }), done());
    const button = (key, click) => node("button", { type: "button", click }, word(key));
    return node(
      "dialog",
      { close, "aria-label": word("form"), "data-lm-suppress-shortcuts": "true" },
      node(
        "form",
        { submit },
        node("strong", {}, word("form")),
        address,
        node("datalist", { id }, ...ADDRESSES.map((value) => node("option", { value }))),
        key,
        node("p", { class: "vlm-label" }, word("key_note")),
        named,
        node(
          "div",
          { class: "vlm-row" },
          node("button", { class: "vlm-main-button" }, word("go")),
          button("cancel", done),
          button("embedded", choose),
        ),
      ),
    );
  }

  open() {
    this.dialog.showModal();
  }

  take(message) {
    if (message.kind === "state") this.where.textContent = message.where;
  }
}

// What stands between two parts of what is kept, as in transcript.py.
const BETWEEN = { "text/html": "", "text/markdown": "\n\n---\n\n", "text/plain": "\n\n" };

const joined = (parts) =>
  Object.fromEntries(
    Object.entries(BETWEEN).map(([kind, mark]) => [kind, parts.map((one) => one[kind]).join(mark)]),
  );

const VIEW = "application/vnd.jupyter.widget-view+json";

// Has the document hold what is kept where the page shows the playground: what is saved needs no
// kernel. A page that was reloaded finds that in the document, and shows the playground in its
// place; once its kernel is gone, the page shows what the document holds.
async function lay(model, kept) {
  if (!(await mayWrite(model, kept.isOver ? 2_000 : 20_000, !kept.isOver))) return;
  const [root, data] = [model.get("root"), joined(kept.parts)];
  for (const { outputs, sharedModel } of model.widget_manager?.context?.model?.cells ?? []) {
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const output = outputs.get(at).toJSON();
      const isShown = output.data?.[VIEW]?.model_id === root;
      if (!isShown && output.metadata?.vlm_notebook?.root !== root) continue;
      const view = { [VIEW]: { version_major: 2, version_minor: 0, model_id: root } };
      const metadata = { ...output.metadata, vlm_notebook: { root } };
      const card = { ...output, data, metadata };
      if (kept.isOver && isShown) outputs.set(at, card);
      if (kept.isOver) continue;
      if (!isShown) outputs.set(at, { ...output, data: view });
      sharedModel.updateOutputs?.(at, at + 1, [card], "silent-change");
    }
  }
}

export default () => {
  const inner = control(View)();
  return {
    ...inner,
    initialize({ model }) {
      const kept = { parts: [], isOver: false };
      const take = ({ kind, at, parts }) => {
        if (kind !== "keep") return;
        kept.parts = [...kept.parts.slice(0, at), ...parts];
        lay(model, kept);
      };
      const ignore = whenGone(model, () => {
        kept.isOver = true;
        if (kept.parts.length) lay(model, kept);
      });
      model.on("msg:custom", take);
      const release = inner.initialize({ model });
      return () => {
        model.off("msg:custom", take);
        ignore();
        release();
      };
    },
  };
};
