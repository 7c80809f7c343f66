// Who else has a widget's document open, in JupyterLab with real-time collaboration.

// Tells whether this page is to write into the document what every page with it could: two that
// write the same at once write it twice. The page that ran the cell may at once. Of the others, the
// first one may after a while, when it knows who else is there; or none but one that is alone.
async function mayWrite(model, wait_ms, onlyAlone = false) {
  const manager = model.widget_manager;
  const shared = manager?.context?.model?.sharedModel?.awareness;
  if (!shared?.getLocalState()?.user || manager.kernel?.clientId === model.get("page")) return true;
  await new Promise((done) => setTimeout(done, wait_ms));
  const people = [...shared.getStates()].filter(([, state]) => state.user).map(([id]) => id);
  return people.length < 2 || (!onlyAlone && Math.min(...people) === shared.clientID);
}
