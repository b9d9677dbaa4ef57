// Memory over time: what is stacked, what is known of each moment, and where nothing is.

let stackBy = "kind";
let isolated = ""; // the name of the one series that is shown; empty: all are
let span = [0, 1]; // the time that is shown
let plot;
let charted; // what the plot shows, see chartData

// ---- What is stacked

const paintOfKind = (kind) => (answer?.level === "kind" && kindNamed(answer.name) === kind ? CULPRIT : kindOf(kind).slice(1));

/** Whether a group of processes is what ate it, or a part of that. */
function isCulpritGroup({ name, unit }) {
  if (!answer || answer.level === "kind" || answer.level === "user") return false;
  if (answer.level === "unit") return unit === answer.unit;
  const isIn = (item) => item.name === name && (!item.unit || item.unit === unit);
  return isIn(answer) || answer.members.some(isIn);
}

const GROUP_PAINTS = [["c0", "plain"], ["c2", "falling"], ["c3", "lines"], ["c5", "rising"], ["c6", "dots"], ["c9", "falling"]];

/** What is stacked, lowest first, what ate it last: {name, paint, values}; the values are in KiB. */
function seriesOf(history, total) {
  const rest = history.usedKiB.slice();
  const series = [];
  if (stackBy === "kind") {
    const isFloor = (kind) => kind === "reserve" || kind === "perCpuFree"; // hardly changes: below
    Object.entries(history.usedKiBByKind)
      .filter(([kind, values]) => paintOfKind(kind) === CULPRIT || Math.max(...values) >= total / 200)
      .sort((a, b) => isFloor(b[0]) - isFloor(a[0]) || Math.max(...b[1]) - Math.max(...a[1]))
      .forEach(([kind, values]) => series.push({ name: kindOf(kind)[0], paint: paintOfKind(kind), values: values.slice() }));
  } else {
    history.swapUsedKiB.forEach((kib, i) => { rest[i] += kib; });
    history.groups.forEach((group, i) => {
      const name = group.name + (group.unit ? " in " + group.unit : "");
      const paint = isCulpritGroup(group) ? CULPRIT : GROUP_PAINTS[i % GROUP_PAINTS.length];
      series.push({ name, group, paint, values: group.sizeKiB.slice() });
    });
  }
  for (const { values } of series) values.forEach((kib, i) => { rest[i] -= kib; });
  rest.forEach((kib, i) => { // counted twice: off the largest then
    if (kib >= 0 || !series.length) return;
    const largest = series.reduce((a, b) => (b.values[i] > a.values[i] ? b : a));
    largest.values[i] += kib;
  });
  const name = stackBy === "kind" ? "other kinds" : "everything else";
  series.push({ name, paint: OTHER, values: rest.map((kib) => Math.max(0, kib)) });
  const isCulprit = (each) => each.paint === CULPRIT;
  return [...series.filter((each) => !isCulprit(each)), ...series.filter(isCulprit)];
}

// ---- What is known

/**
 * The moments of which something is known, oldest first: {at, used, index in the history or none}.
 * The records and the peak are among them: the history is made of looks at all processes, and those
 * are rarer than samples, and stop when the machine does.
 */
function momentsOf(incident, told) {
  const moments = told.history.seconds.map((s, index) => ({ at: told.from + s, used: told.history.usedKiB[index], index }));
  const add = (time, value, nearest) => {
    const at = seconds(time);
    if (moments.every((moment) => Math.abs(moment.at - at) > nearest)) moments.push({ at, used: (value / 100) * told.totalKiB });
  };
  for (const line of incident.lines) { // of a record the look at all processes tells more, not so of a kill
    if (line.type !== "unended") add(line.time, line.memoryPercent, line.type === "oomKill" ? 0 : 1);
    else if (line.lastSeen) add(line.lastSeen, line.lastSeenPercent, 0);
  }
  add(incident.peak.time, incident.peak.percent, 0);
  return moments.sort((a, b) => a.at - b.at);
}

/**
 * Where nothing was sampled: [from, to, for how many seconds]. The history tells when nobody watched.
 * From line to line an incident tells how late samples came: that was between the moments that are
 * farthest apart.
 */
function gapsOf(incident, told) {
  const times = told.history.seconds.map((s) => told.from + s);
  const gaps = new Map(); // by the moment before
  (told.history.gapSeconds ?? []).forEach((gap, i) => {
    if (gap && i) gaps.set(times[i - 1], [times[i - 1], times[i], gap]);
  });
  let [from, known] = [seconds(incident.start), 0];
  for (const line of incident.lines.filter((each) => "stalledSeconds" in each)) {
    let late = line.stalledSeconds - known;
    const parts = times.slice(1).map((to, i) => [times[i], to]).filter(([begin, end]) => end > from && begin < seconds(line.time));
    for (const [begin, end] of parts.sort((a, b) => b[1] - b[0] - (a[1] - a[0]))) {
      if (late < 2 || late < (end - begin) / 2) break;
      gaps.set(begin, [begin, end, Math.min(late, end - begin)]);
      late -= end - begin;
    }
    [from, known] = [seconds(line.time), line.stalledSeconds];
  }
  return [...gaps.values()];
}

/** Whether all processes were looked at then: of the others the use is known. */
const isLook = (moment) => moment.index !== undefined;

/** The last history of an incident; without one, its last record alone. */
function toldOf(incident) {
  const { head } = incident.tables.at(-1);
  const line = incident.lines.findLast((each) => each.history?.seconds.length);
  const history = line ? line.history :
    { seconds: [0], usedKiB: [head.usedKiB], swapUsedKiB: [head.swapUsedKiB], usedKiBByKind: {}, groups: [] };
  return { history, from: seconds((line || head).time), totalKiB: head.totalKiB };
}

/** All that is drawn; times are shifted to the machine's zone. */
function chartData() {
  const told = toldOf(chosen);
  const shift = offsetSeconds(table.head.time);
  const unended = chosen.lines.find((line) => line.type === "unended");
  const lastSeen = unended?.lastSeen ? Math.max(...chosen.lines.map((line) => seconds(line.lastSeen ?? line.time))) : Infinity;
  const known = momentsOf(chosen, told).filter((moment) => moment.at <= lastSeen);
  const gaps = gapsOf(chosen, told).filter(([from]) => from < lastSeen);
  const lastKnown = known[known.length - 1].at;
  // Without a battery the clock may have gone back meanwhile: then nobody knows for how long
  const restart = unended && seconds(unended.time) > lastKnown ? unended : undefined;
  if (restart) gaps.push([lastKnown, seconds(restart.time), seconds(restart.time) - lastKnown]);
  const lastTold = told.from + told.history.seconds[told.history.seconds.length - 1];
  // a moment in the middle of each part of a gap says that nothing is known
  const moments = known.flatMap((moment, i) => {
    const to = known[i + 1] ? known[i + 1].at : restart && seconds(restart.time);
    return gaps.some(([from, end]) => moment.at >= from && to <= end) ? [moment, { at: (moment.at + to) / 2, isGap: true }] : [moment];
  });
  if (restart) moments.push({ at: seconds(restart.time), isGap: true });
  const isUnseen = (i) => (moments[i] ? moments[i].isGap || moments[i].at > lastTold : true);
  const column = (value) => moments.map((moment, i) => value(moment, i));
  const stack = seriesOf(told.history, told.totalKiB).map((each) => ({ ...each, isShown: !isolated || each.name === isolated }));
  /** Between two looks, and far from a straight line from one to the other: what is stacked is not known. */
  const isBetween = ({ at, used, index }, i) => {
    const [a, b] = [moments.slice(0, i).findLast(isLook), moments.slice(i).find(isLook)];
    return index === undefined && a && b &&
      Math.abs(a.used + ((b.used - a.used) * (at - a.at)) / (b.at - a.at) - used) > told.totalKiB / 50;
  };
  const sums = told.history.seconds.map(() => 0);
  for (const each of stack) {
    if (each.isShown) each.values.forEach((kib, i) => { sums[i] += kib; });
    const now = sums.slice();
    each.sums = column((moment, i) => (moment.isGap || moment.at > lastTold || isBetween(moment, i) ? null : now[moment.index]));
  }
  return {
    shift, moments, gaps, stack, lastKnown,
    x: column((moment) => moment.at + shift),
    used: column((moment, i) => (isUnseen(i) ? null : moment.used)),
    across: column((moment, i) => (moment.isGap ? undefined : isUnseen(i) || isUnseen(i + 1) || isUnseen(i - 1) ? moment.used : null)),
    peak: moments.findIndex((moment) => moment.at === seconds(chosen.peak.time)),
  };
}

// ---- Drawing

/** A colour with its texture, to fill with; opaque, for the series lie over one another. */
function fillOf(ctx, [paint, texture]) {
  if (texture === "plain") return color(paint);
  const ratio = devicePixelRatio;
  const tile = element("canvas");
  tile.width = tile.height = 8 * ratio;
  const pen = tile.getContext("2d");
  pen.scale(ratio, ratio);
  pen.fillStyle = color(paint);
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = pen.fillStyle = color("card");
  pen.globalAlpha = 0.55;
  pen.lineWidth = 1.4;
  pen.beginPath();
  if (texture === "dots") pen.arc(4, 4, 1.4, 0, 7);
  const lines = { rising: [[-2, 10, 10, -2], [-2, 2, 2, -2], [6, 10, 10, 6]], falling: [[-2, -2, 10, 10], [6, -2, 10, 2], [-2, 6, 2, 10]], lines: [[0, 4, 8, 4]] };
  for (const [x, y, toX, toY] of lines[texture] || []) {
    pen.moveTo(x, y);
    pen.lineTo(toX, toY);
  }
  if (texture === "dots") pen.fill();
  else pen.stroke();
  return ctx.createPattern(tile, "repeat");
}

/** What happened when: {at, text, paint, table of a record}. */
function marksOf() {
  const marks = [{ at: seconds(chosen.start), text: `crossed ${table.head.thresholdPercent} %`, paint: "warn" }];
  const victims = victimsOf(chosen);
  const kills = chosen.lines.filter((line) => line.type === "oomKill").length; // of several it is not known which was whose
  for (const line of chosen.lines) {
    const [text, paint] = {
      incident: ["record", "accent"], climbed: ["record", "accent"], end: ["end", "good"], oomKill: ["OOM kill", "bad"],
      stop: ["stopped", "bad"], unended: ["watched again", "soft"],
    }[isStop(line) ? "stop" : line.type] || [line.type, "soft"];
    const killed = line.type === "oomKill" && kills === 1 && victims.length ? `: ${victims.map(({ who }) => who).join(", ")}` : "";
    const record = chosen.tables.find((each) => each.head === line);
    marks.push({ at: seconds(line.time), text: text + killed, paint, table: record });
  }
  return marks;
}

/** Hatches where nothing is known, and says for how long. */
function drawGaps(u) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  for (const [from, to, length] of charted.gaps) {
    const left = Math.max(bbox.left, u.valToPos(from + charted.shift, "x", true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(to + charted.shift, "x", true));
    if (right <= left) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.strokeStyle = color("rest");
    ctx.lineWidth = ratio;
    ctx.beginPath();
    for (let x = left - bbox.height; x < right; x += 9 * ratio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
    const text = `no samples for ${period(length)}`;
    ctx.save();
    ctx.font = `${12 * ratio}px system-ui, sans-serif`;
    ctx.translate((left + right) / 2, bbox.top + bbox.height / 2);
    if (ctx.measureText(text).width > right - left) ctx.rotate(-Math.PI / 2);
    ctx.textAlign = "center";
    write(ctx, text, 0, 4 * ratio, "text");
    ctx.restore();
  }
}

/** Text with a halo: it may stand on what is stacked. */
function write(ctx, text, x, y, paint) {
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.lineJoin = "round";
  ctx.strokeStyle = color("card");
  ctx.strokeText(text, x, y);
  ctx.fillStyle = color(paint);
  ctx.fillText(text, x, y);
}

/** The threshold, and a line at each mark; their names are buttons above. */
function drawMarks(u) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  const line = (paint, ...points) => { // with a halo too
    for (const [width, stroke] of [[4, color("card")], [1.5, color(paint)]]) {
      ctx.lineWidth = width * ratio;
      ctx.strokeStyle = stroke;
      ctx.beginPath();
      ctx.moveTo(points[0], points[1]);
      ctx.lineTo(points[2], points[3]);
      ctx.stroke();
    }
  };
  const { thresholdPercent, totalKiB } = table.head;
  const limit = u.valToPos((thresholdPercent / 100) * totalKiB, "y", true);
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  line("bad", bbox.left, limit, bbox.left + bbox.width, limit);
  ctx.setLineDash([]);
  const marks = byId("marks");
  const focused = [...marks.children].indexOf(document.activeElement);
  marks.replaceChildren();
  const ends = [0, 0, 0]; // of the names in each line above the chart
  const right = (bbox.left + bbox.width) / ratio;
  for (const mark of marksOf()) {
    const at = Math.round(u.valToPos(mark.at + charted.shift, "x", true));
    if (at < bbox.left - 1 || at > bbox.left + bbox.width + 1) continue;
    line(mark.paint, at, bbox.top - 4 * ratio, at, bbox.top + bbox.height);
    const name = button("", mark.text, () => {
      if (mark.table) chooseTable(mark.table);
      showMoment(nearest(mark.at));
    });
    name.style.color = `var(--${mark.paint})`;
    marks.append(name);
    const place = (width) => Math.min(Math.max(at / ratio - width / 2, bbox.left / ratio), right - width);
    let row = -1;
    for (const text of [mark.text, mark.text.split(/[,:] /)[0], "▾"]) { // without room it keeps a place to press
      if (row < 0) name.textContent = text;
      if (row < 0) row = ends.findIndex((end) => place(name.offsetWidth) > end + 4);
    }
    if (row < 0) row = ends.indexOf(Math.min(...ends));
    name.title = name.ariaLabel = mark.text;
    ends[row] = place(name.offsetWidth) + name.offsetWidth;
    name.style.left = `${place(name.offsetWidth)}px`;
    name.style.bottom = `${14 * row}px`;
  }
  if (focused >= 0) marks.children[focused]?.focus({ preventScroll: true });
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  write(ctx, `threshold ${thresholdPercent} %`, bbox.left + 8 * ratio, limit - 6 * ratio, "bad");
  ctx.restore();
}

function drawChart() {
  if (!chosen) return;
  if (plot) plot.destroy();
  charted = chartData();
  const { shift, stack } = charted;
  const { thresholdPercent, totalKiB } = table.head;
  const box = byId("chart");
  const high = (Math.max(chosen.peak.percent, thresholdPercent) / 100) * totalKiB;
  const top = Math.max(Math.min(totalKiB, 1.25 * high), ...stack.flatMap((each) => each.sums.map((kib) => kib || 0)));
  const axis = { stroke: color("soft"), grid: { stroke: color("line"), width: 1 }, ticks: { stroke: color("line"), width: 1 } };
  const unit = top >= 1 << 20 ? 1 << 20 : 1 << 10;
  const options = {
    width: box.clientWidth,
    height: Math.max(250, Math.min(340, Math.round(box.clientWidth * 0.4))),
    padding: [8, 52, 0, 0], // what is read at the right
    tzDate: (s) => uPlot.tzDate(new Date(1000 * s), "Etc/UTC"),
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false, bind: { dblclick: () => () => setSpan(...wholeSpan()) } },
    scales: { x: { min: span[0] + shift, max: span[1] + shift }, y: { range: [0, top] } },
    axes: [
      { ...axis, ...timeAxis() },
      { ...axis, size: 64, splits: () => splits(top / unit).map((v) => v * unit),
        values: (u, values) => values.map((v) => `${v / unit} ${unit === 1 << 20 ? "GiB" : "MiB"}`) },
    ],
    series: [
      {},
      ...stack.map((each) => ({ stroke: color("card"), fill: (u) => fillOf(u.ctx, each.paint), width: 1, points: { show: false }, show: each.isShown })).reverse(),
      { stroke: color("text"), width: 2, points: { show: false } },
      { stroke: color("text"), width: 2, dash: [2, 4], points: { show: false } },
    ],
    hooks: {
      draw: [drawGaps, drawMarks, showScale],
      setCursor: [(u) => showMoment(u.cursor.left >= 0 ? u.cursor.idx : null, u.cursor)],
      setSelect: [(u) => {
        const { left, width } = u.select;
        const chosenSpan = [left, left + width].map((px) => u.posToVal(px, "x") - shift);
        if (width > 5) setTimeout(() => setSpan(...chosenSpan)); // not while the plot, which goes, deals with the mouse
      }],
    },
  };
  plot = new uPlot(options, [charted.x, ...stack.map((each) => each.sums).reverse(), charted.used, charted.across], box);
  plot.over.append(readout);
  showLegend();
  showMoment(null);
}

/** At the right: the threshold, and this incident's peak, with a ring where it is. */
function showScale(u) {
  const { thresholdPercent, totalKiB } = table.head;
  const y = (value) => u.valToPos((value / 100) * totalKiB, "y");
  const [limit, peak] = [y(thresholdPercent), y(chosen.peak.percent)];
  const label = (text, className, top) => {
    const made = element("span", "scale " + className, text);
    made.style.top = `${top}px`;
    return made;
  };
  const ring = element("i", "ring");
  const at = seconds(chosen.peak.time);
  ring.style.left = `${u.valToPos(at + charted.shift, "x")}px`;
  ring.style.top = `${peak}px`;
  ring.hidden = at < span[0] || at > span[1];
  for (const before of u.over.querySelectorAll(".scale, .ring")) before.remove();
  u.over.append(label(`${thresholdPercent} %`, "limit", Math.max(limit, peak + 14)), label(percent(chosen.peak.percent), "", peak), ring);
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

// ---- The figures of a moment

let shownMoment = 0; // its index
const readout = element("div", "readout"); // at the pointer

const nearest = (at) =>
  charted.moments.reduce((best, moment, i) => (Math.abs(moment.at - at) < Math.abs(charted.moments[best].at - at) ? i : best), 0);

/**
 * The look at all processes that tells what was stacked at a moment: the last one by then, for what
 * came later may have changed everything. Before the first one, that.
 */
const lookBy = (index) => charted.moments.slice(0, index + 1).findLast(isLook) ?? charted.moments.find(isLook);

/** A button for each series, what ate it first: shows it alone, or all again. */
function showLegend() {
  const legend = byId("legend");
  const focused = [...legend.children].indexOf(document.activeElement.parentNode);
  legend.replaceChildren(...[...charted.stack].reverse().map((each) => {
    const item = button("", undefined, () => {
      isolated = isolated === each.name ? "" : each.name;
      drawChart();
    }, swatch(each.paint), element("span", "", each.name), element("b"));
    item.setAttribute("aria-pressed", String(isolated === each.name));
    return element("li", isolated && !each.isShown ? "unwanted" : "", undefined, item);
  }));
  legend.children[focused]?.firstChild.focus();
}

/**
 * Tells of one moment: below the chart, and at the pointer if there is one.
 *
 * @param index of the moment; null: that of this incident's peak
 */
function showMoment(index, pointer) {
  const { moments, stack, peak, shift } = charted;
  shownMoment = index ?? Math.max(0, peak);
  const moment = moments[shownMoment];
  const told = lookBy(shownMoment);
  const toldAt = clock(iso(told.at, table.head.time));
  const isOther = told !== moment && !moment.isGap;
  const at = iso(moment.at, table.head.time);
  const when = `${withOffset(at)}${shownMoment === peak ? ", the peak" : ""}`;
  const use = moment.isGap ? "nothing was sampled" : `${size(moment.used)} in use, ${percent((100 * moment.used) / table.head.totalKiB)}`;
  const apart = period(Math.abs(told.at - moment.at)) + (told.at < moment.at ? " before" : " after");
  const of = isOther ? `; below, as of ${toldAt}, ${apart}` : "";
  byId("chart-text").textContent = `${when}: ${use}${of}`;
  [...byId("legend").children].forEach((item, i) => {
    item.querySelector("b").textContent = moment.isGap ? "" : size(stack[stack.length - 1 - i].values[told.index]);
  });
  readout.hidden = !pointer || index === null || index === undefined;
  if (readout.hidden) return;
  const height = plot.posToVal(pointer.top, "y");
  const under = stack.find((each) => each.isShown && each.sums[moments.indexOf(told)] >= height);
  readout.replaceChildren(
    element("b", "", `${clock(at)} ${moment.isGap ? "no samples" : percent((100 * moment.used) / table.head.totalKiB)}`),
    ...(under && !moment.isGap ? [element("span", "", `${under.name} ${size(under.values[told.index])}${isOther ? " at " + toldAt : ""}`)] : []));
  const left = plot.valToPos(moment.at + shift, "x");
  readout.style.left = `${left > plot.over.clientWidth / 2 ? left - readout.offsetWidth - 8 : left + 8}px`;
  readout.style.top = `${Math.max(0, Math.min(pointer.top - 20, plot.over.clientHeight - readout.offsetHeight))}px`;
}

// ---- The time that is shown

/** The whole time that the chart knows: [from, to]. */
function wholeSpan() {
  const { moments } = charted;
  const [from, to] = [moments[0].at, moments[moments.length - 1].at];
  return to > from ? [from, to] : [from - 30, to + 30];
}

function setSpan(from, to) {
  const [first, last] = wholeSpan();
  const width = Math.max(5, Math.min(last - first, to - from));
  const start = Math.max(first, Math.min(last - width, from));
  span = [start, start + width];
  press(byId("spans").children, null);
  drawChart();
}

/** Buttons for times: from then on, or so many seconds before the end. */
function showSpans(choices) {
  const [first, last] = wholeSpan();
  const { lastKnown } = charted;
  const group = byId("spans");
  const known = choices.filter(([name, from]) => name === "Incident" || name === "All" || last + from > first);
  group.replaceChildren(...known.map(([name, from]) => {
    const choice = button("", name, () => {
      // of the time until a restart a part is enough
      const until = name === "Incident" ? Math.min(last, lastKnown + Math.max(10, (lastKnown - Math.max(first, from)) / 4)) : last;
      setSpan(from > 0 ? from : last + from, until);
      press(group.children, choice);
    });
    return choice;
  }));
  group.firstChild.click();
}

function chartKeys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target !== byId("chart")) return;
  const [from, to] = span;
  const width = to - from;
  const middle = Math.max(from, Math.min(to, charted.moments[shownMoment].at));
  const zoom = {
    "+": [middle - width / 4, middle + width / 4], "=": [middle - width / 4, middle + width / 4],
    "-": [middle - width, middle + width], 0: wholeSpan(),
  }[event.key];
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!zoom && !step) return;
  event.preventDefault();
  event.stopPropagation(); // no step to the next record
  const at = Math.max(0, Math.min(charted.moments.length - 1, shownMoment + (step || 0)));
  if (zoom) setSpan(...zoom);
  const left = plot.valToPos(charted.x[at], "x");
  showMoment(at, { left, top: plot.over.clientHeight / 2 });
}

/** Stacks kinds or groups; shows the first series that is wanted alone, if there is one. */
function stackWhat(by, isWanted = () => false) {
  stackBy = by;
  isolated = "";
  press([byId("by-kind"), byId("by-group")], byId("by-" + by));
  const found = seriesOf(toldOf(chosen).history, table.head.totalKiB).find(isWanted);
  if (found) isolated = found.name;
  drawChart();
}
