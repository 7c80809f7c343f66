// The ids of models used lately at an endpoint, as this browser remembers them.

const RECENT = 5;
const shelf = (place) => `vlm-notebook:models:${place}`;
const unlike = (ids) => [...new Set(ids.filter(Boolean))].slice(0, RECENT);

// A browser may forbid it, and anybody may have changed it.
function remembered(place) {
  try {
    const ids = JSON.parse(localStorage.getItem(shelf(place)));
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

function remember(place, ids) {
  try {
    localStorage.setItem(shelf(place), JSON.stringify(ids));
  } catch {
    // what is not kept is missed by nobody today
  }
}

