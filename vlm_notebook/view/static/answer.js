// The growing answer. Everything that is HTML here was sanitised in the kernel;
// the open tail of a long block arrives as plain text and is written with textContent.

const PARTS = ["vlm-pictures", "vlm-main", "vlm-answer", "vlm-foot"];

function element(name, parent) {
  const node = document.createElement("div");
  node.className = name;
  parent.append(node);
  return node;
}

function filled(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

class View {
  constructor(model, el) {
    const card = element("vlm-card", el);
    this.head = element(PARTS[0], card);
    const main = element(PARTS[1], card);
    this.answer = element(PARTS[2], main);
    this.foot = element(PARTS[3], main);
    this.answer.setAttribute("role", "log");
    this.answer.setAttribute("aria-live", "polite");
    this.head.append(filled(model.get("head")));
    this.foot.append(filled(model.get("foot")));
    this.thoughts = element("vlm-reasoning", this.answer);
    this.blocks = element("vlm-blocks", this.answer);
    this.tail = element("vlm-tail", this.answer);
    this.wait = element("vlm-wait", this.answer);
    const began = Date.now();
    const tick = () => {
      this.wait.textContent = `… ${Math.round((Date.now() - began) / 1000)} s`;
    };
    tick();
    this.timer = setInterval(tick, 1000);
    if (model.get("stoppable")) this.addStop(model, main);
  }

  addStop(model, main) {
    this.stop = document.createElement("button");
    this.stop.className = "vlm-stop jupyter-button";
    this.stop.textContent = "Stop";
    this.stop.addEventListener("click", () => model.send({ kind: "stop" }));
    main.insertBefore(this.stop, this.foot);
  }

  grow(message) {
    this.begin();
    if (message.thought) this.thoughts.append(document.createTextNode(message.thought));
    if (message.at === 0) this.blocks.replaceChildren();
    for (const html of message.blocks) this.blocks.append(filled(html));
    if (message.tail !== undefined) this.tail.replaceChildren(filled(message.tail));
    if (message.plain !== undefined) this.tail.replaceChildren(this.pre(message.plain));
    if (message.more !== undefined) this.tail.lastElementChild?.append(message.more);
  }

  pre(text) {
    const node = document.createElement("pre");
    node.textContent = text;
    return node;
  }

  begin() {
    clearInterval(this.timer);
    this.wait.remove();
  }

  end(message) {
    this.begin();
    this.stop?.remove();
    this.head.replaceChildren(filled(message.head));
    this.answer.replaceChildren(filled(message.body));
    this.foot.replaceChildren(filled(message.foot));
  }
}

export default () => {
  const views = new Set();
  return {
    initialize({ model }) {
      model.on("msg:custom", (message) => {
        for (const view of views) view[message.kind]?.(message);
      });
    },
    render({ model, el }) {
      const view = new View(model, el);
      views.add(view);
      model.send({ kind: "hello" });
      return () => {
        clearInterval(view.timer);
        views.delete(view);
      };
    },
  };
};
