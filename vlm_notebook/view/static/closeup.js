// A picture seen large, where a region of it is drawn or typed, in the original's pixels.

const SIDES = ["left", "top", "right", "bottom"];
const CLICK_PX = 4;
const CONTEXT_SHARE = 0.1;

class Closeup {
  // `choose(box, margin)` is called with the region, or with null for the whole picture.
  constructor({ host, word, item, number, url, choose }) {
    Object.assign(this, { word, item, choose, box: item.region });
    [this.width, this.height] = item.size;
    this.image = node("img", { alt: word("large", { number, name: item.name }), draggable: "false" });
    this.image.src = url;
    this.frame = node("div", { class: "vlm-closeup-box", hidden: true });
    this.stage = node("div", { class: "vlm-closeup-stage" }, this.image, this.frame);
    const ratio = this.width / this.height;
    this.stage.style.aspectRatio = `${this.width} / ${this.height}`;
    this.stage.style.width = `min(100%, ${60 * ratio}vh, ${Math.max(this.width, 320)}px)`;
    for (const kind of ["down", "move", "up", "cancel"])
      this.stage.addEventListener(`pointer${kind}`, (event) => this[kind](event));
    this.words = node("div", { role: "status", class: "vlm-label" });
    this.fields = SIDES.map((side, at) => this.field(side, [this.width, this.height][at % 2]));
    this.context = node("input", { type: "checkbox" });
    this.context.checked = !this.box;
    this.apply = node(
      "button",
      { type: "submit", class: "vlm-main-button" },
      word("use_region"),
    );
    const form = node(
      "form",
      { method: "dialog", submit: () => this.done() },
      node("div", { class: "vlm-label" }, word("draw")),
      this.stage,
      this.words,
      node(
        "fieldset",
        { class: "vlm-row" },
        node("legend", {}, word("pixels")),
        ...this.fields.map((input, at) => node("label", {}, `${word(SIDES[at])} `, input)),
      ),
      node("label", { class: "vlm-row" }, this.context, word("context")),
      node(
        "div",
        { class: "vlm-row" },
        this.apply,
        node("button", { type: "button", click: () => this.whole() }, word("whole")),
        node("button", { type: "button", click: () => this.dialog.close() }, word("close")),
      ),
    );
    const label = word("closeup", { number, name: item.name });
    this.dialog = node("dialog", { class: "vlm-closeup", "aria-label": label }, form);
    this.dialog.addEventListener("close", () => this.dialog.remove());
    host.append(this.dialog);
    this.dialog.showModal();
    this.write();
    this.show();
  }

  field(side, most) {
    const input = () => this.read();
    return node("input", { type: "number", name: side, min: 0, max: most, step: 1, required: true, input });
  }

  place({ clientX, clientY }) {
    const edges = this.stage.getBoundingClientRect();
    const share = (at, from, length) => Math.min(1, Math.max(0, (at - from) / length));
    return [
      Math.round(share(clientX, edges.left, edges.width) * this.width),
      Math.round(share(clientY, edges.top, edges.height) * this.height),
    ];
  }

  down(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    this.from = { at: this.place(event), x: event.clientX, y: event.clientY, before: this.box };
  }

  move(event) {
    if (!this.from || !event.isPrimary) return;
    const { at, x, y } = this.from;
    if (Math.max(Math.abs(event.clientX - x), Math.abs(event.clientY - y)) < CLICK_PX) return;
    const to = this.place(event);
    const ends = [0, 1].map((axis) => [at[axis], to[axis]].sort((a, b) => a - b));
    const [[left, right], [top, bottom]] = ends;
    if (right > left && bottom > top) this.box = [left, top, right, bottom];
    this.write();
    this.show();
  }

  up(event) {
    this.move(event);
    this.from = null;
  }

  cancel() {
    if (this.from) this.box = this.from.before;
    this.from = null;
    this.write();
    this.show();
  }

  write() {
    const shown = this.box ?? [0, 0, this.width, this.height];
    this.fields.forEach((input, at) => (input.value = shown[at]));
  }

  read() {
    const [left, top, right, bottom] = this.fields.map((input) => input.valueAsNumber);
    const isBox = this.fields.every((input) => input.validity.valid) && left < right && top < bottom;
    this.box = isBox ? [left, top, right, bottom] : undefined;
    this.show();
  }

  show() {
    const { box, width, height, word } = this;
    this.frame.hidden = !box;
    this.apply.disabled = !box;
    if (box) {
      outline(this.frame, box, [width, height]);
      const size = `${box[2] - box[0]}x${box[3] - box[1]}`;
      this.words.textContent = word("chosen", { region: regionText(box), size });
    } else {
      this.words.textContent = word(box === null ? "all_of_it" : "no_region", { width, height });
    }
  }

  done() {
    if (this.box) this.choose(this.box, this.context.checked ? CONTEXT_SHARE : 0);
  }

  whole() {
    this.dialog.close();
    this.choose(null, 0);
  }

  // Takes the large picture in the place of the small one.
  take(url) {
    this.image.src = url;
  }
}

function regionText([left, top, right, bottom]) {
  return `${left},${top}-${right},${bottom}`;
}

// Puts an element over a picture where a box of it lies.
function outline(element, [left, top, right, bottom], [width, height]) {
  const share = (part, whole) => `${(100 * part) / whole}%`;
  Object.assign(element.style, {
    left: share(left, width),
    top: share(top, height),
    width: share(right - left, width),
    height: share(bottom - top, height),
  });
}

