// The growing answer. Everything that is HTML here was sanitised in the kernel;
// the open tail of a long block arrives as plain text and is written as text.

const AT_END_PX = 8;

function element(name, parent, attributes = {}) {
  const node = document.createElement("div");
  node.className = name;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

function filled(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// What has arrived of the answer, whether or not anyone looks at it.
class Arrived {
  n = 0;
  blocks = [];
  thought = "";
  tail = "";
  plain = "";

  // Takes a message in; false when one before it was missed, so that it cannot be placed.
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
  blocks = 0;
  thought = 0;
  plain = 0;
  plainBlock = -1;
  tail = "";

  constructor(model, el) {
    const card = element("vlm-card", el);
    this.head = element("vlm-pictures", card);
    const main = element("vlm-main", card);
    this.answer = element("vlm-answer", main, { role: "log", "aria-live": "polite" });
    this.foot = element("vlm-foot", main);
    this.head.append(filled(model.get("head")));
    this.foot.append(filled(model.get("foot")));
    this.thoughtNode = element("vlm-reasoning", this.answer);
    this.blocksNode = element("vlm-blocks", this.answer);
    // Read out once it has closed, not with every word; nor every second that passes.
    this.tailNode = element("vlm-tail", this.answer, { "aria-live": "off" });
    this.addClock();
    if (model.get("stoppable")) this.addStop(model, main);
  }

  addClock() {
    this.clock = element("vlm-wait", this.answer, { "aria-live": "off" });
    const began = Date.now();
    const tick = () => {
      this.clock.textContent = `… ${Math.round((Date.now() - began) / 1000)} s`;
    };
    tick();
    this.timer = setInterval(tick, 1000);
  }

  addStop(model, main) {
    this.stop = document.createElement("button");
    this.stop.className = "vlm-stop jupyter-button";
    this.stop.textContent = "Stop";
    this.stop.addEventListener("click", () => {
      this.stop.disabled = true;
      model.send({ kind: "stop" });
    });
    main.insertBefore(this.stop, this.foot);
  }

  close() {
    clearInterval(this.timer);
  }

  // Shows what has arrived; whatever stands already is left alone, with its selection.
  show(arrived) {
    this.close();
    this.clock.remove();
    const { scrollHeight, scrollTop, clientHeight } = this.answer;
    this.thoughtNode.append(arrived.thought.slice(this.thought));
    this.thought = arrived.thought.length;
    for (const html of arrived.blocks.slice(this.blocks)) this.blocksNode.append(filled(html));
    this.blocks = arrived.blocks.length;
    if (arrived.plain) this.showPlain(arrived);
    else if (arrived.tail !== this.tail || this.plain) this.showTail(arrived.tail);
    if (scrollHeight - scrollTop - clientHeight < AT_END_PX)
      this.answer.scrollTop = this.answer.scrollHeight;
  }

  showTail(html) {
    this.tailNode.replaceChildren(filled(html));
    this.tail = html;
    this.plain = 0;
  }

  showPlain({ blocks, plain }) {
    if (!this.plain || this.plainBlock !== blocks.length) {
      this.tailNode.replaceChildren(document.createElement("pre"));
      [this.plain, this.plainBlock] = [0, blocks.length];
    }
    this.tailNode.firstChild.append(plain.slice(this.plain));
    this.plain = plain.length;
  }

  end(model) {
    this.close();
    this.stop?.remove();
    this.head.replaceChildren(filled(model.get("head")));
    this.answer.replaceChildren(filled(model.get("body")));
    this.foot.replaceChildren(filled(model.get("foot")));
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
        for (const view of views) view.show(arrived);
      };
      const end = () => {
        for (const view of views) view.end(model);
      };
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
        view.close();
        views.delete(view);
      };
    },
  };
};
