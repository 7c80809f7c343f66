// The growing answer. Everything that is HTML here was sanitised in the kernel, whole: what comes
// in differences is joined before it is parsed. It needs WORDS, by language, and clipboard.js.

const [AT_END_PX, STEP_CHARS] = [8, 12_000];
const NOTHING = { n: 0, blocks: [], tail: "", thought: "" };
const template = (innerHTML) => Object.assign(document.createElement("template"), { innerHTML });

function element(className, parent, attributes = {}, tag = "div", textContent = "") {
  const node = Object.assign(document.createElement(tag), { className, textContent });
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

// Makes a node's content like another's and leaves alone what is the same, with its selection.
function patch(node, fresh) {
  const wanted = [...fresh.childNodes];
  for (const now of [...node.childNodes]) {
    const to = wanted.shift();
    if (!to) now.remove();
    else if (now.isEqualNode(to) || now.dataset?.tex === to.textContent) continue;
    else if (now.data && to.data?.startsWith(now.data)) now.appendData(to.data.slice(now.length));
    else if (now.tagName && now.cloneNode().isEqualNode(to.cloneNode())) patch(now, to);
    else now.replaceWith(to);
  }
  node.append(...wanted);
}

// Tells whether a selection ends within a node. To ask has the page laid out, if it is not.
const isSelected = (node, { anchorNode, focusNode } = getSelection()) =>
  [anchorNode, focusNode].some((end) => end !== node && node.contains(end));

// Moves a node's first children to the end of another; a selection in them goes along.
function move(from, count, to, isMarked) {
  const nodes = [...from.childNodes].slice(0, count);
  const { anchorNode, anchorOffset, focusNode, focusOffset } = isMarked ? getSelection() : {};
  const isMoved = nodes.some((node) => node.contains(anchorNode) || node.contains(focusNode));
  to.append(...nodes);
  if (isMoved && anchorNode !== from && focusNode !== from)
    getSelection().setBaseAndExtent(anchorNode, anchorOffset, focusNode, focusOffset);
}

// What has arrived of the answer once a message is taken in; null when one before it was missed.
function grown(was, { n, all, keep, blocks, tail, thought }) {
  if (!all && n !== was.n + 1) return null;
  const old = all ? NOTHING : was;
  const [first, ...others] = [...blocks, tail];
  const shown = [old.tail.slice(0, keep) + first, ...others];
  return { n, tail: shown.pop(), blocks: old.blocks.concat(shown), thought: old.thought + thought };
}

class View {
  count = 0; // of blocks that are shown closed
  typesetting = Promise.resolve();

  constructor(model, el) {
    this.words = WORDS[model.get("language")];
    this.typesetter = model.widget_manager?.rendermime?.latexTypesetter;
    this.card = element("vlm-card tex2jax_ignore mathjax_ignore", el);
    this.card.addEventListener("click", ({ target }) => {
      if (!target.matches(".vlm-copy")) return;
      copyText(target.nextSibling, target, this.words.copied, this.words.not_copied);
    });
    this.head = element("vlm-pictures", this.card);
    const main = element("vlm-main", this.card);
    this.answer = element("vlm-answer", main, { role: "log", "aria-live": "polite" });
    if (model.get("stoppable")) this.addStop(model, main);
    this.foot = element("vlm-foot", main);
    this.fill(model);
    this.reasoning = element("vlm-reasoning", this.answer, { hidden: "" }, "details");
    element("", this.reasoning, {}, "summary", this.words.reasoning);
    this.thoughtNode = element("vlm-thought", this.reasoning);
    this.blocksNode = element("vlm-blocks", this.answer);
    // Read out once it has closed, not with every word; nor every second that passes.
    this.tailNode = element("vlm-tail", this.answer, { "aria-live": "off" });
    this.addClock(model);
  }

  // Makes blocks of HTML; each block of code has a button.
  filled(html) {
    const { content } = template(html);
    for (const node of [...content.childNodes]) if (!node.tagName) node.remove();
    for (const code of content.querySelectorAll("pre:not(.vlm-part)"))
      code.before(element("vlm-copy jupyter-button", content, {}, "button", this.words.copy));
    return content;
  }

  fill(model) {
    for (const name of ["head", "foot"]) this[name].replaceChildren(this.filled(model.get(name)));
  }

  addClock(model) {
    const clock = element("vlm-wait", this.answer, { "aria-live": "off" });
    const [began, { seconds }] = [Date.now(), this.words];
    const tick = () => {
      const waited = seconds.replace("{count}", Math.round((Date.now() - began) / 1000));
      clock.replaceChildren(`… ${waited} ${model.get("note") ?? ""}`);
    };
    tick();
    const timer = setInterval(tick, 1000);
    this.stopClock = () => (clearInterval(timer), clock.remove());
  }

  addStop(model, main) {
    this.stop = element("vlm-stop jupyter-button", main, {}, "button", this.words.stop);
    this.stop.onclick = () => ((this.stop.disabled = true), model.send({ kind: "stop" }));
  }

  // Has the page typeset the formulas of closed blocks; between two it can do other things.
  async typeset() {
    const next = () => this.blocksNode.querySelector(".vlm-math:not([data-tex])");
    for (let one; this.typesetter && (one = next()); await new Promise(setTimeout)) {
      one.dataset.tex = one.textContent;
      await this.typesetter.typeset(one);
    }
  }

  // Shows what has arrived; much at once in steps, between which the page can do other things.
  show(arrived) {
    const { blocks, tail, thought } = arrived;
    if (blocks.length || tail) this.stopClock();
    const { scrollHeight, scrollTop, clientHeight } = this.answer;
    const isMarked = isSelected(this.tailNode);
    this.reasoning.hidden = !thought;
    this.thoughtNode.append(thought.slice(this.thoughtNode.textContent.length));
    let [until, chars] = [this.count, 0];
    while (until < blocks.length && chars < STEP_CHARS) chars += blocks[until++].length;
    const isLast = until === blocks.length;
    this.showBlocks(blocks.slice(this.count, until), isLast ? tail : "", isMarked);
    clearTimeout(this.next);
    if (!isLast) this.next = setTimeout(() => this.show(arrived));
    const left = scrollHeight - scrollTop - clientHeight;
    if (left < AT_END_PX) this.answer.scrollTop = this.answer.scrollHeight;
  }

  // What the tail has shown of a block becomes the block; what stands already is left alone.
  showBlocks(blocks, tail, isMarked) {
    const fresh = this.filled(blocks.join(""));
    const count = fresh.childNodes.length;
    fresh.append(this.filled(tail));
    patch(this.tailNode, fresh);
    move(this.tailNode, count, this.blocksNode, isMarked);
    if (count) this.typesetting = this.typesetting.finally(() => this.typeset());
    this.count += blocks.length;
  }

  end(model) {
    const isMarked = isSelected(this.tailNode);
    this.stopClock();
    clearTimeout(this.next);
    this.fill(model);
    const body = this.filled(model.get("body"));
    const thought = body.querySelector("details");
    if (thought) this.reasoning.replaceWith(Object.assign(thought, { open: this.reasoning.open }));
    else Object.assign(this.reasoning, { className: "", textContent: "" });
    move(this.tailNode, Infinity, this.blocksNode, isMarked);
    this.stop?.remove();
    this.tailNode.className = ""; // were it removed, the page would style all beside it anew
    const wanted = [...body.childNodes];
    patch(this.blocksNode, { childNodes: wanted.splice(0, this.blocksNode.childNodes.length) });
    this.append(wanted);
  }

  append(nodes) {
    let [until, chars] = [0, 0];
    while (until < nodes.length && chars < STEP_CHARS) chars += nodes[until++].outerHTML.length;
    this.blocksNode.append(...nodes.slice(0, until));
    if (until < nodes.length) setTimeout(() => this.append(nodes.slice(until)));
    this.typesetting = this.typesetting.finally(() => this.typeset());
  }
}

// The module of an answer, and its views, for a module around it.
const growing = () => {
  const views = new Set();
  let [arrived, asked] = [NOTHING, true];
  return {
    views,
    initialize({ model }) {
      const take = (message) => {
        if (message.kind !== "grow" || model.get("ended")) return;
        const next = grown(arrived, message);
        if (next) views.forEach((view) => view.show(next));
        else if (!asked) model.send({ kind: "hello" });
        [arrived, asked] = [next ?? arrived, !next];
      };
      model.on("msg:custom", take);
      model.on("change:ended", () => views.forEach((view) => view.end(model)));
      if (!model.get("ended")) model.send({ kind: "hello" });
      return () => model.off();
    },
    render({ model, el }) {
      const view = new View(model, el);
      views.add(view);
      if (model.get("ended")) view.end(model);
      else if (arrived.n) view.show(arrived);
      return () => (view.stopClock(), views.delete(view));
    },
  };
};
