// The page of a run: `data` is the JSON report, version 1.

const SEVERITIES = ["error", "warning", "info"];
const PAGE = 300;

const named = (object) => (object ? `${object.kind} ${object.namespace ? object.namespace + "/" : ""}${object.name}` : "");
const folder = (file) => (file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ".");

const findings = data.findings.map((finding, at) => ({
  finding, at,
  key: [
    finding.rule, finding.name, finding.form, finding.message, finding.identity, named(finding.object), finding.location.file,
    ...finding.clusters, ...finding.notes, ...(finding.rendered ? finding.rendered.roots : []),
  ].filter(Boolean).join("\n").toLowerCase(),
}));

const GROUPS = {
  identity: ["Identity", (finding) => finding.identity || (finding.rendered && finding.rendered.roots[0]) || folder(finding.location.file)],
  rule: ["Rule", (finding) => `${finding.rule} ${finding.name}`],
  file: ["File", (finding) => finding.location.file],
  cluster: ["Cluster", (finding) => finding.clusters.join(", ") || "no cluster is named"],
};

const state = { words: "", severities: new Set(), rule: "", cluster: "", group: "identity", suppressed: false, shown: PAGE };
const chips = node("div.chips", { role: "group", "aria-label": "Which findings" });
const status = node("p.status", { role: "status", "aria-live": "polite" });
const list = node("div", { id: "findings" });
const more = node("div.more", { hidden: true },
  node("button.plain", { type: "button", onclick: () => { state.shown += PAGE; fill(); } }, `Show ${PAGE} more`));

const weight = (finding) => SEVERITIES.indexOf(finding.severity);
let groups = [];

function show() {
  const fits = matcher(state.words);
  const is = (wanted, values) => !wanted || values.some((value) => wanted === "=" + value);
  const chosen = findings.filter(({ finding, key }) =>
    Boolean(finding.suppressed) === state.suppressed && (!state.severities.size || state.severities.has(finding.severity)) &&
    is(state.rule, [`${finding.rule} ${finding.name}`]) && is(state.cluster, finding.clusters) && fits(key));
  const by = new Map();
  for (const one of chosen) {
    const title = GROUPS[state.group][1](one.finding);
    if (by.has(title)) by.get(title).push(one);
    else by.set(title, [one]);
  }
  groups = [...by].map(([title, all]) => {
    all.sort((one, other) => weight(one.finding) - weight(other.finding) || one.at - other.at);
    return { title, all, counts: SEVERITIES.map((word) => all.filter(({ finding }) => finding.severity === word).length) };
  });
  groups.sort((one, other) => {
    const at = one.counts.findIndex((count, at) => Boolean(count) !== Boolean(other.counts[at]));
    const worst = at < 0 ? 0 : one.counts[at] ? -1 : 1;
    return worst || other.counts[0] - one.counts[0] || other.all.length - one.all.length || compare(one.title, other.title);
  });
  state.shown = PAGE;
  const focused = document.activeElement && document.activeElement.dataset.chip;
  const toggle = (word) => () => { if (!state.severities.delete(word)) state.severities.add(word); show(); };
  const active = data.findings.filter((finding) => !finding.suppressed);
  const levels = SEVERITIES.map((word) => [word, chip(word + "s", active.filter((finding) => finding.severity === word).length,
    state.severities.has(word), toggle(word), `level.${word}`)]);
  const let_be = chip("Not counted", data.findings.length - active.length, state.suppressed,
    () => { state.suppressed = !state.suppressed; show(); }, null, "Excepted, in the baseline, or there before the change");
  chips.replaceChildren(...[...levels, ["suppressed", let_be]].map(([name, button]) => { button.dataset.chip = name; return button; }));
  if (focused) document.querySelector(`[data-chip="${CSS.escape(focused)}"]`).focus();
  status.textContent = `${counted(chosen.length, "finding")} in ${counted(groups.length, "group")}`;
  fill();
}

function fill() {
  let left = state.shown;
  const shown = [];
  for (const group of groups) {
    if (left <= 0) break;
    shown.push(groupOf(group, left, shown.length < 8));
    left -= group.all.length;
  }
  list.replaceChildren(...shown);
  if (!groups.length) list.append(node("p.empty.box", null, data.findings.length ? "No finding fits." : "No findings."));
  more.hidden = left >= 0 || groups.reduce((sum, group) => sum + group.all.length, 0) <= state.shown;
}

function groupOf({ title, all, counts }, most, open) {
  const levels = SEVERITIES.map((word, at) => counts[at] > 0 && node(`span.level.${word}`, null, counted(counts[at], word)));
  return node("details.group", { open }, node("summary", null, node("h2", null, title), levels),
    all.slice(0, most).map(({ finding }) => article(finding)));
}

function article(finding) {
  const { location, rendered, suppressed } = finding;
  const facts = [named(finding.object), finding.identity && `identity ${finding.identity}`,
    finding.clusters.length > 0 && `cluster ${finding.clusters.join(", ")}`].filter(Boolean).join(", ");
  const notes = [...finding.notes, rendered && `Rendered by ${rendered.by} from ${rendered.roots.join(", ")}.`].filter(Boolean);
  const gone = suppressed && ["Not counted:", suppressed.by, suppressed.until && `until ${suppressed.until}`,
    suppressed.owner && `by ${suppressed.owner}`, suppressed.reason].filter(Boolean).join(" ");
  return node("article.finding", null,
    node("div", null, node("span", null, node(`span.level.${finding.severity}`, null, finding.severity))),
    node("div", null,
      node("p.what", null, prose(finding.message)),
      node("p.mild", null, `${finding.rule} ${finding.name} `, facts && `\u00b7 ${facts}`),
      node("p", null, node("code", null, `${location.file}:${location.line}:${location.column}`)),
      gone && node("p.mild", null, gone),
      node("details", null, node("summary", null, "What to do"), node("div", null,
        node("p", null, prose(sentence(finding.help))),
        finding.fixes.length > 0 && node("div", null, node("h3", null, "Ways to mend it"), node("ul", null,
          finding.fixes.map((fix) => node("li", null, prose(sentence(fix.title)), fix.applicability === "suggest" ? "" : node("span.mild", null, ` nhilint can do it (${fix.applicability}).`))))),
        notes.length > 0 && node("div", null, node("h3", null, "Notes"), node("ul", null, notes.map((note) => node("li", null, prose(note))))),
        finding.related.length > 0 && node("div", null, node("h3", null, "Other places"), node("ul", null,
          finding.related.slice(0, 12).map((other) => node("li", null, place(other.location), " ", prose(other.message)))))))));
}

function sentence(text) {
  const end = /[.!?]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}

function boxes(summary) {
  const failed = data.errors.map((error) => node("li", null, [error.file, error.line].filter(Boolean).join(":"), error.file ? ": " : "", error.message));
  const rest = summary.unjudged.map((one) => node("li", null, `${one.what} (${one.count})`, one.example && node("span.mild", null, `, for example ${one.example}`)));
  return [
    failed.length > 0 && node("section.box.bad", { role: "alert" }, node("h2", null, "The job could not be done whole"), node("ul", null, failed)),
    rest.length > 0 && node("details.box", null, node("summary", null, `Not judged: ${counted(rest.length, "kind")} of things`), node("ul", null, rest)),
  ];
}

function start() {
  const { summary } = data;
  const select = (name) => (value) => { state[name] = value; show(); };
  const clusters = tally(data.findings, (finding) => finding.clusters);
  const by = node("select", { onchange: () => select("group")(by.value) },
    Object.entries(GROUPS).filter(([name]) => name !== "cluster" || clusters.length > 1).map(([name, [title]]) => node("option", { value: name }, title)));
  const form = node("form.controls", { role: "search", onsubmit: (event) => event.preventDefault() },
    searchField("Search: messages, names, files, rules", select("words")),
    choice("Rule", "Every rule", tally(data.findings, (finding) => `${finding.rule} ${finding.name}`), select("rule")),
    clusters.length > 1 && choice("Cluster", "Every cluster", clusters, select("cluster")),
    node("label", null, "Grouped by", by),
    node("button.plain", { type: "reset", onclick: () => { Object.assign(state, { words: "", rule: "", cluster: "", group: "identity" }); state.severities.clear(); show(); } }, "Clear"));
  const about = [counted(summary.files, "file"), counted(summary.objects, "object"), counted(summary.identities, "identity", "identities")];
  document.getElementById("page").append(...[
    node("header", null, node("h1", null, "Findings"), node("p.under", null, `In ${about.join(", ")}`)),
    chips, boxes(summary), form, status, list, more,
    footer(node("kbd", null, "/"), " searches, ", node("kbd", null, "\u2191"), " ", node("kbd", null, "\u2193"), " go from group to group."),
  ].flat().filter(Boolean));
  arrows(list, "summary");
  show();
}

start();
