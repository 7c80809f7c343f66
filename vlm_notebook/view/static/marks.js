// Foreign text made fit to be shown: nothing of it hides, and what was searched for is marked.

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const visible = (text) => text.replace(UNSEEN, "\ufffd"); // as many characters as before

// How many tokens, as models are told apart by: 128k, 1M.
function short(context) {
  const thousand = context % 8192 ? 1000 : 1024;
  const count = Math.round(context / thousand);
  return count < 1000 ? `${count}k` : `${Math.round(count / (thousand / 10)) / 10}M`;
}

// A text whose parts that match one of the words are marked.
function marked(text, words) {
  const lower = text.toLowerCase();
  const hits = new Set();
  if (lower.length === text.length)
    for (const word of words)
      for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1))
        for (let i = at; i < at + word.length; i++) hits.add(i);
  const shown = visible(text);
  const parts = [];
  for (let i = 0, from = 0; i < shown.length; from = i) {
    const isHit = hits.has(from);
    while (i < shown.length && hits.has(i) === isHit) i++;
    parts.push(isHit ? node("mark", {}, shown.slice(from, i)) : shown.slice(from, i));
  }
  return parts;
}

