"use strict";
// The records that the page holds, as incidents; how their times, sizes and names are written.
// The blocks of JSON are what lib/memory_monitor.schema.json says, and rows as Page.java writes
// them. What they say becomes text, never markup.

const byId = (id) => document.getElementById(id);

/** An element with text, and with more elements in it. */
function element(tag, className, text, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function button(className, text, onClick, ...children) {
  const made = element("button", className, text, ...children);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

function press(buttons, pressed) {
  for (const each of buttons) each.setAttribute("aria-pressed", String(each === pressed));
}

// ---- Times, in the zone of the machine; sizes: written as in the log

const seconds = (time) => Date.parse(time) / 1000;
const offset = (time) => (time.endsWith("Z") ? "+00:00" : time.slice(-6));

/** The offset where the page is read, at that time. */
const offsetHere = (time) => /GMT(...)(..)/.exec(new Date(time)).slice(1).join(":");

function offsetSeconds(time) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(offset(time));
  return (sign === "-" ? -60 : 60) * (60 * hours + +minutes);
}

const day = (time) => time.slice(0, 10);
const clock = (time) => time.slice(11, 19);
const withOffset = (time) => day(time) + " " + clock(time) + offset(time);
const iso = (epoch, like) => new Date(1000 * (epoch + offsetSeconds(like))).toISOString().slice(0, 19) + offset(like);

function period(s) {
  if (s < 0.1 && s >= 0.001) return Math.floor(1000 * s + 1e-6) + " ms";
  if (s < 300) return (s < 10 ? Math.floor(10 * s + 1e-6) / 10 : Math.floor(s)) + " s";
  if (s < 18000) return Math.round(s / 60) + " min";
  return s < 432000 ? Math.round(s / 3600) + " h" : Math.round(s / 86400) + " days";
}

function size(kib) {
  const mib = Math.round(kib / 1024);
  return Math.abs(mib) < 1024 ? mib + " MiB" : (kib / 1048576).toFixed(1) + " GiB";
}

const percent = (value) => (Math.round(10 * value + 1e-9) / 10).toFixed(1) + " %"; // 23.45: 23.5, as in Java
const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

// ---- Kinds of memory: names, colours, and textures that tell them apart in grey

const KINDS = {
  processes: ["processes", "c0", "plain"],
  shared: ["tmpfs and shared memory", "c1", "rising"],
  slab: ["slab", "c2", "falling"],
  kernelStacks: ["kernel stacks", "c6", "dots"],
  pageTables: ["page tables", "c4", "lines"],
  sockets: ["socket buffers", "c5", "dots"],
  hugePages: ["huge pages", "c3", "falling"],
  zfsArc: ["ZFS ARC", "c6", "rising"],
  zram: ["zram", "c6", "plain"],
  zswap: ["zswap", "c3", "dots"],
  gpu: ["GPU", "c9", "lines"],
  heldFiles: ["locked files and ramfs", "c5", "rising"],
  perCpu: ["per-CPU", "c9", "falling"],
  balloon: ["balloon", "c4", "plain"],
  notAccountedFor: ["not accounted for", "c8", "plain"],
  reserve: ["kernel's reserve", "c7", "lines"],
  vmalloc: ["vmalloc", "c2", "dots"],
  swapCache: ["swap cache", "c3", "dots"],
  perCpuFree: ["free but kept by a CPU", "rest", "dots"],
};
const CULPRIT = ["culprit", "plain"];
const OTHER = ["other", "plain"];

/** A kind as [name, colour, texture]. */
const kindOf = (kind) => KINDS[kind] || [kind, "rest", "plain"];

/** The kind that what grew is of, by its name: that of the kind, or of a mount in tmpfs. */
const kindNamed = (name) =>
  name.startsWith("tmpfs ") ? "shared" : Object.keys(KINDS).find((kind) => KINDS[kind][0] === name);

/** A patch of a colour with its texture. */
function swatch([paint, texture], tag = "i") {
  const made = element(tag, texture);
  made.style.backgroundColor = `var(--${paint})`;
  return made;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

// ---- What ate it

const short = (unit) => unit.replace(/[.]service$/, "");

/** Of what grew that which the record names; undefined: it names none, or is not sure. Version 1.0.0 has words only. */
function answerOf({ growth, culprit, lead = "" }) {
  const { who, unit } = culprit ?? { who: lead };
  const begins = ({ level, name, unit: itsUnit, count }) => ({
    unit: short(itsUnit), job: `${count} processes of ${name}`, user: `${count} processes of user ${name}`,
  }[level] ?? name) + " ";
  const itsName = growth.items.filter((item) =>
    item.change !== "gone" && (who + " ").startsWith(begins(item)) && (!unit || unit === short(item.unit)));
  // The largest of a name need not be it: what was as large before is no news
  return itsName.find(({ level, unit: itsUnit, pid, count }) =>
    who.endsWith({ process: `(${pid})`, group: `×${count}` }[level] ?? "") &&
    (!culprit || unit === short(itsUnit) || ["unit", "job", "user"].includes(level))) ?? itsName[0];
}

function itemName(item) {
  const name = {
    process: `${item.name} (${item.pid})`,
    group: `${item.name} ×${item.count}`,
    unit: item.unit,
    job: `${item.count} processes of ${item.name}${item.pid ? ` (${item.pid})` : ""}`,
    user: `${item.count} processes of user ${item.name}`,
  }[item.level] || item.name;
  return item.unit && item.level !== "unit" ? `${name} in ${item.unit}` : name;
}

/** Who it is whenever it happens: without numbers. */
const culpritName = (item) => (item.level === "unit" ? item.unit : item.name);

/** The same of words alone, as the last ones before a crash are; empty: they name nobody. */
const nameIn = (lead = "") => /^(?!perhaps )(?:\d+ processes of (?:user )?)?(.+?)(?: \(\d+\)| ×\d+)?(?: in \S+)? \+\d/.exec(lead)?.[1] ?? "";

/** What ate it, as the record says it; where it names nobody, in its words. */
function headline({ culprit, lead }) {
  if (!culprit) return lead || "What ate it is not known";
  const { who, unit, sizeKiB, shared, seconds: s } = culprit;
  return `${who}${unit ? " in " + unit : ""} ate ${size(sizeKiB)}${shared ? " (shared)" : ""} in ${period(s)}`;
}

/** Whom the kernel has killed, as its own log says: {time, who, message}. */
function victimsOf(incident) {
  return incident.kernel.map((text) => {
    const [, at, message] = /^(\S+) (.*)/.exec(text) || [0, "", text];
    const [, pid, name] = /Killed process (\d+) \((.*)\) total-vm/.exec(message) || [0, "?", "?"];
    return { time: iso(seconds(at) || seconds(incident.start), incident.start), who: `${name} (${pid})`, message };
  });
}

// ---- Incidents

/** What a block holds; as on the terminal, nothing in it is unseen or turns the direction of text around. */
const unseen = /[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu;
const parse = (block) =>
  JSON.parse(block.textContent, (key, value) => (typeof value === "string" ? value.replace(unseen, "?") : value));

/** The monitor was stopped, memory was not back. Version 1.0.0 says so in its message only. */
const isStop = (line) => line.type === "end" && (line.stopped ?? String(line.message).startsWith("memory_monitor stopped"));

/** Kills without an incident: for a unit's own limit. */
const others = [];

const texts = []; // of the rows, each once

let illegible = 0; // incidents whose records lack what the schema asks for: others are shown all the same

/** All incidents, newest first; a table is {head, block, captured}. */
function readIncidents() {
  const incidents = new Map();
  const kernel = new Map(); // by incident, what its log says about victims
  let last;
  for (const block of document.querySelectorAll("script[type='application/json']")) {
    if (block.className === "rows") { // read when they are shown
      if (last) last.block = block;
      continue;
    }
    const line = parse(block);
    if (block.className === "texts") {
      for (const text of line) texts.push(text);
      continue;
    }
    if (block.className === "kernel") {
      kernel.set(line[0], line.slice(1));
      continue;
    }
    last = undefined;
    if (!line.incident) {
      if (line.type === "oomKill") others.push(line);
      continue;
    }
    if (!incidents.has(line.incident)) incidents.set(line.incident, { id: line.incident, tables: [], events: [] });
    const incident = incidents.get(line.incident);
    if (block.className === "table") {
      const host = { name: "unknown host", kernel: "?", processors: 1, ...line.host };
      last = { head: { ...line, host }, block: null };
      incident.tables.push(last);
    } else if (line.type === "captured") {
      const table = incident.tables.find((t) => t.head.time === line.time);
      if (table) table.captured = line;
    } else {
      incident.events.push(line);
    }
  }
  for (const { tables, events } of incidents.values()) {
    const died = events.find((line) => line.lastSeen && line.history?.totalKiB);
    if (!tables.length && died) tables.push({ head: seenLast(died), block: null });
  }
  return [...incidents.values()].filter((incident) => incident.tables.length > 0)
    .flatMap((incident) => {
      try {
        return { ...whole(incident), kernel: kernel.get(incident.id) || [] };
      } catch {
        illegible++;
        return [];
      }
    })
    .sort((a, b) => seconds(b.start) - seconds(a.start));
}

/** What stands for a record where the machine died before one was due: how it was when it was last seen. */
function seenLast(line) {
  const { totalKiB } = line.history;
  return {
    ...line, type: "seen", time: line.lastSeen, history: undefined, notes: [line.message],
    memoryPercent: line.lastSeenPercent, cpuPercent: undefined,
    totalKiB, usedKiB: (line.lastSeenPercent / 100) * totalKiB, usedKiBByKind: {},
    growth: { seconds: 0, items: [] }, byUnit: [], byUser: [], byCommand: [],
  };
}

/** An incident with what its lines say together. */
function whole({ id, tables, events }) {
  const byTime = (a, b) => seconds(a.time) - seconds(b.time);
  tables.sort((a, b) => byTime(a.head, b.head));
  const lines = [...tables.map((table) => table.head).filter((head) => head.type !== "seen"), ...events].sort(byTime);
  const most = (name) => Math.max(0, ...lines.map((line) => line[name] || 0));
  const highest = lines.reduce((a, b) => ((b.peakPercent || 0) > (a.peakPercent || 0) ? b : a));
  const { head } = tables[tables.length - 1];
  const last = lines.findLast((line) => line.lead); // it knows what had grown by the peak
  if (last) [head.lead, head.culprit] = [last.lead, last.culprit];
  const answer = answerOf(head);
  const end = lines.find((line) => line.type === "end" && !isStop(line));
  const stop = lines.find(isStop);
  const isLost = stop || lines.some((line) => line.type === "unended");
  const { aboveSince } = tables[0].head;
  offsetSeconds(aboveSince); // what cannot be told fails here, and here only
  const figures = [seconds(aboveSince), highest.peakPercent, seconds(highest.peakTime), ...lines.map((line) => seconds(line.time))];
  if (!figures.every(Number.isFinite) || !tables.every((table) => Array.isArray(table.head.notes))) throw new TypeError(id);
  return {
    id, tables, lines,
    host: head.host.name,
    start: aboveSince,
    peak: { percent: highest.peakPercent, time: highest.peakTime },
    above: most("aboveSeconds"),
    kills: most("oomKills"),
    end, stop,
    ending: end ? "" : isLost ? "no end" : "so far", // as report says it
    culprit: answer ? short(culpritName(answer)) : nameIn(head.lead) || "nobody named",
    headline: headline(head),
  };
}

/** The cells of a process, in the order in which Page.java writes them. */
const [UID, PID, CPU, AGE, VSZ, RSS, OWN, SWAP, THREADS, COMMAND_BYTES, USER, TTY, STAT, NAME, UNIT, COMMAND] =
  Array(16).keys();

function rowsOf(table) {
  if (!table.rows) {
    table.rows = table.block ? parse(table.block) : [];
    for (const row of table.rows) {
      for (let i = USER; i <= COMMAND; i++) if (typeof row[i] === "number") row[i] = texts[row[i]];
    }
  }
  return table.rows;
}
