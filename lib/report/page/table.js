// The table of processes, with the columns of ps aux; grouped if asked, kernel threads folded.

const cpuPermille = (row) => (row[AGE] > 0 ? Math.floor((1000 * row[CPU]) / row[AGE] + 1e-6) : 0);
const tenths = (permille) => (permille / 10).toFixed(1);
const cpuCell = (permille) => (permille > 999 ? String(Math.floor(permille / 10)) : tenths(permille));
const memoryCell = (kib) => tenths(Math.min(999, Math.floor((1000 * kib) / table.head.totalKiB)));

function started(row) {
  const now = table.head.time;
  const time = iso(seconds(now) - row[AGE], now);
  if (time.slice(0, 4) !== now.slice(0, 4)) return time.slice(0, 4);
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  return day(time) === day(now) ? time.slice(11, 16) : months[time.slice(5, 7) - 1] + time.slice(8, 10);
}

const cpuTime = (s) => Math.floor(s / 60) + ":" + String(Math.floor(s) % 60).padStart(2, "0");

/** The columns: what a cell says of a process, what it is sorted by, and what it says of a group. */
const COLUMNS = [
  { name: "USER", isText: true, key: (row) => row[USER], ofGroup: (rows) => oneOf(rows, USER) },
  { name: "PID", key: (row) => row[PID], sum: (rows) => rows.length, ofGroup: (rows) => `${rows.length} ×` },
  { name: "%CPU", key: cpuPermille, cell: (row) => cpuCell(cpuPermille(row)), sum: (rows) => added(rows, cpuPermille), ofGroup: (rows, sum) => cpuCell(sum) },
  { name: "%MEM", key: (row) => row[RSS], cell: (row) => memoryCell(row[RSS]), sum: (rows) => added(rows, (row) => row[RSS]) },
  { name: "VSZ", key: (row) => row[VSZ], sum: (rows) => added(rows, (row) => row[VSZ]) },
  { name: "RSS", key: (row) => row[RSS], sum: (rows) => added(rows, (row) => row[RSS]), ofGroup: (rows, sum) => String(sum) },
  { name: "TTY", isText: true, key: (row) => row[TTY] },
  { name: "STAT", isText: true, key: (row) => row[STAT] },
  { name: "START", key: (row) => -row[AGE], cell: started },
  { name: "TIME", key: (row) => row[CPU], cell: (row) => cpuTime(row[CPU]), sum: (rows) => added(rows, (row) => row[CPU]), ofGroup: (rows, sum) => cpuTime(sum) },
  { name: "COMMAND", isText: true, key: (row) => row[COMMAND], cell: (row) => row[COMMAND] + (row[COMMAND_BYTES] ? "…" : "") },
];
const RSS_COLUMN = COLUMNS.findIndex((column) => column.name === "RSS");
const COMMAND_COLUMN = COLUMNS.length - 1;

const added = (rows, key) => rows.reduce((sum, row) => sum + key(row), 0);
const oneOf = (rows, cell) => (rows.every((row) => row[cell] === rows[0][cell]) ? rows[0][cell] : "");

const GROUPED_BY = { command: NAME, unit: UNIT, user: USER };
const FIRST_ROWS = 200;

let groupedBy = ""; // command, unit, user; empty: not
let sorted = { column: RSS_COLUMN, isDown: true };
const opened = new Set(); // names of groups whose processes are shown
let found = []; // the processes that the filter leaves
let lines = []; // what the table shows: {row, isMember} or {group: name, rows}
let shown = 0; // how many of them are in the page

// ---- What is shown

/** As the kernel's own threads are: no memory, and a name in brackets. */
const isKernelThread = (row) => row[VSZ] === 0 && row[RSS] === 0 && row[STAT][0] !== "Z" && row[COMMAND][0] === "[";

/** Whether a process is what grew, or a part of that. */
function isRowOf(item, row) {
  if (item.level === "user") return row[USER] === item.name;
  if (item.level === "unit" && row[UNIT]) return row[UNIT] === item.unit;
  const isIn = ({ level, pid, name, unit }) => (level === "process" ? row[PID] === pid :
    level === "group" && row[NAME] === name && (!unit || !row[UNIT] || row[UNIT] === unit));
  return isIn(item) || Boolean(item.members?.some(isIn));
}

const isCulpritRow = (row) => Boolean(answer) && isRowOf(answer, row);

/** Whether each word is somewhere in a row; "report builder" finds report-builder, and reportbuilder too. */
function matches(row, words) {
  const text = `${row[USER]} ${row[UNIT]} ${row[NAME]} ${row[COMMAND]}`.toLowerCase();
  return words.every((word) => String(row[PID]) === word || text.includes(word) || text.replace(/[-_. ]/g, "").includes(word));
}

function sortBy(index, isDown) {
  sorted = { column: index, isDown };
  showTable();
}

function inOrder(values, key) {
  const sign = sorted.isDown ? -1 : 1;
  return values.map((value) => [key(value), value])
    .sort((a, b) => (a[0] < b[0] ? -sign : a[0] > b[0] ? sign : 0)).map((pair) => pair[1]);
}

/** The rows as they are asked for: found, in groups, sorted. */
function showTable() {
  const words = byId("filter").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const column = COLUMNS[sorted.column];
  [...byId("columns").children].forEach((head, i) => {
    head.ariaSort = i !== sorted.column ? null : sorted.isDown ? "descending" : "ascending";
  });
  const all = rowsOf(table);
  found = words.length ? all.filter((row) => matches(row, words)) : all;
  const isFolded = (row) => !words.length && isKernelThread(row);
  const own = found.filter((row) => !isFolded(row));
  const groups = new Map();
  if (groupedBy) {
    for (const row of own) {
      const name = row[GROUPED_BY[groupedBy]] || "none";
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(row);
    }
  }
  const byColumn = (rows) => inOrder(rows, column.key).map((row) => ({ row, isMember: Boolean(groupedBy) }));
  const keyOfGroup = ([name, rows]) => (column.sum ? column.sum(rows) : name);
  lines = groupedBy ? inOrder([...groups], keyOfGroup).flatMap((each) => groupLines(...each, byColumn)) : byColumn(own);
  const threads = found.filter(isFolded);
  if (threads.length) lines.push(...groupLines("kernel threads", threads, (rows) => byColumn(rows).map((line) => ({ ...line, isMember: true }))));
  shown = 0;
  byId("rows").replaceChildren();
  showMore(FIRST_ROWS);
  const count = table.captured ? table.captured.processes : all.length;
  byId("count").textContent = (words.length ? `${found.length} of ` : "") + plural(count, "process", "processes") +
    (groupedBy ? ` in ${plural(groups.size, "group", "groups")}` : "") +
    (!answer || answer.level === "kind" || all.some(isCulpritRow) ? "" : ", none of what ate it: ended, or not to be seen");
  const twice = added(all, (row) => row[RSS]) - table.head.usedKiB;
  byId("twice").textContent = `RSS adds up to ${size(twice)} more than is in use: what is shared counts in each. What grew, and By command, tell it apart.`;
  byId("twice").hidden = twice <= 0;
}

/** A group, and its processes if it is open; alone in it, a process stands for itself. */
function groupLines(name, rows, byColumn) {
  if (rows.length === 1) return [{ row: rows[0], isMember: false }];
  return [{ group: name, rows }, ...(opened.has(name) ? byColumn(rows) : [])];
}

// ---- Into the page

function makeHeads() {
  byId("columns").replaceChildren(...COLUMNS.map((column, index) => {
    const head = element("th", column.isText ? "text" : "", undefined, button("", column.name, () =>
      sortBy(index, sorted.column === index ? !sorted.isDown : !column.isText)));
    head.scope = "col";
    return head;
  }));
}

function cellsOf({ row, group, rows }) {
  return COLUMNS.map((column, index) => {
    const cell = document.createElement("td");
    if (column.isText) cell.className = "text";
    if (index === COMMAND_COLUMN) {
      cell.className = "command";
      cell.append(row ? element("div", "", column.cell(row)) : groupHead(group, rows));
    } else if (row) {
      cell.textContent = (column.cell || column.key)(row);
    } else {
      cell.textContent = column.ofGroup ? column.ofGroup(rows, column.sum && column.sum(rows)) : "";
    }
    return cell;
  });
}

/** Opens and folds a group; says what it has if each page is counted once, where the record does. */
function groupHead(name, rows) {
  const owners = { command: table.head.byCommand, unit: table.head.byUnit, user: table.head.byUser }[groupedBy] || [];
  const owner = owners.find((each) => each.name === name);
  const head = button("group", `${name} ×${rows.length}`, () => {
    if (!opened.delete(name)) opened.add(name);
    const scroll = byId("processes").parentNode;
    const [top, count] = [scroll.scrollTop, shown];
    showTable();
    showMore(count - shown);
    scroll.scrollTop = top;
    [...byId("rows").querySelectorAll(".group")].find((each) => each.dataset.name === name).focus();
  });
  head.dataset.name = name;
  head.setAttribute("aria-expanded", String(opened.has(name)));
  return element("div", "", undefined, head, ...(owner ? [element("small", "", `has ${size(owner.sizeKiB)}, each page counted once`)] : []));
}

function showMore(count) {
  const rows = document.createDocumentFragment();
  for (const line of lines.slice(shown, Math.max(shown, shown + count))) {
    const made = element("tr", line.isMember ? "member" : "", undefined, ...cellsOf(line));
    if (line.row ? isCulpritRow(line.row) : line.rows.some(isCulpritRow)) made.classList.add("culprit");
    rows.append(made);
  }
  byId("rows").append(rows);
  shown = Math.min(lines.length, Math.max(shown, shown + count));
  byId("printed").textContent = `The first ${Math.min(60, shown)} of ${lines.length} are printed.`;
  byId("printed").hidden = lines.length <= 60;
  const left = lines.length - shown;
  byId("more").hidden = left === 0;
  byId("more").textContent = `Show ${Math.min(left, 1000)} more of ${left}`;
}

// ---- What leads here

function groupBy(by) {
  groupedBy = by;
  opened.clear();
  press(document.querySelectorAll("#grouped button"), byId("grouped-" + (by || "none")));
  showTable();
}

/** Shows the processes that have a text somewhere, in groups or not. */
function showOnly(text, by) {
  byId("filter").value = text;
  groupBy(by);
  if (lines.length === 1 && lines[0].group) {
    opened.add(lines[0].group);
    showTable();
  }
  byId("table-title").scrollIntoView({ block: "start" });
}

/** A new incident: as the answer is about a process or about many, its processes are apart or together. */
function startTable() {
  byId("filter").value = "";
  const hasUnits = rowsOf(table).some((row) => row[UNIT]);
  byId("grouped-unit").hidden = !hasUnits;
  sorted = { column: RSS_COLUMN, isDown: true };
  const by = { group: "command", job: "command", unit: hasUnits ? "unit" : "command", user: "user" }[answer?.level];
  groupBy(rowsOf(table).some(isCulpritRow) && by || "");
}
