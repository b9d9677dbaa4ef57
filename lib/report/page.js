"use strict";
// Shows the records that the page holds: blocks of JSON, see Page.java and
// lib/memory_monitor.schema.json. What they say becomes text, never markup.

const byId = (id) => document.getElementById(id);

/** An element with text, and with more elements in it. */
function element(tag, className, text, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

// ---- Records

/** What a block holds; as on the terminal, nothing in it is unseen or turns the direction of text around. */
const unseen = /[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu;
const parse = (block) =>
  JSON.parse(block.textContent, (key, value) => (typeof value === "string" ? value.replace(unseen, "?") : value));

const others = []; // kills without an incident: for a unit's own limit

/** The monitor was stopped, memory was not back. */
const isStop = (line) => line.type === "end" && String(line.message).startsWith("memory_monitor stopped");

/** All incidents, newest first: {id, tables, events}; a table is {head, block, captured}. */
function readIncidents() {
  const incidents = new Map();
  let last;
  for (const block of document.querySelectorAll("script[type='application/json']")) {
    if (block.className === "rows") {
      if (last) last.block = block;
      continue;
    }
    const line = parse(block);
    const id = line.incident;
    if (!id) {
      last = undefined;
      if (line.type === "oomKill") others.unshift(line);
      continue;
    }
    if (!incidents.has(id)) incidents.set(id, { id, tables: [], events: [] });
    const incident = incidents.get(id);
    if (block.className === "table") {
      last = { head: line, block: null };
      incident.tables.push(last);
    } else if (line.type === "captured") {
      const table = incident.tables.find((t) => t.head.time === line.time);
      if (table) table.captured = line;
    } else {
      incident.events.push(line);
    }
  }
  return [...incidents.values()]
    .filter((incident) => incident.tables.length > 0)
    .map((incident) => {
      incident.tables.sort((a, b) => seconds(a.head.time) - seconds(b.head.time));
      const all = [...incident.tables.map((t) => t.head), ...incident.events];
      all.sort((a, b) => seconds(a.time) - seconds(b.time));
      const most = (name) => Math.max(0, ...all.map((line) => line[name] || 0));
      return {
        ...incident,
        all,
        start: incident.tables[0].head.aboveSince,
        peak: most("peakPercent"),
        above: most("aboveSeconds"),
        kills: most("oomKills"),
        end: all.find((line) => line.type === "end" && !isStop(line)),
        stop: all.find(isStop),
        lead: incident.tables[incident.tables.length - 1].head.lead,
      };
    })
    .sort((a, b) => seconds(b.start) - seconds(a.start));
}

/** The cells of a process, in the order in which Page.java writes them. */
const [UID, PID, CPU, AGE, VSZ, RSS, OWN, SWAP, THREADS, COMMAND_BYTES, USER, TTY, STAT, NAME, COMMAND] =
  Array(15).keys();

function rowsOf(table) {
  table.rows ??= table.block ? parse(table.block) : [];
  return table.rows;
}

// ---- Times, in the zone of the machine; sizes

const seconds = (time) => Date.parse(time) / 1000;
const offset = (time) => (time.endsWith("Z") ? "+00:00" : time.slice(-6));

function offsetSeconds(time) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(offset(time));
  return (sign === "-" ? -60 : 60) * (60 * hours + +minutes);
}

const day = (time) => time.slice(0, 10);
const clock = (time) => time.slice(11, 19);
const withOffset = (time) => day(time) + " " + clock(time) + offset(time);
const iso = (epoch, like) => new Date(1000 * (epoch + offsetSeconds(like))).toISOString().slice(0, 19) + offset(like);

function period(s) {
  if (s < 120) return (s < 10 ? Math.floor(10 * s) / 10 : Math.floor(s)) + " s";
  if (s < 7200) return Math.floor(s / 60) + " min";
  return s < 172800 ? Math.floor(s / 3600) + " h" : Math.floor(s / 86400) + " days";
}

function size(kib) {
  const gib = kib / 1048576;
  return Math.abs(gib) < 0.1 ? Math.floor(kib / 1024) + " MiB" : gib.toFixed(1) + " GiB";
}

const percent = (value) => (Math.round(10 * value + 1e-9) / 10).toFixed(1) + " %"; // 23.45: 23.5, as in Java

const KINDS = {
  processes: "processes", shared: "tmpfs and shared memory", heldFiles: "locked files and ramfs",
  slab: "slab", pageTables: "page tables", kernelStacks: "kernel stacks", perCpu: "per-CPU",
  sockets: "socket buffers", hugePages: "huge pages", zfsArc: "ZFS ARC", zram: "zram",
  zswap: "zswap", gpu: "GPU", balloon: "balloon", reserve: "kernel's reserve",
  perCpuFree: "free but kept by a CPU", notAccountedFor: "not accounted for",
};

/** Each kind has its colour everywhere. */
const PAINTS = {
  processes: "c0", shared: "c1", slab: "c2", hugePages: "c3", pageTables: "c4", sockets: "c5",
  zfsArc: "c6", zram: "c6", zswap: "c3", gpu: "c9", heldFiles: "c5", notAccountedFor: "c8",
  kernelStacks: "c2", perCpu: "c2", balloon: "c6", reserve: "c7", perCpuFree: "rest",
};

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

// ---- The list of incidents

const incidents = readIncidents();
let chosen;
let table; // of the chosen incident

function headline(lead) {
  const ate = /^(.*) \+([\d.]+ [MG]iB)( \(shared\))? in (.+)$/.exec(lead);
  return ate ? `${ate[1]} ate ${ate[2]}${ate[3] || ""} in ${ate[4]}` : lead || "What ate it is not known";
}

function listIncidents() {
  const list = byId("incidents");
  const hasOffsets = new Set(incidents.map((incident) => offset(incident.start))).size > 1; // summer and winter
  incidents.forEach((incident, index) => {
    const kills = incident.kills ? `, ${incident.kills} killed` : "";
    const time = element("time", "", `${day(incident.start)} ${clock(incident.start)}${hasOffsets ? offset(incident.start) : ""}`);
    time.dateTime = incident.start;
    const button = element(
      "button", "", undefined, time, element("strong", "", headline(incident.lead)),
      element("small", "", `peak ${percent(incident.peak)}, ${period(incident.above)}${kills}${incident.end ? "" : ", no end"}`));
    button.type = "button";
    button.addEventListener("click", () => choose(index));
    list.append(element("li", "", undefined, button));
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -incidents.length, End: incidents.length }[event.key];
    if (!step) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(incidents.length - 1, incidents.indexOf(chosen) + step));
    choose(to);
    list.children[to].firstChild.focus();
  });
}

function choose(index) {
  chosen = incidents[index];
  [...byId("incidents").children].forEach((item, i) => {
    const button = item.firstChild;
    button.tabIndex = i === index ? 0 : -1;
    if (i === index) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
  byId("incident").hidden = false;
  hidden.clear();
  showRecords();
  chooseTable(chosen.tables[chosen.tables.length - 1]);
  showEvents("events", chosen.all);
  byId("events").parentNode.open = chosen.kills > 0; // who was killed is to be seen
  const growth = table.head.growth.seconds;
  const from = seconds(chosen.start) - Math.max(60, 1.5 * growth);
  showSpans([["Incident", from], ["1 h", -3600], ["1 day", -86400], ["All", -Infinity]]);
}

function press(buttons, pressed) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button === pressed));
}

function showRecords() {
  const group = byId("records");
  group.replaceChildren(...chosen.tables.map((each) => {
    const button = element("button", "", `${after(each.head.time)} at ${percent(each.head.memoryPercent)}`);
    button.type = "button";
    button.addEventListener("click", () => chooseTable(each));
    return button;
  }));
  group.hidden = chosen.tables.length < 2;
}

/** A time in the chosen incident: with the day where that is another. */
const after = (time) => (day(time) === day(chosen.start) ? "" : day(time).slice(5) + " ") + clock(time);

/** Shows one record of the incident. */
function chooseTable(each) {
  table = each;
  press(byId("records").children, byId("records").children[chosen.tables.indexOf(each)]);
  const head = table.head;
  byId("headline").textContent = headline(head.lead);
  byId("when").textContent = `${withOffset(chosen.start)}, above ${head.thresholdPercent} % for ${period(chosen.above)}`;
  const figures = [
    ["peak", percent(chosen.peak)],
    ["RAM in use at the record", `${size(head.usedKiB)} of ${size(head.totalKiB)}`],
    ["CPU", percent(head.cpuPercent)],
    ["OOM kills", String(chosen.kills), chosen.kills > 0],
    ["swap", head.swapTotalKiB ? `${size(head.swapUsedKiB)} of ${size(head.swapTotalKiB)}` : "none"],
    ["end", chosen.end ? after(chosen.end.time) : chosen.stop ? `stopped ${after(chosen.stop.time)}` : "not recorded", !chosen.end],
  ];
  byId("figures").replaceChildren(...figures.map(([name, value, isBad]) =>
    element("div", isBad ? "bad" : "", undefined, element("dt", "", name), element("dd", "", value))));
  showWhere();
  showBars();
  showNotes();
  byId("filter").value = "";
  sortBy(COLUMNS.findIndex((column) => column.name === "RSS"), true);
}

function showEvents(id, lines) {
  byId(id).replaceChildren(...lines.map((line) =>
    element("li", "", undefined, element("time", "", withOffset(line.time)), line.message)));
}

// ---- Where memory is, and who has it

function showWhere() {
  const head = table.head;
  const parts = Object.entries(head.usedKiBByKind)
    .filter(([, kib]) => kib >= head.totalKiB / 200)
    .sort((a, b) => b[1] - a[1])
    .map(([kind, kib]) => [KINDS[kind] || kind, kib, PAINTS[kind] || "rest"]);
  const other = head.usedKiB - parts.reduce((sum, part) => sum + part[1], 0);
  parts.push([other < 0 ? "counted as two kinds" : "other kinds", other, "other"]);
  const twice = Math.min(0, other); // taken off the largest: the bar is all memory
  parts.push(["available", head.totalKiB - head.usedKiB, "free"]);
  byId("where").replaceChildren(...parts.map(([name, kib, paint], i) => {
    const part = element("span");
    part.style.flexGrow = Math.max(0, i === 0 ? kib + twice : kib);
    part.style.flexBasis = 0;
    part.style.background = `var(--${paint})`;
    part.title = `${name} ${size(kib)}`;
    return part;
  }));
  byId("where-list").replaceChildren(...parts.map(([name, kib, paint]) => {
    const swatch = element("i");
    swatch.style.background = `var(--${paint})`;
    return element("li", "", undefined, swatch, element("span", "", name + " ", element("b", "", size(kib)), ` ${percent((100 * kib) / head.totalKiB)}`));
  }));
}

/** Rows of [name, remark, size in words, share of the longest bar or none, class]. */
function bars(id, rows) {
  byId(id).replaceChildren(...rows.map(([name, remark, value, share, className]) => {
    const row = element(
      "li", className, undefined,
      element("span", "name", name, ...(remark ? [" ", element("small", "", remark)] : [])),
      element("span", "size", value));
    if (share !== undefined) {
      const bar = element("span");
      bar.style.width = `${Math.max(0, Math.min(100, 100 * share))}%`;
      row.append(element("span", "bar", undefined, bar));
    }
    return row;
  }));
  if (!rows.length) byId(id).append(element("li", "", "nothing worth a word"));
}

function itemName(item) {
  const name = {
    process: `${item.name} (${item.pid})`,
    group: `${item.name} ×${item.count}`,
    unit: item.unit,
    job: `${item.count} processes of ${item.name} (${item.pid})`,
    user: `${item.count} processes of user ${item.name}`,
  }[item.level] || item.name;
  return item.unit && item.level !== "unit" ? `${name} in ${item.unit}` : name;
}

function showBars() {
  const head = table.head;
  byId("growth-title").textContent = `What grew in ${period(head.growth.seconds)}`;
  const items = head.growth.items;
  const mostGrown = Math.max(1, ...items.map((item) => item.sizeKiB));
  const change = (item) => ({ grown: "+", new: "+", gone: "−" })[item.change] + size(item.sizeKiB);
  const remarks = (item) => [item.change === "grown" ? "" : item.change, item.steady ? "steadily" : "", item.shared ? "shared" : ""];
  bars("growth", items.flatMap((item) => [
    [itemName(item), remarks(item).filter(Boolean).join(", "), change(item), item.sizeKiB / mostGrown, item.change],
    ...item.members.map((member) => [
      itemName(member.unit === item.unit ? { ...member, unit: "" } : member),
      remarks(member).filter(Boolean).join(", "), change(member), undefined, "member"]),
  ]));
  for (const [id, owners] of [["by-unit", head.byUnit], ["by-user", head.byUser], ["by-command", head.byCommand]]) {
    const most = Math.max(1, ...owners.map((owner) => owner.sizeKiB));
    const worth = owners.filter((owner) => owner.sizeKiB >= 1024).slice(0, 8);
    bars(id, worth.map((owner) => [owner.name, "", size(owner.sizeKiB), owner.sizeKiB / most, ""]));
  }
  const shortage = [];
  if (head.swapTotalKiB) {
    shortage.push(["swap in use", `of ${size(head.swapTotalKiB)}`, size(head.swapUsedKiB), head.swapUsedKiB / head.swapTotalKiB, "hot"]);
  } else {
    shortage.push(["no swap"]);
  }
  if (head.pressure) {
    shortage.push(["some tasks waited for memory", "last 10 s", percent(head.pressure.somePercent), head.pressure.somePercent / 100, "hot"]);
    shortage.push(["all tasks waited for memory", "last 10 s", percent(head.pressure.fullPercent), head.pressure.fullPercent / 100, "hot"]);
  } else {
    shortage.push(["memory pressure is not known here"]);
  }
  if (head.stalledSeconds > 0) shortage.push(["sampling was stalled", "", period(head.stalledSeconds), undefined]);
  bars("shortage", shortage);
}

function showNotes() {
  const notes = [...table.head.notes, ...(table.captured ? table.captured.captureNotes : ["the record is not whole: monitor or machine were stopped in it"])];
  if (table.head.shortened) notes.push("only the largest processes are there: " + table.head.shortened);
  if (table.captured && table.captured.cut) notes.push("cut off: " + table.captured.cut);
  byId("notes").replaceChildren(...notes.map((note) => element("li", "", "# " + note)));
}

// ---- The table of processes, with the columns of ps aux

const share = (row) => (row[AGE] > 0 ? (100 * row[CPU]) / row[AGE] : 0);
const memoryShare = (row) => (100 * row[RSS]) / table.head.totalKiB;

function started(row) {
  const now = table.head.time;
  const time = iso(seconds(now) - row[AGE], now);
  if (time.slice(0, 4) !== now.slice(0, 4)) return time.slice(0, 4);
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  return day(time) === day(now) ? time.slice(11, 16) : months[time.slice(5, 7) - 1] + time.slice(8, 10);
}

function cpuTime(row) {
  const whole = Math.floor(row[CPU]);
  return Math.floor(whole / 60) + ":" + String(whole % 60).padStart(2, "0");
}

const COLUMNS = [
  { name: "USER", isText: true, key: (row) => row[USER] },
  { name: "PID", key: (row) => row[PID] },
  { name: "%CPU", key: share, cell: (row) => share(row).toFixed(1) },
  { name: "%MEM", key: memoryShare, cell: (row) => memoryShare(row).toFixed(1) },
  { name: "VSZ", key: (row) => row[VSZ] },
  { name: "RSS", key: (row) => row[RSS] },
  { name: "TTY", isText: true, key: (row) => row[TTY] },
  { name: "STAT", isText: true, key: (row) => row[STAT] },
  { name: "START", key: (row) => -row[AGE], cell: started },
  { name: "TIME", key: (row) => row[CPU], cell: cpuTime },
  { name: "COMMAND", isText: true, key: (row) => row[COMMAND], className: "command",
    cell: (row) => row[COMMAND] + (row[COMMAND_BYTES] ? "…" : "") },
];
const FIRST_ROWS = 200;
let sorted = { column: -1, isDown: true, rows: [] };
let shown = 0;

function makeHeads() {
  byId("columns").replaceChildren(...COLUMNS.map((column, index) => {
    const button = element("button", "", column.name);
    button.type = "button";
    button.addEventListener("click", () =>
      sortBy(index, sorted.column === index ? !sorted.isDown : !column.isText));
    const head = element("th", column.isText ? "text" : "", undefined, button);
    head.scope = "col";
    return head;
  }));
}

function sortBy(index, isDown) {
  const { key } = COLUMNS[index];
  const keyed = rowsOf(table).map((row) => [key(row), row]);
  const sign = isDown ? -1 : 1;
  keyed.sort((a, b) => (a[0] < b[0] ? -sign : a[0] > b[0] ? sign : 0));
  sorted = { column: index, isDown, rows: keyed.map((pair) => pair[1]) };
  [...byId("columns").children].forEach((head, i) => {
    if (i === index) head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  showRows();
}

let matching = [];

function showRows() {
  const wanted = byId("filter").value.trim().toLowerCase();
  matching = !wanted ? sorted.rows : sorted.rows.filter((row) =>
    row[COMMAND].toLowerCase().includes(wanted) || row[USER].toLowerCase().includes(wanted) ||
    row[NAME].toLowerCase().includes(wanted) || String(row[PID]) === wanted);
  shown = 0;
  byId("rows").replaceChildren();
  showMore(FIRST_ROWS);
  const all = table.captured ? table.captured.processes : sorted.rows.length;
  const twice = sorted.rows.reduce((sum, row) => sum + row[RSS], 0) - table.head.usedKiB;
  byId("twice").textContent = `RSS adds up to ${size(twice)} more than is in use: what is shared counts in each. What grew, and By command, tell it apart.`;
  byId("twice").hidden = twice <= 0;
  byId("count").textContent = wanted ? `${matching.length} of ${all} processes` : `${all} processes`;
}

function showMore(count) {
  const rows = document.createDocumentFragment();
  for (const row of matching.slice(shown, shown + count)) {
    const line = document.createElement("tr");
    for (const column of COLUMNS) {
      const cell = document.createElement("td");
      cell.className = column.className || (column.isText ? "text" : "");
      const text = (column.cell || column.key)(row);
      if (column.className) cell.append(element("div", "", text));
      else cell.textContent = text;
      line.append(cell);
    }
    rows.append(line);
  }
  byId("rows").append(rows);
  shown = Math.min(matching.length, shown + count);
  byId("printed").textContent = `The first ${Math.min(60, shown)} of ${matching.length} are printed.`;
  byId("printed").hidden = matching.length <= 60;
  const left = matching.length - shown;
  byId("more").hidden = left === 0;
  byId("more").textContent = `Show ${Math.min(left, 1000)} more of ${left}`;
}

// ---- The chart

let stackBy = "kind";
const hidden = new Set(); // names of series
let span = [0, 1];
let plot;

/** What is stacked, lowest first: {name, paint, values}; the values are in KiB. */
function seriesOf(history, total) {
  const rest = history.usedKiB.slice();
  const take = (values) => values.forEach((kib, i) => { rest[i] -= kib; });
  const series = [];
  if (stackBy === "kind") {
    const isFloor = (kind) => kind === "reserve" || kind === "perCpuFree"; // hardly changes: below
    Object.entries(history.usedKiBByKind)
      .filter(([, values]) => Math.max(...values) >= total / 200)
      .sort((a, b) => isFloor(b[0]) - isFloor(a[0]) || Math.max(...b[1]) - Math.max(...a[1]))
      .forEach(([kind, values]) => series.push({ name: KINDS[kind] || kind, paint: PAINTS[kind] || "rest", values }));
  } else {
    history.swapUsedKiB.forEach((kib, i) => { rest[i] += kib; });
    history.groups.forEach((group, i) => {
      const name = group.name + (group.unit ? " in " + group.unit : "");
      series.push({ name, paint: "c" + i, values: group.sizeKiB });
    });
  }
  series.forEach((each) => { take(each.values); each.values = each.values.slice(); });
  rest.forEach((kib, i) => { // counted twice: off the largest then
    if (kib >= 0 || !series.length) return;
    const largest = series.reduce((a, b) => (b.values[i] > a.values[i] ? b : a));
    largest.values[i] += kib;
  });
  const name = stackBy === "kind" ? "other kinds" : "everything else";
  series.push({ name, paint: "other", values: rest.map((kib) => Math.max(0, kib)) });
  return series;
}

function chartData() {
  const { head } = chosen.tables[chosen.tables.length - 1];
  const shift = offsetSeconds(head.time);
  const told = chosen.all.filter((line) => line.history && line.history.seconds.length).pop() || {
    time: head.time,
    history: { seconds: [0], usedKiB: [head.usedKiB], swapUsedKiB: [head.swapUsedKiB], usedKiBByKind: {}, groups: [] },
  };
  const { history } = told;
  const series = seriesOf(history, head.totalKiB);
  const times = history.seconds.map((s) => seconds(told.time) + s + shift);
  const later = laterPoints(times[times.length - 1] - shift).map((point) => [point[0] + shift, (point[1] / 100) * head.totalKiB]);
  const x = [...times, ...later.map((point) => point[0])];
  const used = [...history.usedKiB, ...later.map(() => null)];
  const after = [...times.slice(1).map(() => null), history.usedKiB[times.length - 1], ...later.map((point) => point[1])];
  const sums = times.map(() => 0);
  const stack = series.map((each) => {
    if (!hidden.has(each.name)) each.values.forEach((kib, i) => { sums[i] += kib; });
    return { ...each, isShown: !hidden.has(each.name), sums: [...sums, ...later.map(() => null)] };
  });
  return { head, shift, x, used, after, stack, told: times.length };
}

/** What is known after the history, when nothing but overall use is told: [seconds, percent]. */
function laterPoints(from) {
  const points = new Map();
  for (const line of chosen.all) {
    if (line.peakTime) points.set(seconds(line.peakTime), line.peakPercent);
    points.set(seconds(line.time), line.memoryPercent);
  }
  return [...points].filter((point) => point[0] > from).sort((a, b) => a[0] - b[0]);
}

function marksOf(shift) {
  const marks = [{ at: seconds(chosen.start) + shift, text: "above", paint: "warn" }];
  for (const line of chosen.all) {
    const [text, paint] = {
      incident: ["record", "accent"], climbed: ["record", "accent"], end: ["end", "good"], oomKill: ["OOM kill", "bad"],
      stop: ["stopped", "bad"], unended: ["restarted", "soft"],
    }[isStop(line) ? "stop" : line.type] || [line.type, "soft"];
    marks.push({ at: seconds(line.time) + shift, text, paint });
  }
  return marks;
}

function drawMarks(u, data) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
  ctx.clip();
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  ctx.lineWidth = 1.5 * ratio;
  const line = (paint, ...points) => { // with a halo: it may stand on what is stacked
    for (const [width, stroke] of [[4, color("card")], [1.5, color(paint)]]) {
      ctx.lineWidth = width * ratio;
      ctx.strokeStyle = stroke;
      ctx.beginPath();
      ctx.moveTo(points[0], points[1]);
      ctx.lineTo(points[2], points[3]);
      ctx.stroke();
    }
  };
  const limit = u.valToPos((data.head.thresholdPercent / 100) * data.head.totalKiB, "y", true);
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  line("bad", bbox.left, limit, bbox.left + bbox.width, limit);
  ctx.setLineDash([]);
  ctx.textAlign = "left";
  const ends = [0, 0, 0]; // of the labels in each line above the chart
  for (const mark of marksOf(data.shift)) {
    const at = Math.round(u.valToPos(mark.at, "x", true));
    if (at < bbox.left - 1 || at > bbox.left + bbox.width + 1) continue;
    line(mark.paint, at, bbox.top - 4 * ratio, at, bbox.top + bbox.height);
    ctx.fillStyle = color(mark.paint);
    const width = ctx.measureText(mark.text).width;
    const left = Math.min(Math.max(at - width / 2, bbox.left), bbox.left + bbox.width - width);
    const row = ends.findIndex((end) => left > end + 6 * ratio);
    if (row >= 0) {
      ends[row] = left + width;
      ctx.fillText(mark.text, left, bbox.top - (8 + 14 * row) * ratio);
    }
  }
  const threshold = `threshold ${data.head.thresholdPercent} %`;
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = color("card");
  ctx.lineJoin = "round";
  ctx.strokeText(threshold, bbox.left + 8 * ratio, limit - 6 * ratio);
  ctx.fillStyle = color("bad");
  ctx.fillText(threshold, bbox.left + 8 * ratio, limit - 6 * ratio);
  ctx.restore();
}

function drawChart() {
  if (!chosen) return;
  if (plot) plot.destroy();
  const data = chartData();
  const { head, stack } = data;
  const box = byId("chart");
  const high = (Math.max(chosen.peak, head.thresholdPercent) / 100) * head.totalKiB;
  const top = Math.max(Math.min(head.totalKiB, 1.25 * high), ...stack.map((each) => Math.max(...each.sums)));
  const axis = { stroke: color("soft"), grid: { stroke: color("line"), width: 1 }, ticks: { stroke: color("line"), width: 1 } };
  const unit = top >= 1 << 20 ? 1 << 20 : 1 << 10;
  const options = {
    width: box.clientWidth,
    height: Math.max(290, Math.min(380, Math.round(box.clientWidth * 0.42))),
    padding: [44, 30, 0, 0], // half of the last time
    tzDate: (s) => uPlot.tzDate(new Date(1000 * s), "Etc/UTC"), // times are shifted to the machine's zone
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { show: false }, y: false },
    scales: { x: { min: span[0] + data.shift, max: span[1] + data.shift }, y: { range: [0, top] } },
    axes: [
      { ...axis, ...timeAxis() },
      { ...axis, size: 64, splits: () => splits(top / unit).map((v) => v * unit),
        values: (u, values) => values.map((v) => `${v / unit} ${unit === 1 << 20 ? "GiB" : "MiB"}`) },
    ],
    series: [
      {},
      ...stack.map((each) => ({ stroke: color(each.paint), fill: color(each.paint), width: 0, points: { show: false }, show: each.isShown })).reverse(),
      { stroke: color("text"), width: 2, points: { show: false } },
      { stroke: color("text"), width: 2, dash: [2, 4], points: { show: false }, spanGaps: true },
    ],
    hooks: {
      draw: [(u) => drawMarks(u, data)],
      setCursor: [(u) => showLegend(data, u.cursor.idx)],
      setSelect: [(u) => {
        if (u.select.width > 5) {
          setSpan(u.posToVal(u.select.left, "x") - data.shift, u.posToVal(u.select.left + u.select.width, "x") - data.shift);
        }
      }],
    },
  };
  options.cursor.bind = { dblclick: () => () => setSpan(...whole()) };
  options.cursor.drag.setScale = false; // setSpan does, and draws again
  const lines = stack.map((each) => each.sums).reverse();
  plot = new uPlot(options, [data.x, ...lines, data.used, data.after], box);
  showLegend(data, null);
}

/** Times as 24 hours, and days where there is more than one. */
function timeAxis() {
  return {
    space: 80,
    incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800],
    values: (u, values, index, space, step) => {
      let before = "";
      return values.map((s) => {
        const at = new Date(1000 * s).toISOString();
        const date = at.slice(5, 10);
        const text = step >= 86400 ? date : step >= 60 ? at.slice(11, 16) : at.slice(11, 19);
        const isNewDay = date !== before;
        before = date;
        return isNewDay && step < 86400 ? text + "\n" + at.slice(0, 10) : text;
      });
    },
  };
}

function splits(top) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
  const step = steps.find((each) => top / each <= 8) || top / 8;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => Math.round(i * step * 100) / 100);
}

function showLegend(data, index) {
  const isLive = index !== null && index !== undefined;
  const at = isLive ? index : data.used.indexOf(Math.max(...data.used)); // the peak, mostly
  const used = data.used[at] ?? data.after[at];
  const percentUsed = percent((100 * used) / data.head.totalKiB);
  const time = new Date(1000 * data.x[at]).toISOString();
  byId("chart-text").textContent =
    `${time.slice(0, 10)} ${time.slice(11, 19)}${offset(data.head.time)}: ${size(used)} in use, ${percentUsed}` +
    (isLive ? "" : ". Drag to zoom, double-click for all; keys + − ← → 0");
  const legend = byId("legend");
  if (legend.children.length !== data.stack.length || legend.dataset.by !== stackBy + chosen.id) {
    legend.dataset.by = stackBy + chosen.id;
    legend.replaceChildren(...data.stack.map((each) => {
      const swatch = element("i");
      swatch.style.background = `var(--${each.paint})`;
      const button = element("button", "", undefined, swatch, element("span", "", each.name), element("b"));
      button.type = "button";
      button.addEventListener("click", () => {
        if (!hidden.delete(each.name)) hidden.add(each.name);
        drawChart();
      });
      return element("li", "", undefined, button);
    }));
  }
  data.stack.forEach((each, i) => {
    const button = legend.children[i].firstChild;
    button.setAttribute("aria-pressed", String(each.isShown));
    button.lastChild.textContent = size(each.values[Math.min(at, data.told - 1)]);
  });
}

/** The whole time that the chart knows: [from, to]. */
function whole() {
  const { x, shift } = chartData();
  const from = x[0] - shift;
  const to = x[x.length - 1] - shift;
  return to > from ? [from, to] : [from - 30, to + 30];
}

function setSpan(from, to) {
  const [first, last] = whole();
  const width = Math.max(5, Math.min(last - first, to - from));
  const start = Math.max(first, Math.min(last - width, from));
  span = [start, start + width];
  press(byId("spans").children, null);
  drawChart();
}

/** Buttons for times: from then on, or so many seconds before the end. */
function showSpans(choices) {
  const [first, last] = whole();
  const group = byId("spans");
  const known = choices.filter(([name, from]) => name === "Incident" || name === "All" || last + from > first);
  group.replaceChildren(...known.map(([name, from]) => {
    const button = element("button", "", name);
    button.type = "button";
    button.addEventListener("click", () => {
      setSpan(from > 0 ? from : last + from, last);
      press(group.children, button);
    });
    return button;
  }));
  group.firstChild.click();
}

function chartKeys(event) {
  const [from, to] = span;
  const width = to - from;
  const zoom = {
    "+": [from + width / 4, to - width / 4], "=": [from + width / 4, to - width / 4],
    "-": [from - width / 2, to + width / 2],
    ArrowLeft: [from - width / 5, to - width / 5], ArrowRight: [from + width / 5, to + width / 5],
    0: whole(),
  }[event.key];
  if (zoom && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    setSpan(...zoom);
  }
}

function stackWhat(by, button) {
  stackBy = by;
  hidden.clear();
  press([byId("by-kind"), byId("by-group")], button);
  drawChart();
}

// ---- All together

function begin() {
  byId("others").hidden = others.length === 0;
  showEvents("others-list", others);
  if (!incidents.length) {
    byId("nothing").hidden = false;
    return;
  }
  const head = incidents[0].tables[0].head;
  byId("machine").textContent = `${head.host.name} · ${size(head.totalKiB)} RAM · ${head.host.processors} CPUs · Linux ${head.host.kernel}`;
  const first = incidents[incidents.length - 1].start;
  const count = incidents.length === 1 ? "1 incident" : `${incidents.length} incidents`;
  const last = incidents[0].all[incidents[0].all.length - 1].time;
  const offsets = [...new Set(incidents.map((incident) => offset(incident.start)))].join(" and ");
  byId("range").textContent = `${count}, ${day(first)}${day(first) === day(last) ? "" : " to " + day(last)}, times ${offsets}`;
  document.title = `Memory Monitor: ${head.host.name}`;
  makeHeads();
  listIncidents();
  byId("filter").addEventListener("input", showRows);
  byId("more").addEventListener("click", () => showMore(1000));
  byId("long").addEventListener("click", (event) => {
    const isLong = byId("processes").classList.toggle("long");
    event.currentTarget.setAttribute("aria-pressed", String(isLong));
  });
  byId("by-kind").addEventListener("click", (event) => stackWhat("kind", event.currentTarget));
  byId("by-group").addEventListener("click", (event) => stackWhat("group", event.currentTarget));
  byId("chart").addEventListener("keydown", chartKeys);
  let width = 0;
  new ResizeObserver(() => {
    if (byId("chart").clientWidth !== width) {
      width = byId("chart").clientWidth;
      drawChart();
    }
  }).observe(byId("chart"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawChart);
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.print = "";
    drawChart();
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.print;
    drawChart();
  });
  choose(0);
}

begin();
