// The model picker: a combobox over hundreds of models that takes what is typed as well.

const MOST = 60;
// A key, pasted into the wrong place.
const SECRET = /^((sk|pk|gsk|xai|hf|key)[-_][\w-]{24,}|AIza[\w-]{30,})$/;

class Picker {
  constructor({ model, el, word, send }) {
    Object.assign(this, { model, word, send });
    Object.assign(this, { models: [], recent: [], place: "", busy: false, known: new Map() });
    Object.assign(this, { found: [], active: -1, isTyped: false, isOpen: false });
    this.key = `vlm-${Math.random().toString(36).slice(2)}`; // ids are the page's, not ours alone
    this.build(el);
    this.changed = () => this.show();
    this.placed = () => this.arrange();
    model.on("change:value", this.changed);
    model.on("change:vision_only", this.changed);
    this.show();
  }

  build(el) {
    const { key, word } = this;
    this.input = node("input", {
      type: "text", id: `${key}-input`, role: "combobox", "aria-expanded": "false",
      "aria-controls": `${key}-list`, "aria-autocomplete": "list", autocomplete: "off",
      autocapitalize: "off", spellcheck: "false", placeholder: word("placeholder"),
      input: () => this.type(), keydown: (event) => this.press(event), click: () => this.open(),
      focus: () => this.input.select(), blur: () => this.leave(),
    });
    this.list = node("div", { id: `${key}-list`, role: "listbox", "aria-label": word("list") });
    this.count = node("div", { class: "vlm-picker-count vlm-label", role: "status" });
    const keep = (event) => event.preventDefault(); // the focus stays in the input
    this.popup = node("div", { class: "vlm-picker-popup", popover: "manual", pointerdown: keep, mousedown: keep }, this.list, this.count);
    this.popup.hidden = true;
    this.all = node("input", { type: "checkbox", change: () => this.widen() });
    this.again = node("button", { type: "button", "aria-label": word("refresh"), title: word("refresh"), click: () => this.send({ kind: "refresh" }) }, "↻");
    this.note = node("div", { class: "vlm-picker-note vlm-label", role: "status" });
    el.append(
      node("label", { class: "vlm-label", for: `${key}-input` }, word("name")),
      node("div", { class: "vlm-picker" }, this.input, this.again,
        node("label", { class: "vlm-picker-all" }, this.all, word("all"))),
      this.popup, this.note,
    );
  }

  take({ kind, models, recent, place, busy }) {
    if (kind !== "state") return;
    Object.assign(this, { models, place, busy });
    this.known = new Map(models.map((card) => [card.id, card]));
    this.recent = unlike([...recent, ...remembered(place)]);
    this.again.setAttribute("aria-busy", busy);
    this.show();
  }

  // Shows the traits as they are now.
  show() {
    const value = this.model.get("value");
    if (this.last !== undefined && value !== this.last) this.recent = unlike([value, ...this.recent]);
    this.last = value;
    this.all.checked = !this.model.get("vision_only");
    if (!this.isTyped) this.input.value = value;
    const isForeign = value && this.models.length && !this.known.has(value);
    const line = isForeign ? this.word("foreign", { id: visible(value) }) : "";
    this.note.textContent = this.busy ? this.word("loading") : line;
    if (this.isOpen) this.fill();
  }

  words() {
    return this.isTyped ? this.input.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
  }

  // The models that have all the words, whatever their order; those used lately come first.
  matching(words) {
    const seen = this.model.get("vision_only") ? (card) => card.fits : () => true;
    const lately = this.recent.map((id) => this.known.get(id) ?? { id, isAlone: true });
    const others = this.models.filter((card) => seen(card) && !this.recent.includes(card.id));
    const has = ({ id }) => words.every((word) => id.toLowerCase().includes(word));
    return [...lately, ...others].filter(has);
  }

  fill() {
    const words = this.words();
    this.found = this.matching(words);
    const shown = this.found.slice(0, MOST);
    this.list.replaceChildren(...shown.map((card, at) => this.option(card, at, words)));
    const more = this.found.length - shown.length;
    const line = more ? "more" : this.found.length ? "count" : this.models.length ? "none" : "";
    this.count.textContent = line && this.word(line, { more, count: this.found.length });
    this.point(Math.min(this.active, shown.length - 1));
    this.arrange();
  }

  option(card, at, words) {
    const name = node("bdi", { class: "vlm-picker-id", dir: "ltr" }, ...marked(card.id, words));
    const facts = this.facts(card).map(([kind, text]) => node("span", { class: `vlm-picker-${kind}` }, text));
    return node(
      "div",
      { role: "option", id: `${this.key}-${at}`, "aria-selected": String(card.id === this.model.get("value")), click: () => this.choose(card.id) },
      name, " ", node("span", { class: "vlm-picker-facts" }, ...facts.flatMap((fact) => [fact, " "])),
    );
  }

  facts({ id, vision, reason, context, read, written, free, isAlone }) {
    const { word } = this;
    const priced = (price) => price ?? word("unknown_price");
    return [
      this.recent.includes(id) && ["recent", word("recent")],
      context && ["context", word("context", { context: short(context) })],
      free && ["price", word("free")],
      !free && (read || written) && ["price", word("prices", { read: priced(read), written: priced(written) })],
      vision === false && ["blind", word("no_vision")],
      vision === null && !isAlone && ["unsure", word("vision_unknown", { reason: reason || word("unsaid") })],
    ].filter(Boolean);
  }

  open() {
    if (this.isOpen) return;
    this.isOpen = true;
    this.active = -1;
    this.popup.hidden = false;
    this.popup.showPopover?.();
    this.input.setAttribute("aria-expanded", "true");
    this.fill();
    document.addEventListener("scroll", this.placed, { capture: true, passive: true });
    window.addEventListener("resize", this.placed);
  }

  shut() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.popup.hidePopover?.();
    this.popup.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.point(-1);
    this.list.replaceChildren();
    document.removeEventListener("scroll", this.placed, { capture: true });
    window.removeEventListener("resize", this.placed);
  }

  // Puts the list below the input, or above it where there is more room: it lies over the page.
  arrange() {
    if (!this.isOpen || !this.popup.showPopover) return;
    const box = this.input.getBoundingClientRect();
    const [below, above] = [innerHeight - box.bottom - 8, box.top - 8];
    const isUp = below < 220 && above > below;
    const width = Math.min(Math.max(box.width, 480), innerWidth - 16);
    const { style } = this.popup;
    style.width = `${width}px`;
    style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    style.maxHeight = `${Math.min(360, Math.max(isUp ? above : below, 80))}px`;
    style.top = isUp ? "auto" : `${box.bottom + 2}px`;
    style.bottom = isUp ? `${innerHeight - box.top + 2}px` : "auto";
  }

  point(at) {
    this.list.querySelector(".vlm-active")?.classList.remove("vlm-active");
    this.active = at;
    const option = this.list.children[at];
    if (!option) return void this.input.removeAttribute("aria-activedescendant");
    option.classList.add("vlm-active");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  step(by) {
    const count = this.list.children.length;
    if (count) this.point(this.active < 0 ? (by > 0 ? 0 : count - 1) : (this.active + by + count) % count);
  }

  type() {
    this.isTyped = true;
    this.active = -1;
    this.open();
    this.fill();
    this.note.textContent = "";
  }

  press(event) {
    if (event.isComposing) return;
    const { isOpen, active } = this;
    const last = this.list.children.length - 1;
    const move = (by) => { this.open(); this.step(by); };
    const act = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Home: isOpen && active >= 0 && (() => this.point(0)),
      End: isOpen && active >= 0 && (() => this.point(last)),
      Enter: () => this.enter(),
      Escape: (isOpen || this.isTyped) && (() => this.reset()),
    }[event.key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  }

  enter() {
    if (this.isOpen && this.active >= 0) this.choose(this.found[this.active].id);
    else if (this.isTyped) this.choose(this.meant());
    else this.shut();
  }

  // The id that is typed; words with a space between are no id, but those of the first that has them.
  meant() {
    const text = this.input.value.trim();
    const same = this.models.find(({ id }) => id === text) ??
      this.models.find(({ id }) => id.toLowerCase() === text.toLowerCase());
    if (same) return same.id;
    return (/\s/.test(text) && this.found[0]?.id) || text;
  }

  choose(id) {
    const isSecret = SECRET.test(id) && !this.known.has(id);
    if (id && !isSecret && id !== this.model.get("value")) {
      this.model.set("value", id);
      this.model.save_changes();
      if (this.place) remember(this.place, unlike([id, ...this.recent]));
    }
    this.reset();
    if (isSecret) this.note.textContent = this.word("secret");
  }

  reset() {
    this.isTyped = false;
    this.shut();
    this.show();
  }

  // Who leaves with an id typed means it; with a word to search for, nothing is chosen.
  leave() {
    const text = this.input.value.trim();
    if (!this.isTyped || !text) return this.reset();
    if (this.known.has(this.meant()) || !this.found.length) return this.choose(this.meant());
    this.reset();
    this.note.textContent = this.word("restored", { text: visible(text) });
  }

  widen() {
    this.model.set("vision_only", !this.all.checked);
    this.model.save_changes();
  }

  close() {
    this.shut();
    this.model.off("change:value", this.changed);
    this.model.off("change:vision_only", this.changed);
  }
}

export default control(Picker);
