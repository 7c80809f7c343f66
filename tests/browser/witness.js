// Finds what an answer may never bring into a page, in each root that matches a selector.
(selector) => {
  const ACTIVE =
    "script,style,link,meta,base,iframe,frame,object,embed,applet,template,dialog,svg,math," +
    "foreignObject,noscript,marquee,video,audio,source,picture,canvas,portal,img";
  const CONTROL = "form,input,button,select,textarea,label,fieldset,output";
  const OURS = [
    ":is(.vlm-pictures, .vlm-tray) > figure > img[src^='data:image/jpeg;base64,']",
    ".vlm-look img[src^='data:image/']",
    ".vlm-copy",
    ".vlm-stop",
  ].join();
  const TYPESET = "mjx-container, mjx-container *";
  const LABS = "a.jp-InternalAnchorLink";
  const SAFE = /^(https?|ftp|mailto):/i;
  const EXTRA = /^(tabindex|contenteditable|autofocus|ping|srcdoc|src|srcset|background)$/;

  // The part of a node that no box around it, as far out as the output, cuts off.
  const seen = (node, area) => {
    let { left, right, top, bottom } = node.getBoundingClientRect();
    for (let at = node.parentElement; at; at = at === area ? null : at.parentElement) {
      const { contain, overflowX, overflowY } = getComputedStyle(at);
      const cuts = overflowX !== "visible" && overflowY !== "visible";
      if (!cuts && !/paint|content|strict/.test(contain)) continue;
      const by = at.getBoundingClientRect();
      [left, right] = [Math.max(left, by.left), Math.min(right, by.right)];
      [top, bottom] = [Math.max(top, by.top), Math.min(bottom, by.bottom)];
    }
    return { left, right, top, bottom };
  };
  const escapes = (node, edge, area) => {
    const { left, right, top, bottom } = seen(node, area);
    if (right <= left || bottom <= top) return false;
    const sideways = left < edge.left - 2 || right > edge.right + 2;
    return sideways || top < edge.top - 2 || bottom > edge.bottom + 2;
  };
  const leads = (node) =>
    ["href", "xlink:href", "action", "formaction"]
      .map((name) => node.getAttribute(name))
      .some((url) => url !== null && !SAFE.test(url));
  const has = (pattern) => (node) => node.getAttributeNames().some((name) => pattern.test(name));

  const kinds = {
    active: (node) => node.matches(ACTIVE) && !node.matches(OURS),
    control: (node) => node.matches(CONTROL) && !node.matches(OURS),
    link: leads,
    named: (node) => node.id !== "" || node.hasAttribute("name"),
    handler: has(/^on/i),
    command: has(/commandlinker/i),
    attribute: (node) => has(EXTRA)(node) && !node.matches(OURS),
    styled: (node) =>
      !/^(text-align: ?(left|right|center);?)?$/.test(node.getAttribute("style") ?? ""),
    dressed: (node) => [...node.classList].some((name) => /^(jp|lm|p)-/.test(name)),
    shadow: (node) => node.shadowRoot !== null,
    placed: (node) => getComputedStyle(node).position !== "static",
    fetched: (node) => getComputedStyle(node).backgroundImage !== "none",
    outside: escapes,
  };
  const found = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  const note = (kind, node) => found[kind].push(node.outerHTML.slice(0, 200));
  const roots = [...document.querySelectorAll(selector)];
  for (const root of roots) {
    const area = root.closest(".jp-OutputArea-output") ?? root;
    const edge = area.getBoundingClientRect();
    for (const node of root.querySelectorAll("*")) {
      if (node.matches(LABS)) continue;
      // What a typesetter makes has styles and places of its own: there only its reach counts.
      const checked = node.matches(TYPESET) ? ["link", "named", "command", "outside"] : null;
      for (const kind of checked ?? Object.keys(kinds))
        if (kinds[kind](node, edge, area)) note(kind, node);
    }
  }
  return { roots: roots.length, ...found };
}
