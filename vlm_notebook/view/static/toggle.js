// The detail toggle: radio buttons, each with its effect, and a preview in a dialog.

const LEVELS = ["low", "high", "auto", "original"];
const EVERYWHERE = 3; // of these, the first so many: every model has them
// JupyterLab would take the keys: the arrows walk through its cells. It looks at the focus alone.
const QUIET = { "data-lm-suppress-shortcuts": true };
const grouped = (count) => count.toLocaleString("en-US");
const rounded = (count) => grouped(Number(count.toPrecision(2))); // a guess has no more digits

// What a level does, in one line.
function effectLine(effect, word) {
  if (!effect) return "";
  const { tokens, low, high, cost, size, note, billed } = effect;
  if (note) return note;
  if (!billed) return word("embedded", { size });
  if (tokens !== null && cost) return word("priced", { tokens: grouped(tokens), cost });
  if (tokens !== null) return word("tokens", { tokens: grouped(tokens) });
  if (low !== null) return word("guess", { low: rounded(low), high: rounded(high) });
  return word("no_pictures");
}

class Toggle {
  constructor({ model, el, word, send }) {
    Object.assign(this, { model, word, send, asks: false });
    this.key = `vlm-${Math.random().toString(36).slice(2)}`; // ids are the page's, not ours alone
    this.levels = Object.fromEntries(LEVELS.map((level) => [level, this.level(level)]));
    this.group = node(
      "div",
      { class: "vlm-levels", role: "radiogroup", "aria-label": word("name") },
      ...LEVELS.slice(0, EVERYWHERE).map((level) => this.levels[level].label),
    );
    this.button = node("button", { type: "button", click: () => this.ask() }, word("preview"));
    this.looks = node("div", { class: "vlm-toggle-looks" });
    const title = word("preview_title");
    this.dialog = node(
      "dialog",
      { class: "vlm-toggle-dialog", "aria-label": title, click: (event) => this.outside(event) },
      node(
        "header", {}, node("b", {}, title),
        node("button", { type: "button", click: () => this.dialog.close(), ...QUIET }, word("close")),
      ),
      this.looks,
    );
    this.dialog.addEventListener("close", () => this.looks.replaceChildren());
    el.append(node("div", { class: "vlm-toggle" }, this.group, this.button), this.dialog);
    this.look = () => LEVELS.forEach((level) => { // one that is not there is in no group
      this.levels[level].radio.checked = level === model.get("value");
    });
    model.on("change:value", this.look);
    this.look();
  }

  level(level) {
    const ids = ["name", "effect"].map((part) => `${this.key}-${level}-${part}`);
    const effect = node("span", { class: "vlm-level-effect" });
    const size = node("span", { class: "vlm-level-size" });
    const radio = node("input", {
      type: "radio", name: this.key, value: level,
      "aria-labelledby": ids[0], "aria-describedby": ids[1], change: () => this.choose(level), ...QUIET,
    });
    const label = node(
      "label", { class: "vlm-level" }, radio,
      node("span", { class: "vlm-level-name", id: ids[0] }, this.word(level)),
      node("span", { class: "vlm-level-about", id: ids[1] }, effect, size),
    );
    return { label, radio, effect, size };
  }

  choose(level) {
    this.model.set("value", level);
    this.model.save_changes();
  }

  take({ kind, effects, levels, sections }) {
    if (kind === "state") {
      this.offer(levels);
      LEVELS.forEach((level) => this.tell(level, effects[level]));
    }
    if (kind === "preview" && this.asks) this.open(sections);
  }

  // The other radios stay where they are: the focus would be lost.
  offer(levels = []) {
    for (const level of LEVELS.slice(EVERYWHERE)) {
      const { label } = this.levels[level];
      if (!levels.includes(level)) label.remove();
      else if (!label.isConnected) this.group.append(label);
    }
  }

  tell(level, effect) {
    this.levels[level].effect.textContent = effectLine(effect, this.word);
    this.levels[level].size.textContent = effect?.billed ? effect.size : "";
  }

  ask() {
    this.wait(true);
    this.send({ kind: "preview" });
  }

  wait(asks) {
    this.asks = asks;
    this.button.setAttribute("aria-busy", asks);
  }

  // The sections are HTML that the kernel made safe.
  open(sections) {
    this.wait(false);
    if (!sections.length) return;
    this.looks.innerHTML = sections.map((one) => `<section>${one}</section>`).join("");
    this.dialog.showModal();
  }

  outside({ target }) {
    if (target === this.dialog) this.dialog.close();
  }

  close() {
    this.model.off("change:value", this.look);
    this.dialog.close();
  }
}

export default control(Toggle);
