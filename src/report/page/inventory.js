// The page of identities: `data` is a list of records of the inventory, version 1.

const TIERS = {
  T0: "as good as cluster-admin", T1: "much of the cluster or all of a namespace", T2: "workloads or secrets of others in a namespace",
  T3: "little", T4: "nothing",
};
const PAGE = 200;

const never = (one) => one.effectiveSeconds === null;
const longest = (record) =>
  record.credentials.reduce((most, one) => Math.max(most, never(one) ? Infinity : one.effectiveSeconds), -1);
const active = (record) => record.findings.filter((finding) => !finding.suppressed);
const count = (record, severity) => active(record).filter((finding) => finding.severity === severity).length;
const owner = (record) => (record.owner ? record.owner.value : "");
const full = (record) => (record.namespace === null ? "?" : record.namespace) + "/" + record.name;
const images = (record) => record.workloads.flatMap((workload) => workload.containers.map((one) => one.image));

const rows = data.map((record) => ({
  record,
  key: [
    record.id, record.root, owner(record), record.environment, record.purpose, record.repository,
    ...record.workloads.map((one) => `${one.kind}/${one.name} ${one.location.file}`), ...images(record),
    ...record.cloud.map((one) => one.identity), ...record.secrets.map((one) => one.name),
    ...record.permissions.primitives.map((one) => one.words), ...record.findings.map((one) => one.rule),
  ].filter(Boolean).join("\n").toLowerCase(),
}));

const FACTS = [
  ["No owner", (record) => !record.owner],
  ["Exposed", (record) => record.exposed],
  ["Token that never ends", (record) => record.credentials.some(never)],
  ["Cloud identity", (record) => record.cloud.length > 0],
  ["Excepted", (record) => record.exceptions.length > 0],
  ["Review overdue", (record) => Boolean(record.review && record.review.overdue)],
  ["Nothing runs as it", (record) => record.workloads.length === 0],
];

const COLUMNS = [
  ["Identity", (record) => full(record)],
  ["Can reach", (record) => record.tier.reachable + record.tier.direct],
  ["Owner", (record) => owner(record) || "\uffff"],
  ["Environment", (record) => record.environment || "\uffff"],
  ["What runs as it", (record) => record.workloads.length, true],
  ["Longest credential", longest, true],
  ["Findings", (record) => count(record, "error") * 1e6 + count(record, "warning") * 1e3 + active(record).length, true],
];

const state = { words: "", tiers: new Set(), facts: new Set(), owner: "", environment: "", repository: "", sort: 1, down: false, shown: PAGE };

const chips = node("div.chips", { role: "group", "aria-label": "What they can reach" });
const facts = node("div.chips", { role: "group", "aria-label": "What is known of them" });
const status = node("p.status", { role: "status", "aria-live": "polite" });
const body = node("tbody");
const more = node("div.more", { hidden: true },
  node("button.plain", { type: "button", onclick: () => { state.shown += PAGE; fill(); } }, `Show ${PAGE} more`));
const heads = COLUMNS.map(([title, , number], at) =>
  node("th", { scope: "col" }, node("button", { type: "button", onclick: () => sortBy(at, number) }, title)));

function sortBy(at, number) {
  state.down = state.sort === at ? !state.down : Boolean(number);
  state.sort = at;
  show();
}

function chosen() {
  const fits = matcher(state.words);
  const is = (wanted, value) => !wanted || wanted === "=" + value;
  return rows.filter(({ record, key }) =>
    (!state.tiers.size || state.tiers.has(record.tier.reachable)) &&
    [...state.facts].every((at) => FACTS[at][1](record)) &&
    is(state.owner, owner(record)) && is(state.environment, record.environment || "") &&
    is(state.repository, record.repository || "") && fits(key));
}

let listed = [];

function show() {
  const [, value] = COLUMNS[state.sort];
  const sign = state.down ? -1 : 1;
  const order = (one, other) => {
    const [a, b] = [value(one.record), value(other.record)];
    return sign * (typeof a === "number" ? (a > b) - (a < b) : compare(a, b)) || compare(one.record.id, other.record.id);
  };
  listed = chosen().sort(order);
  state.shown = PAGE;
  heads.forEach((head, at) => {
    if (at === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  const toggle = (set, one) => () => { if (!set.delete(one)) set.add(one); show(); };
  // A list that is focused stays so.
  const focused = document.activeElement && document.activeElement.dataset.chip;
  chips.replaceChildren(...Object.entries(TIERS).map(([tier, meaning]) => {
    const number = data.filter((record) => record.tier.reachable === tier).length;
    const button = chip(tier, number, state.tiers.has(tier), toggle(state.tiers, tier), `tier.${tier}`, meaning);
    button.dataset.chip = tier;
    button.setAttribute("aria-label", `${tier}, ${meaning}: ${number}`);
    return button;
  }));
  facts.replaceChildren(...FACTS.map(([words, is], at) => {
    const button = chip(words, data.filter(is).length, state.facts.has(at), toggle(state.facts, at));
    button.dataset.chip = words;
    return button;
  }));
  if (focused) document.querySelector(`[data-chip="${CSS.escape(focused)}"]`).focus();
  fill();
}

function fill() {
  const part = listed.slice(0, state.shown);
  body.replaceChildren(...part.flatMap(({ record }, at) => row(record, at)));
  if (!part.length) body.append(node("tr", null, node("td.empty", { colspan: COLUMNS.length }, "No identity fits.")));
  more.hidden = listed.length <= state.shown;
  const first = part.length < listed.length ? `The first ${part.length} of ` : "";
  status.textContent = `${first}${counted(listed.length, "identity", "identities")}` + (listed.length < data.length ? ` (of ${data.length})` : "");
}

function row(record, at) {
  const open = () => {
    const is = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(is));
    line.classList.toggle("open", is);
    if (is) line.after(node("tr.detail", { id: `detail-${at}` }, node("td", { colspan: COLUMNS.length }, detail(record))));
    else line.nextElementSibling.remove();
  };
  const button = node("button.name", { type: "button", "aria-expanded": "false", "aria-controls": `detail-${at}` },
    node("span", null, (record.namespace === null ? "?" : record.namespace) + "/"), record.name);
  const { direct, reachable, confidence } = record.tier;
  const [first] = record.workloads;
  const last = longest(record);
  const [errors, warnings] = [count(record, "error"), count(record, "warning")];
  const line = node("tr.row", { onclick: (event) => { if (!String(getSelection()) || event.target.closest("button")) open(); } },
    node("td", null, button, node("small", null, [record.cluster, record.root].filter(Boolean).join(" · "))),
    node("td.nowrap", null, node(`span.tier.${reachable}`, { title: TIERS[reachable] }, reachable),
      direct !== reachable && node("small", null, `itself ${direct}`),
      confidence !== "certain" && node("small", null, confidence)),
    node("td", null, record.owner ? owner(record) : node("span.warn", null, "nobody")),
    node("td", null, record.environment || node("span.mild", null, "not known")),
    node("td", null, first ? `${first.kind}/${first.name}` : node("span.mild", null, "nothing"),
      record.workloads.length > 1 && node("small", null, `and ${record.workloads.length - 1} more`)),
    node("td.nowrap", null, last < 0 ? node("span.mild", null, "none") : last === Infinity ? node("span.bad", null, "never ends") : lifetime(last)),
    node("td.nowrap", null, errors > 0 && node("span.level.error", null, counted(errors, "error")), errors && warnings ? " " : null,
      warnings > 0 && node("span.level.warning", null, counted(warnings, "warning")),
      !errors && !warnings && node("span.mild", null, "none")));
  return [line];
}

function part(title, inside, across) {
  const list = inside.filter(Boolean);
  if (!list.length) return null;
  const kind = list[0].tagName === "LI" ? "ul" : "div";
  return node(across ? "section.across" : "section", null, node("h3", null, title), node(kind, null, list));
}

/** The way to the strongest that it can become. */
function way(record) {
  const { path, reachable } = record.tier;
  if (!path.length) return null;
  const stops = [node("li.stop", null, path[0].from)];
  path.forEach((step, at) => {
    const end = at === path.length - 1;
    const says = step.words.endsWith(": " + step.to) ? step.words.slice(0, -step.to.length - 2) : step.words;
    const [binding] = step.via.bindings;
    stops.push(
      node(step.certain ? "li.step" : "li.step.unsure", null, prose(says), step.certain ? "" : " (not certain)",
        binding && node("span.hidden", null, ` by ${binding.kind} ${binding.name}`)),
      node(end ? `li.stop.last.${reachable}` : "li.stop", null, step.to));
  });
  const bindings = path.flatMap((step) => step.via.bindings);
  return node("section.across", null, node("h3", null, `The way to ${reachable}, ${TIERS[reachable]}`),
    node("ol.way", null, stops),
    bindings.length > 0 && node("p.under", null, "Given by ", bindings.flatMap((one, at) =>
      [at ? ", " : "", `${one.kind} ${one.name} `, place(one.location)])));
}

function detail(record) {
  const { permissions } = record;
  const limit = (list, most, make) => [...list.slice(0, most).map(make),
    list.length > most && node("li.mild", null, `and ${list.length - most} more`)];
  const about = {
    Id: node("code", null, record.id), Known: record.origin.replace("-", " "), Owner: record.owner ? `${owner(record)} (${record.owner.level})` : "nobody",
    Purpose: record.purpose, Needs: record.dependencies.join(", "), "Tier of its namespace": record.namespaceTier, Repository: record.repository,
    Review: record.review && `last ${record.review.last || "never"}, due ${record.review.by || "never"}${record.review.overdue ? ", overdue" : ""}`,
    Declared: place(record.declared), "For emergencies": record.breakGlass && "yes",
  };
  const known = Object.entries(about).filter(([, value]) => value);
  return node("div.parts", null,
    way(record),
    part("What it may do", [
      ...limit(permissions.primitives, 12, (one) => node("li", null, node(`span.tier.${one.tier}`, null, one.tier), " ", prose(one.words), one.certain ? "" : " (not certain)")),
      ...limit(permissions.unknown, 6, (one) => node("li.warn", null, `${one.roleKind} ${one.role} is not in the input `, place(one.location))),
    ]),
    part("What runs as it", limit(record.workloads, 12, (one) => node("li", null, `${one.kind}/${one.name}`,
      one.schedule && ` at ${one.schedule}`, one.exposedBy.length > 0 && node("span.warn", null, ` exposed by ${one.exposedBy.join(", ")}`), " ", place(one.location)))),
    part("Credentials", limit(record.credentials, 12, (one) => node("li", null, one.type.replace("-", " "),
      one.what && ` ${one.what}`, one.audience && ` for ${one.audience}`, ", ",
      never(one) ? node("span.bad", null, "never ends") : lifetime(one.effectiveSeconds), " ", place(one.location)))),
    part("Secrets", limit(record.secrets, 12, (one) => node("li", null, `${one.namespace === null ? "?" : one.namespace}/${one.name}`,
      node("span.mild", null, ` by ${one.via}, kept: ${one.store}`), one.sharedWith.length > 0 && node("span.warn", null, ` shared with ${one.sharedWith.length}`)))),
    part("Clouds", limit(record.cloud, 12, (one) => node("li", null, `${one.provider} `, node("code", null, one.identity),
      one.sharedWith.length > 0 && node("span.warn", null, ` shared with ${one.sharedWith.join(", ")}`)))),
    part("Exceptions", limit(record.exceptions, 12, (one) => node("li", null, `${one.rules.join(", ")} until ${one.until || "no day"}, ${one.state}`,
      one.owner && `, ${one.owner}`, " ", place(one.location)))),
    part("Findings", limit(record.findings, 12, (one) => node("li", null, node(`span.level.${one.suppressed ? "none" : one.severity}`, null, one.severity),
      ` ${one.rule} ${one.form}`, one.suppressed && node("span.mild", null, ` (${one.suppressed})`), " ", place(one.location)))),
    node("section", null, node("h3", null, "About it"),
      node("dl", null, known.flatMap(([name, value]) => [node("dt", null, name), node("dd", null, value)]))));
}

function start() {
  const repositories = tally(data, (record) => record.repository || "");
  const namespaces = new Set(data.map((record) => `${record.repository} ${record.cluster} ${record.namespace}`)).size;
  const select = (name) => (value) => { state[name] = value; show(); };
  const form = node("form.controls", { role: "search", onsubmit: (event) => event.preventDefault() },
    searchField("Search: names, images, roles, rules, clouds", select("words")),
    choice("Owner", "Every owner", tally(data, owner), select("owner")),
    choice("Environment", "Every environment", tally(data, (record) => record.environment || ""), select("environment")),
    repositories.length > 1 && choice("Repository", "Every repository", repositories, select("repository")),
    node("button.plain", { type: "reset", onclick: () => { Object.assign(state, { words: "", owner: "", environment: "", repository: "" }); state.tiers.clear(); state.facts.clear(); show(); } }, "Clear"));
  const [[only] = [""]] = repositories.length === 1 ? repositories : [[]];
  document.getElementById("page").append(
    node("header", null, node("h1", null, "Non-human identities"),
      node("p.under", null, `${counted(data.length, "identity", "identities")} in ${counted(namespaces, "namespace")}`, only ? ` of ${only}` : "")),
    chips, facts, form, status,
    node("div.scroll", null, node("table", null, node("caption.hidden", null, "Identities"), node("thead", null, node("tr", null, heads)), body), more),
    footer("Can reach: the strongest that an identity can become, step by step. ", node("kbd", null, "/"), " searches, ",
      node("kbd", null, "\u2191"), " ", node("kbd", null, "\u2193"), " go through the list."));
  body.addEventListener("click", (event) => { if (event.target.closest(".detail")) event.stopPropagation(); });
  arrows(body, ".name");
  show();
}

start();
