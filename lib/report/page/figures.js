// The answer and its figures: headline, where memory is, what grew, who has it, notes.

const MOST_KILLS = 3; // are told of in words above the figures

/** A time in the chosen incident: with the day where that is another. */
const after = (time) => (day(time) === day(chosen.start) ? "" : day(time).slice(5) + " ") + clock(time);

const recordName = ({ type, time }) => (type === "seen" ? "when last seen" : `record of ${after(time)}`);

const crossed = () => `above ${table.head.thresholdPercent} % for ${period(chosen.above)}`;

/** Whom the kernel has killed, and what became of the monitor or the machine, in sentences. */
function casualties() {
  const told = (type) => chosen.lines.filter((line) => line.type === type).map((line) => `${after(line.time)}: ${line.message}.`);
  const victims = victimsOf(chosen).map(({ who, time }) => `The kernel killed ${who} at ${after(time)}.`);
  const noRecord = chosen.tables[0].head.type === "seen" ? ["There is no record of it: none was made before the monitor was gone."] : [];
  return [...(victims.length ? victims : told("oomKill")).slice(-MOST_KILLS), ...told("unended"), ...noRecord];
}

function showHeadline() {
  const { head } = table;
  byId("machine").textContent =
    `${chosen.host} · ${size(head.totalKiB)} RAM · ${plural(head.host.processors, "CPU", "CPUs")} · Linux ${head.host.kernel}`;
  byId("headline").textContent = headline(head);
  byId("when").textContent = `${withOffset(chosen.start)} on ${chosen.host}, ${crossed()}`;
  byId("killed").textContent = casualties().join(" ");
  byId("killed").hidden = !byId("killed").textContent;
  const isRecord = head.type !== "seen";
  const record = recordName(head);
  for (const of of document.querySelectorAll("h3 small")) of.textContent = " " + record;
  const figures = [
    ["peak, at " + after(chosen.peak.time), percent(chosen.peak.percent)],
    [chosen.ending === "no end" ? "OOM kills, as far as seen" : "OOM kills in all", String(chosen.kills), chosen.kills > 0],
    ["end", chosen.end ? after(chosen.end.time) : chosen.stop ? `stopped ${after(chosen.stop.time)}` : chosen.ending, !chosen.end],
    ["RAM in use, " + record, `${size(head.usedKiB)} of ${size(head.totalKiB)}`],
    ["swap, " + record, !isRecord ? "" : head.swapTotalKiB ? `${size(head.swapUsedKiB)} of ${size(head.swapTotalKiB)}` : "none"],
    ["CPU, " + record, isRecord ? percent(head.cpuPercent) : ""],
  ];
  byId("figures").replaceChildren(...figures.filter(([, value]) => value).map(([name, value, isBad]) =>
    element("div", isBad ? "bad" : "", undefined, element("dt", "", name), element("dd", "", value))));
}

/** What a colleague needs to know, as text. */
function summary() {
  return [
    `${chosen.host}: ${headline(table.head)}`,
    `${withOffset(chosen.start)}, ${crossed()}, peak ${percent(chosen.peak.percent)} at ${after(chosen.peak.time)}` +
      (chosen.kills ? `, ${chosen.kills} killed for lack of memory` : "") + (chosen.ending ? ", " + chosen.ending : ""),
    ...casualties(),
    recordName(table.head) + ":",
    ...table.head.notes.map((note) => "# " + note),
    location.href,
  ].join("\n");
}

function copySummary() {
  const said = (text) => { byId("copied").textContent = text; };
  const byHand = () => { // where the page may not reach the clipboard
    const text = element("textarea", "", summary());
    byId("copied").after(text);
    text.select();
    said(document.execCommand("copy") ? "copied" : "cannot copy: press Ctrl+C");
    if (byId("copied").textContent === "copied") text.remove();
    else text.addEventListener("blur", () => text.remove());
  };
  if (navigator.clipboard) navigator.clipboard.writeText(summary()).then(() => said("copied"), byHand);
  else byHand();
}

function showRecords() {
  const group = byId("records");
  group.replaceChildren(...chosen.tables.map((each) =>
    button("", `${after(each.head.time)} at ${percent(each.head.memoryPercent)}`, () => chooseTable(each))));
  group.hidden = chosen.tables.length < 2;
}

function showEvents(id, lines) {
  byId(id).replaceChildren(...lines.map((line) =>
    element("li", "", undefined, element("time", "", withOffset(line.time)), line.message)));
}

function showWhere() {
  const { head } = table;
  const parts = Object.entries(head.usedKiBByKind)
    .filter(([, kib]) => kib >= head.totalKiB / 200)
    .sort((a, b) => b[1] - a[1])
    .map(([kind, kib]) => [kindOf(kind)[0], kib, paintOfKind(kind)]);
  const other = head.usedKiB - parts.reduce((sum, part) => sum + part[1], 0);
  parts.push([other < 0 ? "counted as two kinds" : "other kinds", other, OTHER]);
  const twice = Math.min(0, other); // taken off the largest: the bar is all memory
  parts.push(["available", head.totalKiB - head.usedKiB, ["free", "plain"]]);
  byId("where").replaceChildren(...parts.map(([name, kib, paint], i) => {
    const part = swatch(paint, "span");
    part.style.flexGrow = Math.max(0, i === 0 ? kib + twice : kib);
    part.style.flexBasis = 0;
    part.title = `${name} ${size(kib)}`;
    return part;
  }));
  byId("where-list").replaceChildren(...parts.map(([name, kib, paint]) =>
    element("li", "", undefined, swatch(paint),
      element("span", "", name + " ", element("b", "", size(kib)), ` ${percent((100 * kib) / head.totalKiB)}`))));
}

/** Rows of {name, remark, value, share of the longest bar, className, onClick}; all but the name may be missing. */
function bars(id, rows) {
  byId(id).replaceChildren(...rows.map(({ name, remark, value = "", share, className, onClick }) => {
    const text = [name, ...(remark ? [" ", element("small", "", remark)] : [])];
    const label = onClick ? button("name", undefined, onClick, ...text) : element("span", "name", undefined, ...text);
    const row = element("li", className, undefined, label, element("span", "size", value));
    if (share !== undefined) {
      const bar = element("span");
      bar.style.width = `${Math.max(0, Math.min(100, 100 * share))}%`;
      row.append(element("span", "bar", undefined, bar));
    }
    return row;
  }));
  if (!rows.length) byId(id).append(element("li", "", "nothing worth a word"));
}

/** Leads from something that grew to its series in the chart, and to its processes where the table has them. */
function follow(item) {
  if (item.level === "kind") stackWhat("kind", ({ name }) => name === kindOf(kindNamed(item.name))[0]);
  else stackWhat("group", ({ group }) => group && (!item.unit || group.unit === item.unit) && (item.level === "unit" || group.name === item.name));
  if (!rowsOf(table).some((row) => isRowOf(item, row))) byId("chart").scrollIntoView({ block: "center" });
  else showOnly(item.level === "process" ? String(item.pid) : culpritName(item.level === "job" && !item.pid ? item.members[0] : item), item.level === "user" ? "user" : "command");
}

function showGrowth() {
  const { growth } = table.head;
  byId("growth-title").firstChild.textContent = `What grew in ${period(growth.seconds)}`;
  const most = Math.max(1, ...growth.items.filter((item) => item.change !== "gone").map((item) => item.sizeKiB));
  const row = (item) => ({
    remark: [item.change === "grown" ? "" : item.change, item.steady ? "steadily" : "", item.shared ? "shared" : ""].filter(Boolean).join(", "),
    value: (item.change === "gone" ? "had " : "+") + size(item.sizeKiB),
    onClick: item.change === "gone" ? undefined : () => follow(item),
  });
  bars("growth", growth.items.flatMap((item) => [
    { ...row(item), name: itemName(item), share: item.change === "gone" ? undefined : item.sizeKiB / most,
      className: item === answer ? "culprit" : "" },
    ...item.members.map((member) => ({
      ...row(member), name: itemName(member.unit === item.unit ? { ...member, unit: "" } : member), className: "member" })),
  ]));
}

function showOwners() {
  const { head } = table;
  const rows = rowsOf(table).filter(isCulpritRow);
  const culprit = { unit: answer?.unit, user: rows.length ? oneOf(rows, USER) : "", command: answer?.name };
  for (const [by, owners] of [["unit", head.byUnit], ["user", head.byUser], ["command", head.byCommand]]) {
    const most = Math.max(1, ...owners.map((owner) => owner.sizeKiB));
    const cells = new Set(rowsOf(table).map((row) => row[GROUPED_BY[by]])); // some have no process, or none that is seen
    bars("by-" + by + "-list", owners.filter((owner) => owner.sizeKiB >= 1024).slice(0, 8).map((owner) => ({
      name: owner.name, value: size(owner.sizeKiB), share: owner.sizeKiB / most,
      className: owner.name === culprit[by] ? "culprit" : "",
      onClick: cells.has(owner.name) ? () => showOnly(owner.name, by) : undefined,
    })));
  }
}

function showShortage() {
  const { swapTotalKiB: total, swapUsedKiB: used, pressure } = table.head;
  const waited = (who, share) => ({ name: who + " tasks waited for memory", remark: "last 10 s", value: percent(share), share: share / 100 });
  const stalled = Math.max(...chosen.lines.map((line) => line.stalledSeconds || 0));
  bars("shortage", [
    total ? { name: "swap in use", remark: `of ${size(total)}`, value: size(used), share: used / total } : { name: "no swap" },
    ...(pressure ? [waited("some", pressure.somePercent), waited("all", pressure.fullPercent)] : [{ name: "memory pressure is not known here" }]),
    ...(stalled > 0 ? [{ name: "sampling was stalled, in all", value: period(stalled) }] : []),
  ]);
}

function showNotes() {
  const { head, captured } = table;
  const notes = [...head.notes, ...(captured ? captured.captureNotes : ["the record is not whole: monitor or machine were stopped in it"])];
  if (head.shortened) notes.push("only the largest processes are there: " + head.shortened);
  if (captured && captured.cut) notes.push("cut off: " + captured.cut);
  const later = chosen.lines.filter((line) => line.type === "oomKill" && seconds(line.time) > seconds(head.time));
  byId("notes").replaceChildren(...notes.map((note) => element("li", "", "# " + note)),
    ...later.map((line) => element("li", "", `${after(line.time)}, after this record: ${line.message}`)));
}
