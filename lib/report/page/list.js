// The overview of all incidents, who they are by, and the list.

const LIST_ROWS = 10;
const SHAPES = [
  "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5", "M-4.5-4.5h9v9h-9z", "M0-6L6 4.5H-6z", "M0-6L6 0L0 6L-6 0z",
  "M0 6L6-4.5H-6z", "M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z", "M0-3A3 3 0 1 1 0 3A3 3 0 1 1 0-3",
];
const PLAIN_SHAPE = SHAPES.length - 1; // of those with few incidents

const wanted = { culprit: "", host: "" }; // what the list is narrowed to; empty: to nothing
let culprits; // names, by number of incidents
let listed = []; // the incidents that are wanted, newest first
let firstListed = 0;

/** How often each value is there, most first: [value, count]. */
function counted(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

const svg = (tag, attributes, text = "") => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
};

function shapeOf(culprit) {
  const index = Math.min(PLAIN_SHAPE, culprits.indexOf(culprit));
  return svg("path", { d: SHAPES[index], class: "s" + index });
}

function showChips() {
  const counts = counted(incidents.map((incident) => incident.culprit));
  culprits = counts.map(([name]) => name);
  const chips = (name, values, mark) => values.map(([value, count]) => {
    const chip = button("", undefined, () => {
      wanted[name] = wanted[name] === value ? "" : value;
      showList();
    }, ...mark(value), element("span", "", value), element("b", "", `${count} ×`));
    chip.dataset.wants = name;
    chip.dataset.value = value;
    return element("li", "", undefined, chip);
  });
  const hosts = counted(incidents.map((incident) => incident.host));
  byId("chips").replaceChildren(
    ...chips("culprit", counts.slice(0, 12), (culprit) => {
      const picture = svg("svg", { viewBox: "-7 -7 14 14", "aria-hidden": "true" });
      picture.append(shapeOf(culprit));
      return [picture];
    }),
    ...(hosts.length > 1 ? chips("host", hosts, () => ["on "]) : []),
    ...(incidents.some((incident) => incident.kills) ? [element("li", "hint", "large dot: the kernel killed a process")] : []));
}

/** Incidents over time, by height. Who cannot see or point has the list. */
function drawOverview() {
  const [width, height] = [byId("dots").clientWidth, byId("dots").clientHeight];
  if (!width) return;
  const times = incidents.map((incident) => seconds(incident.start));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const low = Math.floor(Math.min(...incidents.map((incident) => incident.peak.percent)) / 10) * 10;
  const x = (time) => 44 + (last > first ? (time - first) / (last - first) : 0.5) * (width - 58);
  const y = (value) => height - 26 - ((value - low) / (100 - low || 1)) * (height - 38);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height });
  for (const value of [low, 100]) {
    picture.append(svg("line", { x1: 40, x2: width, y1: y(value), y2: y(value) }));
    picture.append(svg("text", { x: 36, y: y(value) + 4, "text-anchor": "end" }, value + " %"));
  }
  for (const part of last === first ? [0.5] : width < 600 ? [0, 1] : [0, 1 / 3, 2 / 3, 1]) {
    const time = first + part * (last - first);
    const at = iso(time, incidents[0].start);
    const text = last - first < 86400 ? clock(at) : last - first < 864000 ? at.slice(5, 16).replace("T", " ") : day(at);
    picture.append(svg("text", { x: x(time), y: height - 6, "text-anchor": ["start", "middle", "end"][Math.round(2 * part)] }, text));
  }
  const isListed = new Set(listed);
  for (const incident of [...incidents].reverse()) {
    const dot = shapeOf(incident.culprit);
    const place = `${x(seconds(incident.start)).toFixed(1)} ${y(incident.peak.percent).toFixed(1)}`;
    dot.setAttribute("transform", `translate(${place})${incident.kills ? " scale(1.6)" : ""}`);
    if (!isListed.has(incident)) dot.classList.add("unwanted");
    if (incident === chosen) dot.classList.add("chosen");
    dot.append(svg("title", {}, `${withOffset(incident.start)} ${incident.host}: ${incident.headline}, peak ${percent(incident.peak.percent)}`));
    dot.addEventListener("click", () => choose(incident));
    picture.append(dot);
  }
  const above = picture.querySelector(".chosen");
  if (above) picture.append(above);
  byId("dots").replaceChildren(picture);
}

/** The incidents that are wanted; the chosen one is among those shown, if it is one of them. */
function showList() {
  listed = incidents.filter((incident) =>
    (!wanted.culprit || incident.culprit === wanted.culprit) && (!wanted.host || incident.host === wanted.host));
  for (const chip of byId("chips").querySelectorAll("button")) {
    chip.setAttribute("aria-pressed", String(wanted[chip.dataset.wants] === chip.dataset.value));
  }
  if (listed.length && !listed.includes(chosen)) choose(listed[0]);
  else turnTo(Math.max(0, listed.indexOf(chosen)));
}

/** Of some incidents that with most kills, of those the highest. */
const worstOf = (some) =>
  some.reduce((a, b) => ((b.kills - a.kills || b.peak.percent - a.peak.percent) > 0 ? b : a));

/** An incident as the list has it. */
function wordsOf({ start, host, kills, ending, headline, peak, above }) {
  const hasHosts = incidents.some((each) => each.host !== host);
  const hasOffsets = incidents.some((each) => offset(each.start) !== offset(start)); // summer and winter
  const time = element("time", "", `${day(start)} ${clock(start)}${hasOffsets ? offset(start) : ""}${hasHosts ? " " + host : ""}`);
  time.dateTime = start;
  const more = `peak ${percent(peak.percent)}, ${period(above)}${kills ? `, ${kills} killed` : ""}${ending ? ", " + ending : ""}`;
  return [time, element("strong", "", headline), element("small", "", more)];
}

/** Shows the part of the list that has an index. */
function turnTo(index) {
  firstListed = Math.floor(index / LIST_ROWS) * LIST_ROWS;
  const hasFocus = byId("incidents").contains(document.activeElement);
  byId("incidents").replaceChildren(...listed.slice(firstListed, firstListed + LIST_ROWS).map((incident) => {
    const item = button("", undefined, () => choose(incident), ...wordsOf(incident));
    item.tabIndex = incident === chosen || !listed.includes(chosen) ? 0 : -1;
    if (incident === chosen) item.setAttribute("aria-current", "true");
    return element("li", "", undefined, item);
  }));
  if (!listed.length) byId("incidents").append(element("li", "hint", "none of both"));
  byId("worst").hidden = listed.length < 2;
  if (listed.length > 1) byId("worst").replaceChildren(element("b", "", `The worst of ${listed.length}`), ...wordsOf(worstOf(listed)));
  const last = Math.min(listed.length, firstListed + LIST_ROWS);
  byId("pages").hidden = listed.length <= LIST_ROWS;
  byId("page-text").textContent = `${firstListed + 1} to ${last} of ${listed.length}`;
  byId("newer").disabled = firstListed === 0;
  byId("older").disabled = last === listed.length;
  const [list, item] = [document.querySelector("nav"), byId("incidents").querySelector("[aria-current]")];
  if (hasFocus) item?.focus();
  else if (item) list.scrollTop += item.getBoundingClientRect().top - list.getBoundingClientRect().top - 40;
  drawOverview();
}

function listKeys(event) {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -listed.length, End: listed.length }[event.key];
  if (!step) return;
  event.preventDefault();
  choose(listed[Math.max(0, Math.min(listed.length - 1, listed.indexOf(chosen) + step))]);
}
