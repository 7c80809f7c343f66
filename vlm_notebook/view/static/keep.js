// Around the growing answer: when its kernel is gone, what had arrived stays as a card.
// Nothing else would: a saved notebook that shows a widget without a kernel shows an error.

const GONE = ["restarting", "autorestarting", "terminating", "dead"];
const LOST = "The kernel is gone; this is what had arrived.";

function keep(model, card) {
  const copy = card.cloneNode(true);
  copy.querySelectorAll("button, .vlm-wait, [hidden]").forEach((gone) => gone.remove());
  const notice = Object.assign(document.createElement("div"), { className: "vlm-notice" });
  notice.append(LOST);
  copy.querySelector(".vlm-foot").prepend(notice);
  showInstead(model, {
    "text/html": `<style>${model.get("_css")}</style>${copy.outerHTML}`,
    "text/plain": `${card.querySelector(".vlm-answer").innerText}\n\n${LOST}`,
  });
}

export default () => {
  const inner = answer();
  const cards = new Set();
  return {
    initialize({ model }) {
      const changed = model.widget_manager?.context?.sessionContext.statusChanged;
      const look = (_, status) => {
        const [card] = cards;
        if (GONE.includes(status) && card && !model.get("ended")) keep(model, card);
      };
      changed?.connect(look);
      const release = inner.initialize({ model });
      return () => {
        changed?.disconnect(look);
        release();
      };
    },
    render({ model, el }) {
      const release = inner.render({ model, el });
      const card = el.querySelector(".vlm-card");
      cards.add(card);
      return () => {
        cards.delete(card);
        release();
      };
    },
  };
};
