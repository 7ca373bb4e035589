// The pages of nhilint in a browser: they sort, filter and draw, load nothing, and take no name for markup.
// node pages.js CHROMIUM NHILINT SCRATCH; `puppeteer-core` is found by NODE_PATH. With a fourth argument, a folder, it
// keeps pictures of what it saw there.
"use strict";
const assert = require("assert/strict");
const { execFileSync } = require("child_process");
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const puppeteer = require("puppeteer-core");

const [chromium, nhilint, scratch, pictures] = process.argv.slice(2);
const MANY = 3000;
const HOSTILE = [
  "</script><script>window.obeyed=1</script>", "<img src=x onerror=window.obeyed=1>", "\u2028window.obeyed=1\u2029", "<!--<script>",
  "{{constructor.constructor('window.obeyed=1')()}}", "=cmd|' /C calc'!A0",
];

function manifests() {
  const all = [];
  const account = (namespace, name, owner, environment) => all.push({
    apiVersion: "v1", kind: "ServiceAccount",
    metadata: { name, namespace, annotations: owner ? { "nhilint.dev/owner": owner } : {}, labels: environment ? { environment } : {} },
  });
  const binding = (namespace, name, role) => all.push({
    apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: `b-${name}` },
    subjects: [{ kind: "ServiceAccount", namespace, name }], roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
  });
  const job = (namespace, name, account) => all.push({
    apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace },
    spec: { template: { spec: { serviceAccountName: account, restartPolicy: "Never", containers: [{ name: "a", image: "registry.example/a:1" }] } } },
  });
  // The first can make pods beside the second, which may do everything: a way of two steps.
  account("ci", "runner", "team-ci");
  account("ci", "admin", "team-ci");
  binding("ci", "admin", "cluster-admin");
  job("ci", "build", "runner");
  all.push({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "pods", namespace: "ci" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["create"] }] });
  all.push({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "pods", namespace: "ci" }, subjects: [{ kind: "ServiceAccount", namespace: "ci", name: "runner" }], roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "pods" } });
  HOSTILE.forEach((name, at) => {
    account("hostile", name, `owner ${name}`);
    job("hostile", `${name} ${at}`, name);
  });
  for (let at = 0; at < MANY; at += 1) account(at % 2 ? "shop-prod" : "shop-dev", `a-${at}`, at % 3 ? `team-${at % 5}` : null);
  return all.map((one) => JSON.stringify(one)).join("\n---\n");
}

async function open(browser, file, scheme) {
  const tab = await browser.newPage();
  const complaints = [];
  tab.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  tab.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  tab.on("request", (request) => { if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`); });
  await tab.setViewport({ width: 1280, height: 900 });
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const start = Date.now();
  await tab.goto(pathToFileURL(file).href, { waitUntil: "load" });
  console.log(`${path.basename(file)}, ${scheme}: ${Date.now() - start} ms`);
  return { tab, complaints };
}

async function picture(tab, name) {
  if (pictures) await tab.screenshot({ path: path.join(pictures, name) });
}

/** Text must be readable on what it stands on: 4.5 to 1 (WCAG 2.2, 1.4.3). */
const contrasts = (tab) => tab.evaluate(() => {
  const light = (text) => {
    const parts = text.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = new Set();
  for (const element of document.querySelectorAll("main *")) {
    const own = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    if (!own || element.closest(":disabled, .hidden")) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...poor];
});

/** Everything that is used has a name. */
const nameless = (tab) => tab.evaluate(() => [...document.querySelectorAll("button, input, select, summary, table")].filter((one) => {
  const label = one.labels && one.labels.length ? one.labels[0].textContent : "";
  return !(one.getAttribute("aria-label") || label || one.textContent || "").trim();
}).map((one) => one.outerHTML.slice(0, 80)));

const status = (tab) => tab.$eval(".status", (one) => one.textContent);
const names = (tab) => tab.$$eval(".name", (all) => all.map((one) => one.textContent));
const settled = () => new Promise((done) => setTimeout(done, 200));

async function identities(browser, file, scheme) {
  const { tab, complaints } = await open(browser, file, scheme);
  const all = MANY + HOSTILE.length + 2;
  assert.match(await status(tab), /^The first 200 of 3,00\d identities$/);
  // The strongest stand first.
  assert.deepEqual((await names(tab)).slice(0, 2).sort(), ["ci/admin", "ci/runner"]);
  // Sorting, by every column and both ways.
  for (let at = 1; at <= 7; at += 1) {
    const head = `th:nth-child(${at}) button`;
    const sorted = () => tab.$eval(`th:nth-child(${at})`, (one) => one.getAttribute("aria-sort"));
    await tab.click(head);
    const first = await sorted();
    await tab.click(head);
    assert.deepEqual([first, await sorted()].sort(), ["ascending", "descending"], `column ${at}`);
  }
  await tab.click("th:nth-child(1) button");
  const ascending = await names(tab);
  assert.deepEqual(ascending, [...ascending].sort(new Intl.Collator("en", { numeric: true }).compare));
  await tab.click(".more button");
  assert.equal((await names(tab)).length, 400);
  // By the keyboard alone: search, go down, open, close.
  await tab.keyboard.press("/");
  await tab.keyboard.type("ci/ runner");
  await settled();
  assert.equal(await status(tab), `1 identity (of ${all})`);
  await tab.focus(".name");
  await tab.keyboard.press("Enter");
  assert.deepEqual(await tab.$$eval(".way .stop", (stops) => stops.map((one) => one.textContent)).then((stops) => stops.slice(0, 2)), ["ci/runner", "ci/admin"]);
  assert.ok(await tab.$eval(".way .last", (one) => one.classList.contains("T0") && one.getBoundingClientRect().width > 40), "the way is drawn");
  assert.equal(await tab.$eval(".name", (one) => one.getAttribute("aria-expanded")), "true");
  assert.deepEqual(await contrasts(tab), []);
  await picture(tab, `identity-${scheme}.png`);
  await tab.keyboard.press("Enter");
  assert.equal(await tab.$(".detail"), null);
  // Filters.
  await tab.click("button[type=reset]");
  await settled();
  await tab.click(".chip[data-chip=T0]");
  assert.equal(await status(tab), `2 identities (of ${all})`);
  await tab.focus(".name");
  await tab.keyboard.press("ArrowDown");
  assert.equal(await tab.evaluate(() => document.activeElement.textContent), (await names(tab))[1]);
  await tab.click(".chip[data-chip=T0]");
  await tab.click(".chip[data-chip='No owner']");
  assert.equal(await status(tab), `The first 200 of 1,000 identities (of ${all})`);
  await tab.click("button[type=reset]");
  await tab.select("select", "=team-1");
  const [environments] = await tab.$$eval("select", (selects) => selects.slice(1).map((one) => [...one.options].map((option) => option.value)));
  assert.ok(environments.includes("=prod") && environments.includes("=dev"), `${environments}`);
  await tab.evaluate(() => { const select = document.querySelectorAll("select")[1]; select.value = "=prod"; select.dispatchEvent(new Event("change")); });
  assert.equal(await status(tab), `200 identities (of ${all})`);
  // Names that are markup are text.
  await tab.click("button[type=reset]");
  await tab.type("#search", "hostile/");
  await settled();
  const hostile = (await names(tab)).map((name) => name.replace("hostile/", ""));
  for (const name of HOSTILE.filter((name) => !name.startsWith("\u2028"))) assert.ok(hostile.includes(name), `${name}: ${hostile}`);
  for (const button of await tab.$$(".name")) await button.click();
  assert.equal(await tab.$$eval(".detail", (all) => all.length), HOSTILE.length);
  assert.equal(await tab.evaluate(() => window.obeyed), undefined);
  assert.deepEqual(await nameless(tab), []);
  assert.deepEqual(complaints, []);
  await tab.click("button[type=reset]");
  await settled();
  assert.deepEqual(await contrasts(tab), []);
  await picture(tab, `identities-${scheme}.png`);
  await tab.setViewport({ width: 400, height: 800 });
  assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= 400), "a narrow screen shows all of it");
  const colour = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await tab.close();
  return colour;
}

async function findings(browser, file, scheme) {
  const { tab, complaints } = await open(browser, file, scheme);
  const shown = () => tab.$$eval(".finding", (all) => all.length);
  const before = await status(tab);
  assert.match(before, /^[\d,]+ findings in [\d,]+ groups$/);
  assert.ok((await shown()) > 5);
  await tab.click(".chip[data-chip=error]");
  assert.ok(await tab.$$eval(".finding", (all) => all.every((one) => one.querySelector(".level.error"))), "only errors");
  await tab.click(".chip[data-chip=error]");
  await tab.keyboard.press("/");
  await tab.keyboard.type("nhi501");
  await settled();
  assert.ok(await tab.$$eval(".finding", (all) => all.length > 0 && all.every((one) => one.textContent.includes("NHI501"))));
  await tab.click(".finding summary");
  assert.ok(await tab.$eval(".finding details", (one) => one.open));
  assert.deepEqual(await contrasts(tab), []);
  await tab.click("button[type=reset]");
  await settled();
  assert.equal(await status(tab), before);
  await tab.evaluate(() => { const by = [...document.querySelectorAll("select")].pop(); by.value = "rule"; by.dispatchEvent(new Event("change")); });
  assert.ok(await tab.$$eval(".group h2", (all) => all.every((one) => /^NHI\d+ /.test(one.textContent))), "by rule");
  await tab.focus(".group > summary");
  await tab.keyboard.press("ArrowDown");
  assert.equal(await tab.evaluate(() => document.activeElement.tagName), "SUMMARY");
  assert.equal(await tab.evaluate(() => window.obeyed), undefined);
  assert.deepEqual(await nameless(tab), []);
  assert.deepEqual(complaints, []);
  await picture(tab, `findings-${scheme}.png`);
  await tab.setViewport({ width: 400, height: 800 });
  assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= 400), "a narrow screen shows all of it");
  await tab.close();
}

async function main() {
  fs.writeFileSync(path.join(scratch, "all.yaml"), manifests());
  const make = (...words) => {
    try {
      execFileSync(nhilint, words, { cwd: scratch, stdio: "pipe" });
    } catch (error) {
      if (error.status !== 1) throw new Error(`${words}: ${error.stderr}`);
    }
  };
  make("inventory", "all.yaml", "--no-config", "--output", "identities.html");
  make("check", "all.yaml", "--no-config", "--output", "findings.html");
  const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"], protocolTimeout: 240000 });
  try {
    const colours = [];
    for (const scheme of ["light", "dark"]) {
      colours.push(await identities(browser, path.join(scratch, "identities.html"), scheme));
      await findings(browser, path.join(scratch, "findings.html"), scheme);
    }
    assert.notEqual(colours[0], colours[1], "light and dark differ");
  } finally {
    await browser.close();
  }
  console.log("the pages sort, filter and draw, load nothing, and take no name for markup");
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
