// The grid's bar: the question, what is done, Stop all; at the end the table, and what to compare
// with. All HTML in it was made safe in the kernel. Below it the answers grow, each by itself.

class View {
  constructor({ model, el, word, send }) {
    Object.assign(this, { model, word, send });
    this.head = node("div", { class: "vlm-pictures" });
    this.progress = node("span", { role: "status" });
    this.stop = node("button", { type: "button", click: () => this.stopAll() }, word("stop_all"));
    this.select = node("select", { change: () => this.choose() });
    this.chooser = node("label", { hidden: true }, `${word("compare")} `, this.select);
    this.copy = node("button", { type: "button", hidden: true, click: () => this.ask() }, word("copy"));
    this.table = node("div", { class: "vlm-grid-table" });
    const row = { class: "vlm-row", role: "group", "aria-label": word("bar") };
    el.append(
      node(
        "div",
        { class: "vlm-card vlm-grid tex2jax_ignore mathjax_ignore" },
        this.head,
        node("div", row, this.progress, this.stop, this.chooser, this.copy),
        this.table,
      ),
    );
    this.tell = () => this.told();
    model.on("change:done", this.tell);
    this.told();
  }

  close() {
    this.model.off("change:done", this.tell);
  }

  told() {
    const [done, count] = [this.model.get("done"), this.model.get("count")];
    this.progress.textContent = this.word("progress", { done, count });
  }

  stopAll() {
    this.stop.disabled = true;
    this.send({ kind: "stop" });
  }

  choose() {
    this.send({ kind: "against", number: Number(this.select.value) });
  }

  ask() {
    this.send({ kind: "copy" });
  }

  take(message) {
    if (message.kind === "markdown")
      copyText(message.text, this.copy, this.word("copied"), this.word("not_copied"));
    if (message.kind !== "state") return;
    this.head.innerHTML = message.head;
    this.table.innerHTML = message.table;
    this.stop.hidden = message.over;
    this.chooser.hidden = !message.over || message.names.length < 2;
    this.copy.hidden = !message.over;
    const option = (name, at) => node("option", { value: at }, name);
    const nothing = option(this.word("nothing"), -1);
    this.select.replaceChildren(nothing, ...message.names.map(option));
    this.select.value = message.against;
  }
}

// When the kernel is gone, what had arrived stays in the document as a card.
function keepGrid(model, el) {
  const root = el.closest(".vlm-grid-view");
  if (!root) return;
  const cells = node("div", { class: "vlm-cells" });
  for (const one of root.querySelectorAll("[data-tex]")) one.replaceChildren(one.dataset.tex);
  for (const card of root.querySelectorAll(".vlm-grid-cells .vlm-main")) {
    const copy = node("div", { class: "vlm-cell" });
    const head = card.parentElement.querySelector(".vlm-pictures");
    copy.append(head.cloneNode(true), card.cloneNode(true));
    cells.append(copy);
  }
  const lost = node("div", { class: "vlm-notice" }, speaker(model)("gone"));
  const head = el.querySelector(".vlm-pictures").cloneNode(true);
  const table = node("div", {}, ...[...el.querySelector(".vlm-grid-table").cloneNode(true).childNodes]);
  const kept = node("div", { class: "vlm-card vlm-grid tex2jax_ignore mathjax_ignore" });
  kept.append(head, lost, cells, table);
  kept.querySelectorAll("button, .vlm-wait, [hidden]").forEach((gone) => gone.remove());
  showInstead(model, {
    "text/html": `<style>${model.get("_css")}</style>${kept.outerHTML}`,
    "text/plain": root.innerText,
  });
}

export default () => {
  const inner = control(View)();
  const shown = new Set();
  return {
    initialize({ model }) {
      const ignore = whenGone(model, () => {
        const [el] = shown;
        if (el) keepGrid(model, el);
      });
      // The kernel puts the table in the view's place; a page that was reloaded misses that.
      const take = ({ kind, bundle }) => kind === "over" && showInstead(model, bundle);
      model.on("msg:custom", take);
      const release = inner.initialize({ model });
      return () => {
        ignore();
        model.off("msg:custom", take);
        release();
      };
    },
    render(given) {
      const release = inner.render(given);
      shown.add(given.el);
      return () => {
        shown.delete(given.el);
        release();
      };
    },
  };
};
