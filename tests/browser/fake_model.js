// Stands in for the model that anywidget hands to a widget's module, and runs that module.
const listeners = {};
const toBytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const toText = (buffer) => {
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
};
const fire = (event, ...values) => {
  for (const listener of [...(listeners[event] ?? [])]) listener(...values);
};

window.fake = {
  state: {},
  sent: [],
  saves: 0,
  cleanups: [],

  deliver: (content, buffers) =>
    fire("msg:custom", content, buffers.map((text) => new DataView(toBytes(text).buffer))),

  change: (name, value) => {
    fake.state[name] = value;
    fire(`change:${name}`, model, value);
    fire("change", model);
  },

  start: async (source, state) => {
    fake.state = state;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const exported = (await import(url)).default;
    URL.revokeObjectURL(url);
    fake.widget = typeof exported === "function" ? await exported() : exported;
    fake.cleanups.push(await fake.widget.initialize?.({ model }));
  },

  render: async () => {
    const el = document.body.appendChild(document.createElement("div"));
    el.className = "view";
    fake.cleanups.push(await fake.widget.render({ model, el }));
  },

  remove: async () => {
    for (const cleanup of fake.cleanups.splice(0).reverse()) await cleanup?.();
    document.querySelectorAll(".view").forEach((el) => el.remove());
  },
};

const model = {
  get: (name) => fake.state[name],
  set: (name, value) => fake.change(name, value),
  save_changes: () => { fake.saves += 1; },
  on: (event, listener) => { (listeners[event] ??= []).push(listener); },
  off: (event, listener) => {
    const keep = (other) => listener && other !== listener;
    for (const name of event ? [event] : Object.keys(listeners))
      listeners[name] = (listeners[name] ?? []).filter(keep);
  },
  send: (content, _callbacks, buffers) => {
    fake.sent.push({ content: structuredClone(content), buffers: (buffers ?? []).map(toText) });
  },
};
window.fake.listenerCount = () => Object.values(listeners).flat().length;
