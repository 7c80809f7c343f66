// What stands in for a finished answer's live view in pages that were reloaded meanwhile.
// They missed the card that was put in its place, so it is put into their document here.

// Calls `use` with each output of the document that shows the model; JupyterLab, Notebook 7.
function outputsOf(model, use) {
  const cells = model.widget_manager?.context?.model?.cells ?? [];
  for (const { outputs } of cells) {
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const output = outputs.get(at).toJSON();
      const shown = output.data?.["application/vnd.jupyter.widget-view+json"];
      if (shown?.model_id === model.get("name")) use(outputs, at, output);
    }
  }
}

// Has this page, but not the kernel, let go of the model and of its layout.
async function forget(model) {
  const whole = await model.widget_manager.get_model(model.get("name"));
  for (const one of [whole.get("layout"), whole]) {
    one.trigger("comm:close", one);
    one.close(true);
  }
}

export default {
  initialize({ model }) {
    const data = model.get("bundle");
    outputsOf(model, (outputs, at, output) => outputs.set(at, { ...output, data }));
    // Or JupyterLab would save the card again, as a widget's state.
    if (model.widget_manager?.context) forget(model);
  },
  render({ model, el }) {
    el.innerHTML = model.get("bundle")["text/html"];
  },
};
