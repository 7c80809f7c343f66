// What every control of the workbench shares. Before it stand `WORDS`, its texts by language, and
// kernel.js.

// Makes an element; a function is a listener, null and false leave an attribute out.
function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  made.append(...children);
  return made;
}

// The texts of the language that the model names, or else of the browser's.
function speaker(model) {
  const language = model.get("language") || navigator.language;
  const words = WORDS[language.startsWith("zh") ? "zh" : "en"];
  return (key, values = {}) =>
    words[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// Shows a line below a control, as an alert if something failed; none takes it away.
function say(el, line, isError) {
  el.querySelector(":scope > .vlm-say")?.remove();
  if (line) el.append(node("div", { class: "vlm-say", role: isError ? "alert" : "status" }, line));
}

// Makes a module of a class of views: `new View({ model, el, word, send, kept })`, then `take`
// with each message, the latest state first, and `close`. `kept` is one object for all views.
function control(View) {
  return () => {
    const shown = new Set();
    const kept = {};
    let [state, isGone] = [null, false];
    const each = (use) => shown.forEach(use);
    return {
      initialize({ model }) {
        const take = (message, buffers = []) => {
          if (message.kind === "state") state = [message, buffers];
          each((one) => one.take(message, buffers));
        };
        const ignore = whenGone(model, () => {
          isGone = true;
          each((one) => one.lose());
        });
        const redraw = () => each((one) => one.draw());
        model.on("msg:custom", take);
        model.on("change:language", redraw);
        model.send({ kind: "hello", language: navigator.language });
        return () => {
          model.off("msg:custom", take);
          model.off("change:language", redraw);
          ignore();
        };
      },
      render({ model, el }) {
        el.classList.add("vlm-control");
        let view = null;
        const send = (content, buffers) => model.send(content, undefined, buffers);
        const one = {
          draw() {
            view?.close?.();
            el.replaceChildren();
            const word = speaker(model);
            el.lang = word("language");
            view = new View({ model, el, word, send, kept });
            if (state) view.take?.(...state);
            if (isGone) one.lose();
          },
          take(message, buffers) {
            if (message.kind === "say") say(el, message.line, message.error);
            else view.take?.(message, buffers);
          },
          lose() {
            el.inert = true;
            say(el, speaker(model)("gone"), true);
          },
        };
        one.draw();
        shown.add(one);
        return () => {
          shown.delete(one);
          view.close?.();
        };
      },
    };
  };
}
