// The growing answer. Everything that is HTML here was sanitised in the kernel, whole: what comes
// in differences is joined before it is parsed. What is too long comes as text, is written as text.

const [AT_END_PX, TOLD_MS] = [8, 2000];
const PART = /[^]{1000,3000}?\n|[^]{3000,4000}?[ \t\n]|[^]{4000}|[^]+$/gu; // markdown.py's too
const NOTHING = { n: 0, blocks: [], tail: "", thought: "", plain: "" };

function element(className, parent, attributes = {}, tag = "div", textContent = "") {
  const node = Object.assign(document.createElement(tag), { className, textContent });
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

// Makes blocks of HTML; each block of code has a button.
function filled(html) {
  const { content } = Object.assign(document.createElement("template"), { innerHTML: html });
  for (const node of [...content.childNodes]) if (!node.tagName) node.remove();
  for (const code of content.querySelectorAll("pre"))
    code.before(element("vlm-copy jupyter-button", content, {}, "button", "Copy code"));
  return content;
}

// Copies the code behind a button; pages not served securely have only the old clipboard.
async function copy({ target: button }) {
  if (!button.matches(".vlm-copy")) return;
  const code = button.nextSibling;
  const done = await navigator.clipboard?.writeText(code.textContent).then(() => true, () => false);
  if (!done) getSelection().selectAllChildren(code);
  button.textContent = done || document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
  setTimeout(() => button.replaceChildren("Copy code"), TOLD_MS);
}

// Makes a node's content like another's and leaves alone what is the same, with its selection.
function patch(node, fresh) {
  const isLike = (one, other) => one.cloneNode(false).isEqualNode(other.cloneNode(false));
  const wanted = [...fresh.childNodes];
  [...node.childNodes].forEach((now) => {
    const next = wanted.shift();
    if (!next) now.remove();
    else if (now.isEqualNode(next)) return;
    else if (now.data && next.data?.startsWith(now.data))
      now.appendData(next.data.slice(now.length));
    else if (now.tagName && isLike(now, next)) patch(now, next);
    else now.replaceWith(next);
  });
  node.append(...wanted);
}

// Moves a node's first children to the end of another; a selection in them goes along.
function move(from, count, to) {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
  const nodes = [...from.childNodes].slice(0, count);
  const isMoved = (end) => nodes.some((node) => node.contains(end));
  const isSelected = isMoved(anchorNode) || isMoved(focusNode);
  to.append(...nodes);
  if (isSelected && anchorNode !== from && focusNode !== from)
    getSelection().setBaseAndExtent(anchorNode, anchorOffset, focusNode, focusOffset);
}

// What has arrived of the answer once a message is taken in; null when one before it was missed.
function grown(was, { n, all, keep, blocks, tail, thought, plain = "" }) {
  if (!all && n !== was.n + 1) return null;
  const old = all ? NOTHING : was;
  const [first, ...others] = [...blocks, tail];
  const shown = [old.tail.slice(0, keep) + first, ...others];
  const texts = { thought: old.thought + thought, plain: old.plain + plain };
  return { n, tail: shown.pop(), blocks: [...old.blocks, ...shown], ...texts };
}

class View {
  constructor(model, el) {
    Object.assign(this, { blocks: 0, plain: 0, part: 0 });
    const card = element("vlm-card tex2jax_ignore mathjax_ignore", el);
    card.addEventListener("click", copy);
    this.head = element("vlm-pictures", card);
    const main = element("vlm-main", card);
    this.answer = element("vlm-answer", main, { role: "log", "aria-live": "polite" });
    if (model.get("stoppable")) this.addStop(model, main);
    this.foot = element("vlm-foot", main);
    this.fill(model);
    this.reasoning = element("vlm-reasoning", this.answer, { hidden: "" }, "details");
    element("", this.reasoning, {}, "summary", "Reasoning");
    this.thoughtNode = element("vlm-thought", this.reasoning);
    this.blocksNode = element("vlm-blocks", this.answer);
    // Read out once it has closed, not with every word; nor every second that passes.
    this.tailNode = element("vlm-tail", this.answer, { "aria-live": "off" });
    this.addClock(model);
  }

  fill(model) {
    for (const name of ["head", "foot"]) this[name].replaceChildren(filled(model.get(name)));
  }

  addClock(model) {
    this.clock = element("vlm-wait", this.answer, { "aria-live": "off" });
    const began = Date.now();
    const seconds = () => Math.round((Date.now() - began) / 1000);
    const tick = () => this.clock.replaceChildren(`… ${seconds()} s ${model.get("note") ?? ""}`);
    tick();
    this.timer = setInterval(tick, 1000);
  }

  addStop(model, main) {
    this.stop = element("vlm-stop jupyter-button", main, {}, "button", "Stop");
    this.stop.onclick = () => {
      this.stop.disabled = true;
      model.send({ kind: "stop" });
    };
  }

  stopClock() {
    clearInterval(this.timer);
    this.clock.remove();
  }

  // Shows what has arrived; whatever stands already is left alone, with its selection.
  show(arrived) {
    if (arrived.blocks.length || arrived.tail || arrived.plain) this.stopClock();
    const { scrollHeight, scrollTop, clientHeight } = this.answer;
    this.reasoning.hidden = !arrived.thought;
    this.thoughtNode.append(arrived.thought.slice(this.thoughtNode.textContent.length));
    if (!this.plain) this.showBlocks(arrived);
    if (arrived.plain) this.showPlain(arrived.plain);
    const follows = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    if (follows) this.answer.scrollTop = this.answer.scrollHeight;
  }

  // What the tail has shown of a block becomes the block.
  showBlocks({ blocks, tail }) {
    const fresh = filled("");
    fresh.append(...blocks.slice(this.blocks).map(filled));
    const count = fresh.childNodes.length;
    fresh.append(filled(tail));
    patch(this.tailNode, fresh);
    move(this.tailNode, count, this.blocksNode);
    this.blocks = blocks.length;
  }

  // Writes in parts of bounded length: of a single text all would be laid out with each word.
  showPlain(plain) {
    if (!this.plain) this.tailNode.replaceChildren(filled("<pre></pre>"));
    const pre = this.tailNode.lastChild;
    for (const piece of plain.slice(this.part).match(PART)) {
      const more = piece.slice(this.plain - this.part);
      if (more === piece) element("vlm-part", pre, {}, "span");
      if (more) pre.lastChild.append(more);
      this.plain = this.part + piece.length;
      if (this.plain < plain.length) this.part = this.plain;
    }
  }

  // What stands of the finished card already is left alone.
  end(model) {
    this.stopClock();
    this.fill(model);
    const body = filled(model.get("body"));
    const reasoning = body.querySelector("details");
    reasoning?.toggleAttribute("open", this.reasoning.open);
    this.reasoning.replaceWith(reasoning ?? "");
    move(this.tailNode, Infinity, this.blocksNode);
    for (const gone of [this.tailNode, this.stop]) gone?.remove();
    patch(this.blocksNode, body);
  }
}

export default () => {
  const views = new Set();
  let [arrived, asked] = [NOTHING, true];
  return {
    initialize({ model }) {
      const take = (message) => {
        if (message.kind !== "grow" || model.get("ended")) return;
        const next = grown(arrived, message);
        if (next) views.forEach((view) => view.show(next));
        else if (!asked) model.send({ kind: "hello" });
        [arrived, asked] = [next ?? arrived, !next];
      };
      const end = () => views.forEach((view) => view.end(model));
      model.on("msg:custom", take);
      model.on("change:ended", end);
      if (!model.get("ended")) model.send({ kind: "hello" });
      return () => {
        model.off("msg:custom", take);
        model.off("change:ended", end);
      };
    },
    render({ model, el }) {
      const view = new View(model, el);
      views.add(view);
      if (model.get("ended")) view.end(model);
      else if (arrived.n) view.show(arrived);
      return () => {
        view.stopClock();
        views.delete(view);
      };
    },
  };
};
