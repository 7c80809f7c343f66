// What stays in the document of an answer that grows there: the card that the kernel puts in its
// place at the end or, if the kernel is lost before, a card of what had arrived.

const PARTS = Object.entries({ head: "pictures", body: "answer", foot: "foot" });

// A saved notebook would show an error for a widget without a kernel.
function keep(model, { card, answer, words }) {
  for (const one of card.querySelectorAll("[data-tex]")) one.replaceChildren(one.dataset.tex);
  const kept = card.cloneNode(true);
  for (const gone of kept.querySelectorAll("button, .vlm-wait, [hidden]")) gone.remove();
  kept.querySelector(".vlm-foot").prepend(element("vlm-notice", kept, {}, "div", words.lost));
  showInstead(model, {
    "text/html": `<style>${model.get("_css")}</style>${kept.outerHTML}`,
    "text/plain": `${answer.innerText}\n\n${words.lost}`,
  });
}

export default () => {
  const { views, initialize, render } = growing();
  return {
    initialize({ model }) {
      // To draw a long card anew would hold the page up: it is saved, and the view made the same.
      const lay = async ({ header, content: { data, transient } }) => {
        const isCard = header.msg_type === "update_display_data";
        if (!isCard || transient.display_id !== model.get("name") || !views.size) return true;
        if (!(await showInstead(model, data, true))) return true;
        const { content } = template(data["text/html"]);
        for (const [part, name] of PARTS)
          model.set(part, content.querySelector(`.vlm-${name}`).innerHTML);
        model.set("ended", true);
        return false;
      };
      model.widget_manager?.kernel?.registerMessageHook(model.get("request"), lay);
      const ignore = whenGone(model, () => {
        if (views.size && !model.get("ended")) keep(model, [...views][0]);
      });
      const release = initialize({ model });
      return () => (ignore(), release());
    },
    render,
  };
};
