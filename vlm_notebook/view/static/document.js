// The document around a widget, in JupyterLab and Notebook 7; elsewhere there is none to reach.

// Puts `data` into the document wherever that shows the widget of this name. A view may stay: then
// the page shows it on, and saves the data. Either way the widget outlives the kernel's, and is
// saved no more, unless it stays in another widget alone: that one is saved with all it shows.
// Tells whether there is a document.
async function showInstead(model, data, stays = false) {
  const [manager, name] = [model.widget_manager, model.get("name")];
  if (!manager?.context) return false;
  const whole = await manager.get_model(name);
  const writes = stays || (await mayWrite(model, 2_000));
  const shown = [];
  for (const { outputs, sharedModel } of manager.context.model?.cells ?? [])
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const output = outputs.get(at).toJSON();
      const view = output.data?.["application/vnd.jupyter.widget-view+json"];
      if (view?.model_id === name) shown.push([outputs, sharedModel, at, { ...output, data }]);
    }
  for (const [outputs, sharedModel, at, kept] of shown)
    if (stays) sharedModel.updateOutputs(at, at + 1, [kept], "silent-change");
    else if (writes) outputs.set(at, kept);
  for (const one of [whole.get("layout"), whole]) {
    one.comm?.on_close(() => {});
    one.comm_live = stays && !shown.length;
  }
  return true;
}
