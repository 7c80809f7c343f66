// Below the prompt: what the next question goes on from, and a form to ask several at once.

const DETAILS = ["low", "high", "auto", "original"];
const MAX_REPEAT = 8;

let forms = 0;

class View {
  constructor({ el, word, send }) {
    Object.assign(this, { word, send, models: [], originals: [], chosen: [] });
    this.follows = node("span", { class: "vlm-label", role: "status" });
    const anew = () => send({ kind: "anew" });
    this.anew = node("button", { type: "button", click: anew }, word("anew"));
    const title = word("compare_title");
    const open = () => this.open();
    const head = { type: "button", disabled: true, title, click: open }; // until models are known
    this.button = node("button", head, word("compare"));
    const row = node("div", { class: "vlm-row" }, this.button, this.follows, this.anew);
    el.append(row, (this.dialog = this.form()));
  }

  form() {
    const { word } = this;
    const id = `vlm-models-${(forms += 1)}`;
    const count = () => this.count();
    this.list = node("ul", { class: "vlm-chips", "aria-label": word("models") });
    this.known = node("datalist", { id });
    this.added = node("input", { list: id, "aria-label": word("add_model"), keydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.add();
    } });
    this.boxes = DETAILS.map((value) => node("input", { type: "checkbox", value, change: count }));
    const label = (box) => node("label", {}, box, ` ${word(box.value)} `);
    const most = { min: 1, max: MAX_REPEAT, value: 1 };
    this.repeat = node("input", { type: "number", ...most, input: count });
    this.run = node("button", { class: "vlm-main-button" });
    this.note = node("span", { class: "vlm-label", role: "status" });
    const close = () => this.dialog.close();
    const button = (key, click) => node("button", { type: "button", click }, word(key));
    return node(
      "dialog",
      { "aria-label": word("form"), "data-lm-suppress-shortcuts": "true" },
      node(
        "form",
        { submit: (event) => this.submit(event) },
        node("strong", {}, word("form")),
        node("div", { class: "vlm-label" }, word("models")),
        this.list,
        node("div", { class: "vlm-row" }, this.added, this.known, button("add", () => this.add())),
        node("fieldset", {}, node("legend", {}, word("details")), ...this.boxes.map(label)),
        node("label", { class: "vlm-field" }, word("repeat"), this.repeat),
        node("div", { class: "vlm-row" }, this.run, button("cancel", close), this.note),
      ),
    );
  }

  open() {
    this.send({ kind: "open" }); // the list may have come meanwhile
    this.chosen = this.models.slice(0, 1);
    this.boxes.forEach((box) => (box.checked = ["low", "high"].includes(box.value)));
    this.draw();
    this.dialog.showModal();
  }

  add() {
    const name = this.added.value.trim();
    if (name && !this.chosen.includes(name)) this.chosen.push(name);
    this.added.value = "";
    this.draw();
  }

  draw() {
    const chip = (name) => {
      const drop = () => {
        this.chosen = this.chosen.filter((other) => other !== name);
        this.draw();
      };
      const label = { "aria-label": this.word("remove", { name }), type: "button", click: drop };
      return node("li", {}, name, " ", node("button", label, "×"));
    };
    this.list.replaceChildren(...this.chosen.map(chip));
    const original = this.boxes.at(-1); // only where every model has that level
    original.disabled = !this.chosen.every((name) => this.originals.includes(name));
    original.parentNode.hidden = original.disabled;
    this.count();
  }

  asked() {
    const boxes = this.boxes.filter((box) => box.checked && !box.disabled);
    const details = boxes.map((box) => box.value);
    const repeat = Math.min(MAX_REPEAT, Math.max(1, Math.floor(this.repeat.valueAsNumber || 1)));
    return { models: this.chosen, details, repeat };
  }

  count() {
    const { models, details, repeat } = this.asked();
    const count = models.length * details.length * repeat;
    this.run.textContent = this.word(count === 1 ? "run_once" : "run", { count });
    this.run.disabled = !count;
    this.note.textContent = count ? "" : this.word("none");
  }

  submit(event) {
    event.preventDefault();
    if (this.added.value.trim()) this.add();
    this.send({ kind: "compare", ...this.asked() });
    this.dialog.close();
  }

  take(message) {
    if (message.kind !== "state") return;
    Object.assign(this, { models: message.models, originals: message.originals });
    this.known.replaceChildren(...this.models.map((value) => node("option", { value })));
    this.button.disabled = message.busy;
    this.follows.textContent = message.follows && this.word("follows", { prompt: message.follows });
    this.anew.hidden = !message.follows;
  }
}

export default control(View);
