// Copies a text, or what a node shows, and says on its button for a moment whether that could be
// done: pages not served securely have only the old way to the clipboard. What no way leads there
// from is selected, to be copied by hand.
async function copyText(source, button, done, failed) {
  const label = (button.dataset.label ??= button.textContent);
  const text = source.textContent ?? source;
  let isDone = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  if (!isDone) {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    Object.assign(area.style, { position: "fixed", opacity: 0 });
    button.after(area);
    area.select();
    isDone = document.execCommand("copy");
    area.remove();
  }
  if (!isDone && source.textContent) getSelection().selectAllChildren(source);
  button.textContent = isDone ? done : failed;
  setTimeout(() => button.replaceChildren(label), 2000);
}
