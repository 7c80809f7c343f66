// The kernel of a widget's document, in JupyterLab and Notebook 7.

const GONE = ["restarting", "autorestarting", "terminating", "dead"];

// Calls `act` when the kernel is lost, with all that it knew; returns what ends that.
function whenGone(model, act) {
  const changed = model.widget_manager?.context?.sessionContext.statusChanged;
  const look = (_, status) => GONE.includes(status) && act();
  changed?.connect(look);
  return () => changed?.disconnect(look);
}
