// The document around a widget, in JupyterLab and Notebook 7; elsewhere there is none to reach.

// Shows `data` in the document from now on, wherever it showed the widget of that name,
// and has this page, but not the kernel, let go of the widget: it would be saved as well.
async function showInstead(model, data) {
  const [manager, name] = [model.widget_manager, model.get("name")];
  if (!manager?.context) return;
  for (const { outputs } of manager.context.model?.cells ?? [])
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const output = outputs.get(at).toJSON();
      const shown = output.data?.["application/vnd.jupyter.widget-view+json"];
      if (shown?.model_id === name) outputs.set(at, { ...output, data });
    }
  const whole = await manager.get_model(name);
  for (const one of [whole.get("layout"), whole]) {
    one.trigger("comm:close", one);
    one.close(true);
  }
}
