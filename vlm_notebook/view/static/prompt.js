// The prompt box: a text that stays, ready prompts, Ask and Stop.

const PAUSE_MS = 300;
const IS_MAC = /^Mac|^iP/.test(navigator.platform);
const GROWS = CSS.supports("field-sizing", "content");

class Prompt {
  constructor({ model, el, word, send, kept }) {
    Object.assign(this, { model, el, word, send, kept });
    kept.page ??= Math.random().toString(36).slice(2);
    kept.turn ??= 0; // drafts that this page has sent
    kept.heard ??= 0; // those that the kernel has confirmed
    kept.views ??= new Set();
    kept.views.add(this);
    this.box = node("textarea", {
      rows: 3, "aria-label": word("name"), placeholder: word("placeholder"),
      input: () => this.typed(), keydown: (event) => this.press(event),
    });
    this.box.value = kept.text ?? "";
    this.askButton = this.button("ask", () => this.ask(), { class: "vlm-main-button" });
    this.stopButton = this.button("stop", () => this.stop());
    const keys = node("span", { class: "vlm-label" }, word(IS_MAC ? "keys_mac" : "keys"));
    el.append(
      node("div", { class: "vlm-prompt-ready", role: "group", "aria-label": word("ready") }, ...this.ready()),
      this.box,
      node("div", { class: "vlm-prompt-buttons" }, this.askButton, this.stopButton, keys),
    );
    this.look = () => this.showBusy();
    model.on("change:busy", this.look);
    this.look();
    this.grow();
  }

  button(key, click, more = {}) {
    return node("button", { type: "button", click, ...more }, this.word(key));
  }

  ready() {
    const texts = READY[this.word("language")];
    return Object.keys(texts).map((key) => this.button(key, () => this.fill(key, texts[key])));
  }

  // Puts a ready prompt in, as typing would, so that it can be undone; the word to change is selected.
  fill(key, text) {
    const at = text.indexOf("{what}");
    const what = at < 0 ? "" : this.word(`what_${key}`);
    const filled = text.replace("{what}", what);
    this.box.focus();
    this.box.select();
    if (!document.execCommand?.("insertText", false, filled)) {
      this.box.value = filled;
      this.typed();
    }
    if (at >= 0) this.box.setSelectionRange(at, at + what.length);
  }

  typed() {
    this.kept.text = this.box.value;
    for (const view of this.kept.views) if (view !== this) view.put(this.box.value);
    this.grow();
    this.look();
    clearTimeout(this.kept.timer);
    this.kept.timer = setTimeout(() => this.draft(), PAUSE_MS);
  }

  draft() {
    if (this.fits()) this.tell("draft");
  }

  tell(kind) {
    clearTimeout(this.kept.timer);
    this.kept.timer = null;
    const { page } = this.kept;
    this.send({ kind, text: this.box.value, page, turn: ++this.kept.turn });
  }

  fits() {
    const fits = this.box.value.length <= MAX_CHARS;
    if (!fits) say(this.el, this.word("too_long", { most: MAX_CHARS.toLocaleString("en-US") }), true);
    return fits;
  }

  ask() {
    if (this.isHeld() || !this.fits()) return;
    const isEmpty = !this.box.value.trim();
    say(this.el, isEmpty ? this.word("empty") : "", true);
    if (isEmpty) this.box.focus();
    else this.tell("ask");
  }

  stop() {
    if (this.model.get("busy")) this.send({ kind: "stop" });
  }

  press(event) {
    if (event.isComposing) return;
    const { key, ctrlKey, metaKey } = event;
    const asks = key === "Enter" && (ctrlKey || metaKey);
    if (asks) this.ask();
    else if (key === "Escape" && this.model.get("busy")) this.stop();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Nothing can be asked while an answer is under way, nor before the kernel has said what stands here.
  isHeld() {
    return Boolean(this.model.get("busy")) || this.kept.text === undefined;
  }

  // A button that is under the focus stays there when it can do nothing, or the focus would be lost.
  showBusy() {
    const busy = Boolean(this.model.get("busy"));
    this.askButton.setAttribute("aria-disabled", this.isHeld());
    this.stopButton.setAttribute("aria-disabled", !busy);
  }

  take({ kind, text, page, turn }) {
    if (kind === "set") this.accept(text);
    if (kind !== "state") return;
    const { kept } = this;
    if (page === kept.page) kept.heard = Math.max(kept.heard, turn);
    if (!kept.timer && kept.heard === kept.turn) this.accept(text);
  }

  accept(text) {
    clearTimeout(this.kept.timer);
    this.kept.timer = null;
    this.kept.text = text;
    this.put(text);
  }

  put(text) {
    if (this.box.value !== text) this.box.value = text; // setting it moves the cursor
    this.grow();
    this.look();
  }

  grow() {
    if (GROWS) return;
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 2}px`;
  }

  close() {
    this.model.off("change:busy", this.look);
    this.kept.views.delete(this);
    if (this.kept.timer) this.draft();
  }
}

export default control(Prompt);
