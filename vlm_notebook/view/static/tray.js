// The image tray: pictures come in by drop, paste, file, address, camera or sample, and lie in order.

const ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff,.pdf,application/pdf";
const ADDRESS = /^\s*(https?:\/\/|data:image\/)\S+\s*$/i;
const ITEM = "application/x-vlm-tray-item";
const PASTE_KEY = /^Mac|^iP/.test(navigator.platform) ? "⌘V" : "Ctrl+V";

class Tray {
  constructor({ el, word, send, kept }) {
    Object.assign(this, { el, word, send, kept, rows: new Map(), items: [], urls: new Map() });
    kept.jobs ??= new Jobs();
    kept.thumbnails ??= new Map();
    kept.large ??= new Map();
    kept.token ??= Math.random().toString(36).slice(2); // tells this tray's pictures from another's
    kept.asked = new Set();
    this.list = node("div", { class: "vlm-tray-list", role: "list", "aria-label": word("pictures") });
    this.jobs = node("div", { class: "vlm-tray-jobs" });
    this.faults = node("div", { class: "vlm-tray-faults" });
    this.told = node("div", { class: "vlm-unseen", role: "status" });
    this.zone = node(
      "div",
      {
        class: "vlm-tray",
        role: "group",
        tabindex: 0,
        "aria-label": word("name"),
        "data-lm-suppress-shortcuts": "true",
        dragover: (event) => this.over(event),
        dragleave: (event) => this.zone.contains(event.relatedTarget) || this.lift(),
        dragend: () => this.lift(),
        drop: (event) => this.drop(event),
        paste: (event) => this.paste(event),
      },
      node("div", { class: "vlm-label" }, word("hint", { key: PASTE_KEY })),
      this.list,
      this.jobs,
      this.faults,
      ...this.bar(),
      this.told,
    );
    el.append(this.zone);
    kept.jobs.join(this, send);
    this.showJobs();
  }

  button(key, click, more = {}) {
    return node("button", { type: "button", click, ...more }, this.word(key));
  }

  bar() {
    const { word } = this;
    this.files = node("input", { type: "file", multiple: true, accept: ACCEPTED, hidden: true });
    this.files.addEventListener("change", () => {
      this.add(this.files.files);
      this.files.value = "";
    });
    this.address = node("input", {
      type: "text", inputmode: "url", placeholder: word("url_hint"), "aria-label": word("url"),
      autocomplete: "off", spellcheck: "false",
    });
    const submit = (event) => {
      event.preventDefault();
      if (this.address.value.trim()) this.addAddress(this.address.value);
      this.address.value = "";
    };
    this.originals = node("input", { type: "checkbox" });
    this.originals.checked = this.kept.originals ?? false;
    this.originals.addEventListener("change", () => (this.kept.originals = this.originals.checked));
    this.samples = node("div", { class: "vlm-row", role: "group", "aria-label": word("samples"), hidden: true });
    this.samplesButton = this.button("samples", () => this.openSamples(this.samples.hidden), { "aria-expanded": "false" });
    this.samples.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.openSamples(false);
    });
    this.clear = this.button("clear", () => this.removeAll(), { hidden: true });
    return [
      node(
        "div",
        { class: "vlm-row" },
        this.button("choose", () => this.files.click()),
        this.files,
        node("form", { class: "vlm-tray-url", submit }, this.address, node("button", {}, word("add_url"))),
        this.button("camera", () => this.openCamera()),
        this.samplesButton,
        this.clear,
      ),
      this.samples,
      node("label", { class: "vlm-row vlm-label" }, this.originals, word("originals")),
    ];
  }

  take(message, buffers) {
    if (message.kind === "state") this.show(message);
    else if (message.kind === "thumbnail") this.keep(this.kept.thumbnails, message.id, buffers, "image/jpeg");
    else if (message.kind === "large") this.keep(this.kept.large, message.id, buffers, message.type);
    else if (["ack", "busy", "end"].includes(message.kind)) this.kept.jobs.take(message);
  }

  // What lies in the tray.

  show({ items, samples, most }) {
    const before = this.items;
    const focused = this.zone.contains(document.activeElement) ? document.activeElement : null;
    this.items = items;
    say(this.el, ""); // what had failed before this change
    this.forget();
    items.forEach((item, at) => {
      if (!this.rows.has(item.id)) this.rows.set(item.id, new Row(this, item.id));
      const row = this.rows.get(item.id);
      row.show(item, at);
      if (this.list.children[at] !== row.root) this.list.insertBefore(row.root, this.list.children[at] ?? null);
    });
    if (focused?.isConnected) focused.focus({ preventScroll: true });
    else if (focused) this.refocus(before);
    this.clear.hidden = items.length < 2;
    if (!this.samples.childElementCount)
      this.samples.append(...samples.map((name) => node("button", { type: "button", click: () => this.addSample(name) }, name)));
    this.ask();
    if (this.isKnown) this.announce(before, most);
    this.isKnown = true;
  }

  // What is no longer there takes its pixels along.
  forget() {
    const ids = new Set(this.items.map((item) => item.id));
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      row.root.remove();
      this.rows.delete(id);
      for (const some of [this.kept.thumbnails, this.kept.large]) {
        this.revoke(some.get(id));
        some.delete(id);
      }
      if (this.closeup?.item.id === id) this.closeup.dialog.close();
    }
  }

  refocus(before) {
    const ids = this.items.map((item) => item.id);
    const gone = before.findIndex((item) => !ids.includes(item.id));
    const next = this.items[Math.min(gone, this.items.length - 1)];
    (next ? this.rows.get(next.id).removeButton : this.zone).focus();
  }

  announce(before, most) {
    const [old, now] = [before, this.items].map((items) => items.map((item) => item.id));
    const count = now.length;
    const added = this.items.find((item) => !old.includes(item.id));
    const gone = before.find((item) => !now.includes(item.id));
    const moved = this.items.findIndex((item) => item.id === this.moving);
    if (added) this.tell("told_added", { name: added.name, count, most });
    else if (gone) this.tell("told_removed", { name: gone.name, count });
    else if (moved >= 0 && old.join() !== now.join())
      this.tell("told_moved", { name: this.items[moved].name, number: moved + 1, count });
    this.moving = null;
  }

  tell(key, values) {
    this.told.textContent = this.word(key, values);
  }

  // Asks for the thumbnails that this page lacks: each crosses once.
  ask() {
    const { thumbnails, asked } = this.kept;
    const ids = this.items.map((item) => item.id).filter((id) => !thumbnails.has(id) && !asked.has(id));
    ids.forEach((id) => asked.add(id));
    if (ids.length) this.send({ kind: "thumbnails", ids });
  }

  keep(some, id, [data], type) {
    if (!some.has(id)) some.set(id, new Blob([data], { type }));
    this.rows.get(id)?.picture();
    if (some === this.kept.large && this.closeup?.item.id === id) this.closeup.take(this.url(some.get(id)));
  }

  url(blob) {
    if (!blob) return "";
    if (!this.urls.has(blob)) this.urls.set(blob, URL.createObjectURL(blob));
    return this.urls.get(blob);
  }

  revoke(blob) {
    URL.revokeObjectURL(this.urls.get(blob));
    this.urls.delete(blob);
  }

  move(id, to) {
    this.moving = id;
    this.send({ kind: "move", id, to });
  }

  removeAll() {
    this.send({ kind: "clear" });
    this.zone.focus();
  }

  look(item, number) {
    const { kept, word } = this;
    const url = this.url(kept.large.get(item.id) ?? kept.thumbnails.get(item.id));
    const choose = (box, margin) => this.send({ kind: "region", id: item.id, box, margin });
    this.closeup = new Closeup({ host: this.zone, word, item, number, url, choose });
    if (!kept.large.has(item.id)) this.send({ kind: "large", id: item.id });
  }

  // How pictures come in.

  add(files) {
    this.kept.jobs.add([...files], this.originals.checked);
  }

  addAddress(text) {
    const address = text.trim();
    const name = address.startsWith("data:") ? this.word("data_url") : address;
    this.kept.jobs.get(name, { kind: "url", url: address });
  }

  addSample(name) {
    this.kept.jobs.get(name, { kind: "sample", name });
  }

  over(event) {
    const kinds = [...(event.dataTransfer?.types ?? [])];
    if (!["Files", "text/uri-list", ITEM].some((kind) => kinds.includes(kind))) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = kinds.includes(ITEM) ? "move" : "copy";
    if (!kinds.includes(ITEM)) this.zone.classList.add("vlm-tray-over");
  }

  lift() {
    this.zone.classList.remove("vlm-tray-over");
  }

  drop(event) {
    this.lift();
    event.preventDefault();
    event.stopPropagation();
    const { dataTransfer } = event;
    const moved = dataTransfer.getData(ITEM);
    if (moved) this.dropItem(moved, event);
    else if (dataTransfer.files.length) this.add(dataTransfer.files);
    else if (ADDRESS.test(dataTransfer.getData("text/uri-list")))
      this.addAddress(dataTransfer.getData("text/uri-list"));
  }

  dropItem(moved, event) {
    const [token, id] = moved.split(":");
    const row = [...this.rows.values()].find(({ root }) => root.contains(event.target));
    if (token === this.kept.token && row) this.move(Number(id), row.at);
  }

  // Text that is pasted into a field stays its own matter.
  paste(event) {
    const { files } = event.clipboardData;
    const text = event.clipboardData.getData("text/plain");
    const isField = event.target.matches?.("input:not([type=checkbox]), textarea");
    if (files.length) this.add(files);
    else if (!isField && ADDRESS.test(text)) this.addAddress(text);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  openSamples(isOpen) {
    this.samples.hidden = !isOpen;
    this.samplesButton.setAttribute("aria-expanded", isOpen);
    (isOpen ? this.samples.firstElementChild : this.samplesButton)?.focus();
  }

  openCamera() {
    const failed = (key) => {
      this.kept.jobs.lines = [{ name: "", key }];
      this.showJobs();
    };
    const done = (file) => this.add([file]);
    this.camera = openCamera({ host: this.zone, word: this.word, done, failed });
  }

  // What is on its way, and what did not arrive.

  showJobs() {
    const { jobs, lines } = this.kept.jobs;
    this.jobs.replaceChildren(...jobs.map((job) => this.job(job)));
    const shown = lines.map((one) => this.fault(one));
    const dismiss = () => {
      this.kept.jobs.lines = [];
      this.kept.jobs.changed();
    };
    if (shown.join("\n") === this.faultsShown) return; // an alert is said once
    this.faultsShown = shown.join("\n");
    this.faults.replaceChildren(
      ...shown.map((text) => node("div", { class: "vlm-say", role: "alert" }, text)),
      ...(shown.length ? [this.button("dismiss", dismiss)] : []),
    );
  }

  job(job) {
    const { name, doing, sent, total } = job;
    const megabytes = (count) => (count / 1e6).toFixed(1);
    const text = this.word(doing, { name, sent: megabytes(sent), total: megabytes(total) });
    const bar = node("progress", { "aria-label": text });
    if (doing === "sending" && total) [bar.max, bar.value] = [total, sent];
    const cancel = this.button("cancel", () => this.kept.jobs.cancel(job), {
      "aria-label": this.word("cancel_job", { name }),
      hidden: !["waiting", "sending", "slow"].includes(doing),
    });
    return node("div", { class: "vlm-row vlm-label" }, node("span", {}, text), bar, cancel);
  }

  fault({ name, line, key, values }) {
    const text = line || this.word(key, values);
    return text.includes(name) ? text : `${name}: ${text}`;
  }

  close() {
    this.kept.jobs.views.delete(this);
    this.closeup?.dialog.close();
    this.camera?.close();
    for (const blob of [...this.urls.keys()]) this.revoke(blob);
  }
}

// One picture of the list.
class Row {
  constructor(tray, id) {
    Object.assign(this, { tray, id, word: tray.word });
    const button = (text, click) => node("button", { type: "button", click }, text);
    this.image = node("img", { alt: "", draggable: "false" });
    this.frame = node("span", { class: "vlm-tray-region", hidden: true });
    this.number = node("span", { class: "vlm-tray-number" });
    const seen = node("span", { class: "vlm-tray-seen" }, this.image, this.frame);
    this.open = button(seen, () => tray.look(this.item, this.at + 1));
    this.open.classList.add("vlm-tray-open");
    this.open.append(this.number);
    this.name = node("div", { class: "vlm-tray-name" });
    this.size = node("div", { class: "vlm-label" });
    this.region = node("div", { class: "vlm-label" });
    this.caption = node("input", { type: "text", placeholder: this.word("caption"), maxlength: 1000 });
    this.caption.addEventListener("change", () => tray.send({ kind: "caption", id, text: this.caption.value }));
    this.left = button("◀", () => tray.move(id, this.at - 1));
    this.right = button("▶", () => tray.move(id, this.at + 1));
    this.left.title = "Alt+←";
    this.right.title = "Alt+→";
    for (const one of [this.left, this.right])
      one.setAttribute("aria-keyshortcuts", one === this.left ? "Alt+ArrowLeft" : "Alt+ArrowRight");
    this.removeButton = button("✕", () => tray.send({ kind: "remove", id }));
    this.root = node(
      "div",
      {
        class: "vlm-tray-item",
        role: "listitem",
        draggable: "true",
        dragstart: (event) => this.drag(event),
        keydown: (event) => this.press(event),
      },
      this.open,
      this.name,
      this.size,
      this.region,
      this.caption,
      node("div", { class: "vlm-row" }, this.left, this.right, this.removeButton),
    );
    // Text in a field is selected by dragging, which must not drag the picture.
    this.caption.addEventListener("focus", () => (this.root.draggable = false));
    this.caption.addEventListener("blur", () => (this.root.draggable = true));
    this.picture();
  }

  show(item, at) {
    Object.assign(this, { item, at });
    const { word } = this;
    const values = { number: at + 1, name: item.name };
    this.number.textContent = at + 1;
    this.name.textContent = this.name.title = item.name;
    this.size.textContent = this.sizeText();
    this.region.textContent = item.region ? word("region", { region: regionText(item.region) }) : "";
    this.frame.hidden = !item.region;
    if (item.region) outline(this.frame, item.region, item.size);
    if (document.activeElement !== this.caption) this.caption.value = item.caption;
    const names = [
      [this.open, "look"],
      [this.caption, "caption_of"],
      [this.left, "move_left"],
      [this.right, "move_right"],
      [this.removeButton, "remove"],
    ];
    for (const [element, key] of names) element.setAttribute("aria-label", word(key, values));
    this.left.disabled = at === 0;
    this.right.disabled = at === this.tray.items.length - 1;
  }

  sizeText() {
    const { size, shrunk_from: before } = this.item;
    const [now, then] = [size, before].map((sides) => sides?.join("x"));
    if (!before) return now;
    return this.word(now === then ? "recoded" : "shrunk", { size: now, before: then });
  }

  picture() {
    const url = this.tray.url(this.tray.kept.thumbnails.get(this.id));
    if (url) this.image.src = url;
  }

  drag(event) {
    event.dataTransfer.setData(ITEM, `${this.tray.kept.token}:${this.id}`);
    event.dataTransfer.effectAllowed = "move";
  }

  press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !event.altKey || event.target === this.caption) return;
    event.preventDefault(); // the browser would go back a page
    const to = this.at + step;
    if (to >= 0 && to < this.tray.items.length) this.tray.move(this.id, to);
  }
}

export default control(Tray);
