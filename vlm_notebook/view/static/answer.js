// The growing answer. Everything that is HTML here was sanitised in the kernel;
// the open tail of a long block arrives as plain text and is written as text.

const [AT_END_PX, TOLD_MS, PART_CHARS] = [8, 2000, 5000];

function element(name, parent, attributes = {}, tag = "div") {
  const node = Object.assign(document.createElement(tag), { className: name });
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

function filled(html) {
  return Object.assign(document.createElement("template"), { innerHTML: html }).content;
}

// Makes a node's content like another's and leaves alone what is the same, with its selection.
function patch(node, fresh) {
  const [old, wanted] = [[...node.childNodes], [...fresh.childNodes]];
  const bare = (one) => one.cloneNode(false);
  wanted.forEach((next, at) => {
    const now = old[at];
    if (!now) node.append(next);
    else if (now.data && next.data?.startsWith(now.data))
      now.appendData(next.data.slice(now.length));
    else if (bare(now).isEqualNode(bare(next))) patch(now, next);
    else now.replaceWith(next);
  });
  old.slice(wanted.length).forEach((gone) => gone.remove());
}

// Gives each block of code its button; pages not served securely have only the old clipboard.
function withButtons(content) {
  for (const code of content.querySelectorAll("pre")) {
    const button = filled('<button class="vlm-copy jupyter-button">Copy code</button>').firstChild;
    button.addEventListener("click", async () => {
      const told = navigator.clipboard?.writeText(code.textContent);
      const done = await told?.then(() => true, () => false);
      if (!done) getSelection().selectAllChildren(code);
      button.textContent = done || document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
      setTimeout(() => button.replaceChildren("Copy code"), TOLD_MS);
    });
    code.before(button);
  }
  return content;
}

// What has arrived of the answer, whether or not anyone looks at it.
class Arrived {
  n = 0;
  blocks = [];
  thought = "";
  tail = "";
  plain = "";

  // Takes a message in; false when one before it was missed.
  take(message) {
    if (message.all) Object.assign(this, { blocks: [], thought: "" });
    else if (message.n !== this.n + 1) return false;
    this.n = message.n;
    this.blocks = this.blocks.concat(message.blocks);
    this.thought += message.thought;
    if (message.more !== undefined) this.plain += message.more;
    else [this.tail, this.plain] = [message.tail ?? "", message.plain ?? ""];
    return true;
  }
}

class View {
  constructor(model, el) {
    Object.assign(this, { blocks: 0, thought: 0, plain: 0, plainBlock: -1, tail: "" });
    const card = element("vlm-card tex2jax_ignore mathjax_ignore", el);
    this.head = element("vlm-pictures", card);
    const main = element("vlm-main", card);
    this.answer = element("vlm-answer", main, { role: "log", "aria-live": "polite" });
    this.foot = element("vlm-foot", main);
    this.fill(model);
    this.reasoning = element("vlm-reasoning", this.answer, { hidden: "" }, "details");
    this.reasoning.append(filled("<summary>Reasoning</summary>"));
    this.thoughtNode = element("vlm-thought", this.reasoning);
    this.blocksNode = element("vlm-blocks", this.answer);
    // Read out once it has closed, not with every word; nor every second that passes.
    this.tailNode = element("vlm-tail", this.answer, { "aria-live": "off" });
    this.addClock();
    if (model.get("stoppable")) this.addStop(model, main);
  }

  fill(model) {
    for (const name of ["head", "foot"]) this[name].replaceChildren(filled(model.get(name)));
  }

  addClock() {
    this.clock = element("vlm-wait", this.answer, { "aria-live": "off" });
    const began = Date.now();
    const seconds = () => Math.round((Date.now() - began) / 1000);
    const tick = () => this.clock.replaceChildren(`… ${seconds()} s`);
    tick();
    this.timer = setInterval(tick, 1000);
  }

  addStop(model, main) {
    this.stop = element("vlm-stop jupyter-button", main, {}, "button");
    this.stop.append("Stop");
    this.stop.onclick = () => {
      this.stop.disabled = true;
      model.send({ kind: "stop" });
    };
    main.insertBefore(this.stop, this.foot);
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
    this.thoughtNode.append(arrived.thought.slice(this.thought));
    this.thought = arrived.thought.length;
    this.blocksNode.append(...arrived.blocks.slice(this.blocks).map(filled).map(withButtons));
    this.blocks = arrived.blocks.length;
    if (arrived.plain) this.showPlain(arrived);
    else if (arrived.tail !== this.tail || this.plain) this.showTail(arrived.tail);
    const follows = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    if (follows) this.answer.scrollTop = this.answer.scrollHeight;
  }

  showTail(html) {
    patch(this.tailNode, filled(html));
    [this.tail, this.plain] = [html, 0];
  }

  showPlain({ blocks, plain }) {
    if (!this.plain || this.plainBlock !== blocks.length) {
      this.tailNode.replaceChildren(document.createElement("pre"));
      [this.plain, this.plainBlock] = [0, blocks.length];
    }
    const pre = this.tailNode.firstChild;
    for (const piece of plain.slice(this.plain).match(/(?:[^\n]*\n){1,200}|[^\n]+$/g) ?? []) {
      const part = pre.lastElementChild ?? pre;
      const room = part.textContent.endsWith("\n") ? PART_CHARS : 4 * PART_CHARS;
      const isFull = part.textContent.length > room;
      (isFull ? element("vlm-part", pre, {}, "span") : part).append(piece);
    }
    this.plain = plain.length;
  }

  end(model) {
    this.stopClock();
    this.stop?.remove();
    this.fill(model);
    const body = withButtons(filled(model.get("body")));
    body.querySelector("details")?.toggleAttribute("open", this.reasoning.open);
    const { scrollTop } = this.answer;
    this.answer.replaceChildren(body);
    this.answer.scrollTop = scrollTop;
  }
}

export default () => {
  const arrived = new Arrived();
  const views = new Set();
  let asked = false;
  const ask = (model) => {
    if (!asked) model.send({ kind: "hello" });
    asked = true;
  };
  return {
    initialize({ model }) {
      const take = (message) => {
        if (message.kind !== "grow" || model.get("ended")) return;
        if (!arrived.take(message)) return ask(model);
        asked = false;
        views.forEach((view) => view.show(arrived));
      };
      const end = () => views.forEach((view) => view.end(model));
      model.on("msg:custom", take);
      model.on("change:ended", end);
      if (!model.get("ended")) ask(model);
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
