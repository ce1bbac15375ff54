// Draws what the server has drawn together already. No tiles: nothing is asked of anybody outside.
"use strict";
const canvas = document.getElementById("map");
const chart = L.map(canvas, { attributionControl: false, zoomControl: false, minZoom: 2, maxZoom: 18, worldCopyJump: true });
L.control.zoom({ zoomInTitle: canvas.dataset.in, zoomOutTitle: canvas.dataset.out }).addTo(chart);
L.control.scale({ imperial: false }).addTo(chart);
const layer = L.layerGroup().addTo(chart);
const modes = () => [...document.querySelectorAll("[name=mode]:checked")].map((each) => each.value).join(",");
let fitted = false;
let asked = 0;

const told = (words) => {
  const box = document.createElement("div");
  for (const line of words) { const p = document.createElement("p"); p.textContent = line; box.append(p); }
  return box;
};
const icon = (classes, sign) => {
  const span = document.createElement("span");
  span.className = `mark ${classes}`;
  span.textContent = sign;
  return L.divIcon({ className: "", html: span, iconSize: [26, 26] });
};
const pin = (each) => {
  const words = told(each.words);
  if (each.outline) {
    L.geoJSON(each.outline, { interactive: true, style: { className: `area ${each.classes}`, weight: 2 } }).bindPopup(words).addTo(layer);
  }
  L.marker([each.lat, each.lon], { icon: icon(each.classes, each.sign), alt: each.words.join(", "), title: each.words[0] }).bindPopup(words).addTo(layer);
};
const bunch = (each) => {
  const mark = L.marker([each.lat, each.lon], { icon: icon(`many ${each.classes}`, each.count), alt: each.words, title: each.words }).addTo(layer);
  const [west, south, east, north] = each.box;
  mark.on("click", () => chart.fitBounds([[south, west], [north, east]], { maxZoom: Math.min(18, chart.getZoom() + 3) }));
};
const draw = async () => {
  const mine = ++asked;
  const query = new URLSearchParams({ modes: modes() });
  if (fitted) {
    query.set("box", chart.getBounds().toBBoxString());
    query.set("zoom", chart.getZoom());
  }
  const answer = await fetch(`${canvas.dataset.features}?${query}`);
  if (!answer.ok || mine !== asked) return;
  const found = await answer.json();
  if (mine !== asked) return;
  if (!fitted) {
    fitted = Boolean(found.box);
    const [west, south, east, north] = found.box || [73, 18, 135, 54];
    chart.fitBounds([[south, west], [north, east]], { maxZoom: 13 });
    if (fitted) return;
  }
  layer.clearLayers();
  if (!found.marks) return;  // nothing has a place yet
  found.marks.forEach(pin);
  found.clusters.forEach(bunch);
  canvas.dataset.drawn = String(found.marks.length + found.clusters.length);
};
chart.on("moveend", () => { if (fitted) draw(); });
let waiting = null;
document.getElementById("live").addEventListener("content", () => {
  if (waiting === null) waiting = setTimeout(() => { waiting = null; draw(); }, fitted ? 500 + Math.random() * 2500 : 0);
});
document.querySelectorAll("[name=mode]").forEach((each) => each.addEventListener("change", draw));
draw();
