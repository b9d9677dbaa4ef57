// All together: which incident and which record is shown, the address, the keys.

const incidents = readIncidents();
let chosen;
let table; // the record that is shown
let answer; // what ate it by then, of what grew; undefined: nothing that it names

const lastOf = (incident) => incident.tables[incident.tables.length - 1];

function choose(incident, each = lastOf(incident)) {
  chosen = incident;
  isolated = "";
  document.title = `${chosen.host}: ${chosen.headline}, ${day(chosen.start)} ${clock(chosen.start)}`;
  turnTo(Math.max(0, listed.indexOf(chosen)));
  orHide(() => show(each));
}

/** Where a record lacks what the schema asks for, nothing of another one stays in its place. */
function orHide(action) {
  byId("incident").hidden = false;
  byId("broken").hidden = true;
  try {
    action();
  } catch {
    byId("incident").hidden = true;
    byId("broken").hidden = false;
  }
}

function show(each) {
  showRecords();
  showEvents("events", [...chosen.lines, ...victimsOf(chosen)].sort((a, b) => seconds(a.time) - seconds(b.time)));
  byId("events").parentNode.open = chosen.kills > 0; // who was killed is to be seen
  showRecord(each);
  const took = (table.head.culprit ?? table.head.growth).seconds;
  const from = seconds(chosen.start) - Math.max(60, 1.1 * took);
  showSpans([["Incident", from], ["1 h", -3600], ["1 day", -86400], ["All", -Infinity]]);
}

/** What the address names, an incident and its record, if it is here: #shop-20261127T031500.000Z,2 */
function named() {
  const [id, number] = location.hash.slice(1).split(",");
  const incident = incidents.find((one) => encodeURIComponent(one.id) === id);
  return incident && [incident, incident.tables[number - 1] || lastOf(incident)];
}

const chooseTable = (each) => orHide(() => showRecord(each));

/** Shows one record of the incident; what the table is narrowed to stays, from one to the next. */
function showRecord(each) {
  const isFirst = !chosen.tables.includes(table);
  table = each;
  answer = answerOf(each.head);
  byId("incident").classList.toggle("seen", each.head.type === "seen");
  const index = chosen.tables.indexOf(each);
  press(byId("records").children, byId("records").children[index]);
  const address = "#" + encodeURIComponent(chosen.id) + (each === lastOf(chosen) ? "" : "," + (index + 1));
  if (location.hash !== address) location.replace(address);
  byId("copied").textContent = "";
  showHeadline();
  showWhere();
  showGrowth();
  showShortage();
  showNotes();
  showOwners();
  if (!isFirst) {
    showTable();
    drawChart();
    return;
  }
  startTable();
  const isHidden = answer?.level === "unit" && !toldOf(chosen).history.groups.some(isCulpritGroup);
  stackWhat(!answer || answer.level === "kind" || isHidden ? "kind" : "group");
}

/** ← and → lead from record to record, through all incidents that are listed. */
function recordKeys(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const isElsewhere = event.target.closest("input, textarea, .scroll, #chart");
  if (!step || isElsewhere || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const records = [...listed].reverse().flatMap((incident) => incident.tables.map((each) => [incident, each]));
  const next = records[records.findIndex(([, each]) => each === table) + step];
  if (!next) return;
  event.preventDefault();
  if (next[0] === chosen) chooseTable(next[1]);
  else choose(...next);
}

function begin() {
  const leftOut = illegible ? `${plural(illegible, "incident is", "incidents are")} left out, for their records are not whole` : "";
  byId("range").textContent = leftOut;
  byId("others").hidden = others.length === 0;
  others.sort((a, b) => seconds(b.time) - seconds(a.time));
  const onHost = (line) => ({ ...line, message: `${line.host?.name ?? "unknown host"}: ${line.message}` });
  const hosts = new Set(others.map((line) => line.host?.name));
  showEvents("others-list", hosts.size > 1 ? others.map(onHost) : others);
  if (!incidents.length) {
    byId("nothing").hidden = false;
    return;
  }
  const first = incidents[incidents.length - 1].start;
  const last = incidents[0].lines[incidents[0].lines.length - 1].time;
  const offsets = (of) => [...new Set(incidents.map((incident) => of(incident.start)))].join(" and ");
  const elsewhere = offsets(offset) === offsets(offsetHere) ? "" : ` (where you are it is ${offsets(offsetHere)})`;
  byId("range").textContent = `${plural(incidents.length, "incident", "incidents")}, ` +
    `${day(first)}${day(first) === day(last) ? "" : " to " + day(last)}, times ${offsets(offset)}${elsewhere}${leftOut && "; " + leftOut}` +
    (location.hash && !named() ? "; the incident that the link names is not here" : "");
  makeHeads();
  showChips();
  byId("overview").hidden = incidents.length === 1;
  byId("incidents").addEventListener("keydown", listKeys);
  byId("worst").addEventListener("click", () => choose(worstOf(listed)));
  byId("newer").addEventListener("click", () => turnTo(firstListed - LIST_ROWS));
  byId("older").addEventListener("click", () => turnTo(firstListed + LIST_ROWS));
  byId("copy").addEventListener("click", copySummary);
  byId("filter").addEventListener("input", showTable);
  byId("more").addEventListener("click", () => showMore(1000));
  byId("long").addEventListener("click", (event) => {
    const isLong = byId("processes").classList.toggle("long");
    event.currentTarget.setAttribute("aria-pressed", String(isLong));
  });
  for (const by of ["none", "command", "unit", "user"]) byId("grouped-" + by).addEventListener("click", () => groupBy(by === "none" ? "" : by));
  for (const by of ["kind", "group"]) byId("by-" + by).addEventListener("click", () => stackWhat(by));
  byId("chart").addEventListener("keydown", chartKeys);
  addEventListener("keydown", recordKeys);
  addEventListener("hashchange", () => {
    const found = named();
    if (found && found[1] !== table) choose(...found);
  });
  let width = 0;
  new ResizeObserver(() => {
    if (byId("chart").clientWidth !== width) {
      width = byId("chart").clientWidth;
      drawChart();
      drawOverview();
    }
  }).observe(byId("chart"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawChart);
  for (const [when, isPrinted] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(when, () => {
      document.documentElement.toggleAttribute("data-print", isPrinted);
      drawChart();
    });
  }
  listed = incidents;
  choose(...(named() || [incidents[0]]));
}

begin();
