"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const find = document.getElementById("find");
  const by = document.getElementById("by");
  const wants = all(".filters [data-wants]");
  const count = document.getElementById("count");
  const nothing = document.querySelector(".nothing");
  const canvas = document.querySelector(".canvas");
  const rows = all(".setting");
  root.classList.add("live");

  // The details of what is said: one at a time, beside what has the focus or the pointer.

  let opened = null;
  let dismissed = null;

  const place = () => {
    const why = opened.querySelector(".why");
    const at = opened.querySelector("button").getBoundingClientRect();
    const { width, height } = why.getBoundingClientRect();
    const below = at.bottom + height + 8 < innerHeight || at.top < height;
    why.style.setProperty("--left", `${Math.max(16, Math.min(at.left, root.clientWidth - width - 16))}px`);
    why.style.setProperty("--top", `${below ? at.bottom : at.top - height}px`);
  };

  const close = () => {
    opened?.classList.remove("open");
    opened = null;
    strengthen(null);
  };

  const open = (told) => {
    if (told === opened || told === dismissed) return;
    close();
    [opened, dismissed] = [told, null];
    told.classList.add("open");
    place();
    strengthen(told.closest(".one"));
  };

  const told = (event) => event.target.closest?.(".told") ?? null;

  const follow = (event) => {
    dismissed = null;
    if (told(event)) open(told(event));
    else close();
  };

  document.addEventListener("focusin", follow);
  document.addEventListener("click", follow);
  document.addEventListener("focusout", (event) => event.relatedTarget === null && close());
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const focused = document.activeElement.closest(".told");
    if (told(event) ?? focused) open(told(event) ?? focused);
    else follow(event);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      dismissed = opened;
      close();
    }
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, select")) {
      event.preventDefault();
      find.focus();
    }
  });
  for (const event of ["scroll", "resize"]) addEventListener(event, () => opened && place(), { capture: true, passive: true });

  // Inference: a line from what decided to what follows.

  const FAR = 480;
  const SVG = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "lines");
  drawing.setAttribute("aria-hidden", "true");
  canvas.prepend(drawing);

  const shape = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    drawing.append(made);
    return made;
  };

  const sources = (one) => (one.dataset.from ?? "").split(" ").filter(Boolean).map((id) => document.getElementById(id));

  const connect = (one, kind) => {
    const origin = canvas.getBoundingClientRect();
    const end = one.querySelector("button").getBoundingClientRect();
    for (const row of sources(one)) {
      const winner = row.querySelector(".said.won");
      if (!winner || row.hidden || !end.width) continue;
      const start = winner.getBoundingClientRect();
      const [x, y] = [end.left - origin.left, end.top + end.height / 2 - origin.top];
      const [left, top] = [start.right - origin.left, start.top + start.height / 2 - origin.top];
      // What is far away is shown where it is asked for.
      if (!kind && Math.abs(end.top - start.top) > FAR) continue;
      const apart = left + 24 < x;
      const from = apart ? left : start.left - origin.left;
      const bend = apart ? Math.max(32, (x - left) / 2) : -Math.min(28, 12 + Math.abs(y - top) / 12);
      const path = apart ? `${from + bend} ${top}, ${x - bend} ${y}` : `${from + bend} ${top}, ${x + bend} ${y}`;
      shape("path", { d: `M ${from} ${top} C ${path}, ${x} ${y}`, class: kind });
      shape("circle", { cx: x, cy: y, r: 2.5 });
    }
  };

  const draw = (strong) => {
    drawing.replaceChildren();
    for (const one of all(".one.won[data-from]")) if (one !== strong && !one.closest("tr").hidden) connect(one, "");
    if (strong?.dataset.from) connect(strong, "strong");
  };

  let strengthened = null;

  function strengthen(one) {
    for (const row of all(".setting.cause")) row.classList.remove("cause");
    for (const row of one ? sources(one) : []) row.classList.add("cause");
    if (one?.dataset.from || strengthened) draw(one);
    strengthened = one?.dataset.from ? one : null;
  }

  new ResizeObserver(() => draw(strengthened)).observe(canvas);

  // The filters.

  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const matches = (row, wanted) =>
    wants.every((box) => !box.checked || box.dataset.wants in row.dataset) &&
    (!by?.value || row.dataset.by === by.value) &&
    wanted.every((word) => words.get(row).includes(word));

  const filter = () => {
    close();
    const wanted = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !matches(row, wanted);
    for (const group of all(".matrix tbody")) group.hidden = !group.querySelector(".setting:not([hidden])");
    const shown = rows.filter((row) => !row.hidden).length;
    const every = Number(count.dataset.of);
    count.value = shown === every ? `${every} setting${every === 1 ? "" : "s"}` : `${shown} of ${every} settings`;
    nothing.hidden = shown > 0;
    draw(null);
  };

  for (const control of all(".filters input, .filters select")) control.addEventListener("input", filter);
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());

  // What a link names is shown, whatever the filters say.

  const reveal = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (!row?.hidden) return;
    document.querySelector(".filters").reset();
    filter();
    row.scrollIntoView();
  };

  addEventListener("hashchange", reveal);
  filter();
})();
