// Draws what the server has drawn together already. No tiles: nothing is asked of anybody outside.
"use strict";
const canvas = document.getElementById("map");
const chart = L.map(canvas, { attributionControl: false, zoomControl: false, minZoom: 2, maxZoom: 18, worldCopyJump: true });
L.control.zoom({ zoomInTitle: canvas.dataset.in, zoomOutTitle: canvas.dataset.out }).addTo(chart);
L.control.scale({ imperial: false }).addTo(chart);
const layer = L.layerGroup().addTo(chart);
const modes = () => [...document.querySelectorAll("[name=mode]:checked")].map((each) => each.value).join(",");
let following = true;  // shows where everything is, until all is read or a hand moves the map
let fitting = false;
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
const ask = async (words) => {
  const answer = await fetch(`${canvas.dataset.features}?${new URLSearchParams({ modes: modes(), ...words })}`);
  return answer.ok ? answer.json() : null;
};
const fit = async () => {
  const found = await ask({});
  if (!found || !following) return;
  following = !(found.ready && found.box);
  const [west, south, east, north] = found.box || [73, 18, 135, 54];
  fitting = true;
  chart.fitBounds([[south, west], [north, east]], { maxZoom: 13, animate: false });
  fitting = false;
};
const draw = async () => {
  const mine = ++asked;
  if (following) await fit();
  if (mine !== asked || !chart.getZoom()) return;
  const found = await ask({ box: chart.getBounds().toBBoxString(), zoom: chart.getZoom() });
  if (!found || mine !== asked) return;
  layer.clearLayers();
  found.marks.forEach(pin);
  found.clusters.forEach(bunch);
  canvas.dataset.drawn = String(found.marks.length + found.clusters.length);
};
chart.on("moveend", () => { if (!fitting) draw(); });
for (const hand of ["pointerdown", "wheel", "keydown"]) canvas.addEventListener(hand, () => { following = false; }, true);
let waiting = null;
document.getElementById("live").addEventListener("content", () => {
  if (waiting === null) waiting = setTimeout(() => { waiting = null; draw(); }, following ? 0 : 500 + Math.random() * 2500);
});
document.querySelectorAll("[name=mode]").forEach((each) => each.addEventListener("change", draw));
draw();
