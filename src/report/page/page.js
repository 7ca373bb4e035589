"use strict";
// What both pages share. Text of the input only ever becomes text of the page: nothing here reads markup.

const data = JSON.parse(document.getElementById("data").textContent);

/** An element: `node("p.mild", {title: "…"}, "text", other, …)`. */
function node(what, attributes, ...inside) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

function counted(count, word, words) {
  return `${count.toLocaleString("en")} ${count === 1 ? word : words || word + "s"}`;
}

function place(location) {
  return location ? node("code.mild", null, `${location.file}:${location.line}`) : null;
}

/** Seconds in the largest unit that fits. */
function lifetime(seconds) {
  for (const [size, word] of [[31536000, "year"], [86400, "day"], [3600, "hour"], [60, "minute"]]) {
    if (seconds >= size) return counted(Math.round(seconds / size), word);
  }
  return counted(seconds, "second");
}

/** A sentence in which names stand between backticks. Where one of these is part of a name, it stays as it is. */
function prose(text) {
  const parts = text.split("`");
  return parts.length % 2 ? parts.map((part, at) => (at % 2 ? node("code", null, part) : part)) : [text];
}

const compare = new Intl.Collator("en", { numeric: true }).compare;

function chip(words, count, pressed, toggle, extra, title) {
  return node(
    "button.chip",
    { type: "button", "aria-pressed": String(pressed), disabled: !count && !pressed, onclick: toggle, title },
    extra ? node(`span.${extra}`, null, words) : words,
    node("b", null, count.toLocaleString("en")),
  );
}

/** A list to choose from, of what values there are. */
function choice(label, all, values, change) {
  const select = node("select", { onchange: () => change(select.value) }, node("option", { value: "" }, all));
  for (const [value, count] of values) {
    select.append(node("option", { value: "=" + value }, `${value || "none"} (${count})`));
  }
  return node("label", null, label, select);
}

/** How often each value is there, sorted by value. */
function tally(all, of) {
  const counts = new Map();
  for (const one of all) for (const value of new Set([of(one)].flat())) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].sort(([one], [other]) => compare(one, other));
}

/** Words that must all be there. */
function matcher(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (hay) => words.every((word) => hay.includes(word));
}

function searchField(label, change) {
  let waiting = 0;
  const field = node("input", {
    type: "search", id: "search", autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/",
    oninput: () => { clearTimeout(waiting); waiting = setTimeout(() => change(field.value), 80); },
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
    }
  });
  return node("label.wide", { for: "search" }, label, field);
}

/** Up and down go from one to the next. */
function arrows(within, selector) {
  within.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.matches(selector)) return;
    const all = [...within.querySelectorAll(selector)];
    const next = all[all.indexOf(event.target) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}

function footer(...words) {
  return node("footer", null, ...words, " Made by nhilint ", document.documentElement.dataset.version, ".");
}
