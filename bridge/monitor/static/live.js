// Puts the newest content of a page where the last one stood; never under the hands of who works in it.
"use strict";
const place = document.getElementById("live");
if (place) {
  const pulse = document.getElementById("pulse");
  const button = document.getElementById("pause");
  let source = null;
  let late = null;

  const say = (words) => { if (pulse.textContent !== words) pulse.textContent = words; };
  const still = () => document.activeElement.classList.contains("wide");  // a table that is only scrolled
  const busy = () => place.contains(document.activeElement) && document.activeElement.tabIndex >= 0 && !still();
  const put = (words) => {
    const open = [...place.querySelectorAll("details")].map((each) => each.open);
    const scrolled = [...place.querySelectorAll(".wide")].map((each) => each.scrollLeft);
    const held = [...place.querySelectorAll(".wide")].indexOf(document.activeElement);
    place.innerHTML = words;
    place.querySelectorAll("details").forEach((each, at) => { each.open = Boolean(open[at]); });
    place.querySelectorAll(".wide").forEach((each, at) => { each.scrollLeft = scrolled[at] || 0; });
    if (held >= 0) place.querySelectorAll(".wide")[held]?.focus({ preventScroll: true });
    place.dispatchEvent(new Event("content"));
  };
  const begin = () => {
    source = new EventSource(place.dataset.events);
    source.onopen = () => say(pulse.dataset.live);
    source.onerror = () => say(pulse.dataset.lost);
    source.addEventListener("content", (event) => {
      place.dataset.seen = event.lastEventId;
      if (busy()) late = event.data; else put(event.data);
    });
  };
  place.addEventListener("focusout", () => {
    setTimeout(() => { if (late !== null && !busy()) { put(late); late = null; } }, 0);
  });
  button.hidden = false;
  button.addEventListener("click", () => {
    const paused = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(paused));
    if (paused) { source.close(); say(pulse.dataset.paused); } else begin();
  });
  begin();
}
