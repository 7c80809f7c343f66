// What can be done with one answer: stop it, ask it again, go on from it, take it along.

class View {
  constructor({ el, word, send }) {
    Object.assign(this, { word, send });
    const button = (key, click, title = "") =>
      node("button", { type: "button", click, title: title && word(title) }, word(key));
    const asks = (kind) => () => send({ kind });
    this.stop = button("stop", asks("stop"));
    this.codeButton = button("code", () => this.toggle());
    this.again = button("again", asks("again"), "again_title");
    this.follow = button("follow", asks("follow"), "follow_title");
    this.rest = [
      this.again,
      this.follow,
      button("copy", ({ target }) => this.copy(target, this.markdown)),
      this.codeButton,
    ];
    this.pre = node("pre", { class: "vlm-code", tabindex: 0, "aria-label": word("the_code") });
    this.saved = node("div", { class: "vlm-label", role: "status" });
    const copy = button("copy_code", ({ target }) => this.copy(target, this.pre.textContent));
    this.code = node("div", { hidden: true }, copy, this.pre, this.saved);
    el.append(
      node(
        "div",
        { class: "vlm-row", role: "group", "aria-label": word("bar") },
        this.stop,
        ...this.rest,
      ),
      this.code,
    );
    this.take({ kind: "state", running: true, markdown: "", offered: {} });
  }

  take(message) {
    if (message.kind === "state") {
      this.markdown = message.markdown;
      this.stop.hidden = !message.running;
      for (const one of this.rest) one.hidden = message.running;
      this.again.hidden ||= !message.offered.again;
      this.follow.hidden ||= !message.offered.follow;
    } else if (message.kind === "code") {
      this.pre.textContent = message.code;
      const names = message.saved.join(", ");
      this.saved.textContent = names && this.word("saved", { names });
      this.open(true);
    }
  }

  toggle() {
    if (this.code.hidden) this.send({ kind: "code" });
    else this.open(false);
  }

  open(isOpen) {
    this.code.hidden = !isOpen;
    this.codeButton.textContent = this.word(isOpen ? "hide_code" : "code");
    this.codeButton.setAttribute("aria-expanded", isOpen);
  }

  copy(button, text) {
    copyText(text, button, this.word("copied"), this.word("not_copied"));
  }
}

export default control(View);
