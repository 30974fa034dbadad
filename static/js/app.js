// What makes the shop nicer with JavaScript. Every page works without it.

const toast = document.getElementById("toast");
const lang = document.documentElement.lang;
let hiding;

function say(text, link) {
  const p = document.createElement("p");
  p.textContent = text;
  if (link) {
    const a = document.createElement("a");
    a.href = link;
    a.textContent = toast.dataset.cart;
    p.append(" ", a);
  }
  toast.replaceChildren(p);
  clearTimeout(hiding);
  hiding = setTimeout(() => toast.replaceChildren(), 8000);
}

function showCount(count) {
  for (const badge of document.querySelectorAll(".count")) {
    badge.textContent = count;
    badge.hidden = count === 0;
  }
}

// Back may show a page as it was left, the cart's count included.
addEventListener("pageshow", async (event) => {
  if (!event.persisted && performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
  try {
    const answer = await fetch(`/${lang}/cart`, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok) showCount((await answer.json()).count);
  } catch {
    // Without a connection the old count is as good as any.
  }
});

// Putting something into the cart without leaving the page.
for (const form of document.querySelectorAll("form[data-add]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(form, event.submitter)),
      });
      const { count, message } = await answer.json();
      if (count !== undefined) showCount(count);
      say(message || toast.dataset.failed, answer.ok && `/${lang}/cart`);
    } catch {
      say(toast.dataset.failed);
    } finally {
      button.ariaBusy = null;
    }
  });
}

// A form that must not be sent twice in a row. Coming Back frees it again.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// Forms that apply at once; on narrow screens the filter waits for its button.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", (event) => {
    if (event.target.name === "sort" || form.id !== "facets" || matchMedia("(width >= 60rem)").matches) form.requestSubmit();
  });
}
// A filter's address names only what is set.
document.querySelector("form#facets")?.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// The total follows the choice of delivery.
const checkout = document.querySelector("form[data-checkout]");
function follow() {
  const choice = checkout.querySelector("[name=delivery]:checked");
  if (!choice) return;
  checkout.elements.expected_total.value = choice.dataset.tetri;
  for (const place of checkout.querySelectorAll("[data-put]")) place.textContent = choice.dataset[place.dataset.put];
}
checkout?.addEventListener("change", (event) => event.target.name === "delivery" && follow());
if (checkout) {
  addEventListener("pageshow", follow); // Back may restore another choice
  checkout.elements.theme.value = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"; // for the bank's page
}

// A card to be remembered is one that is typed; a saved one is not saved again.
checkout?.addEventListener("change", ({ target }) => {
  const { save_card: save, one_click: oneClick } = checkout.elements;
  const typed = checkout.querySelector('[name="card"][value=""]');
  if (typed && target === save && save.checked) typed.checked = true;
  if (target.name === "card" && target.value) save.checked = oneClick.checked = false;
});

document.querySelector("[data-focus]")?.focus();
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

// While the bank has not decided, ask how the order stands, ever less often.
const state = document.querySelector("[data-poll]");
if (state) {
  let wait = 2000;
  const look = async () => {
    try {
      const { status } = await (await fetch(state.dataset.poll, { headers: { Accept: "application/json" } })).json();
      if (status && status !== state.dataset.status) return location.reload();
    } catch {
      // The next look may have a connection again.
    }
    wait = Math.min(wait * 1.4, 20000);
    setTimeout(look, wait);
  };
  setTimeout(look, wait);
}

// Suggestions while typing: a combobox with a list of links.
const input = document.querySelector("[data-suggest]");
if (input) {
  const list = document.createElement("ul");
  Object.assign(list, { id: "hits", className: "hits", role: "listbox", hidden: true, ariaLabel: input.labels[0].textContent });
  const told = document.createElement("p");
  Object.assign(told, { className: "unseen", role: "status" });
  input.after(list, told);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "hits", "aria-expanded": "false" })) input.setAttribute(name, value);

  let timer, asked, at = -1;
  const open = (yes) => {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", yes);
    mark(-1);
  };
  const mark = (i) => {
    at = i;
    [...list.children].forEach((li, n) => li.setAttribute("aria-selected", n === i));
    if (i < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[i].id);
      list.children[i].scrollIntoView({ block: "nearest" });
    }
  };
  const row = (hit, i) => {
    const li = document.createElement("li");
    Object.assign(li, { id: `hit-${i}`, role: "option", ariaSelected: "false" });
    li.dataset.url = hit.url;
    const name = document.createElement("span");
    name.textContent = hit.name;
    const price = document.createElement("b");
    price.textContent = hit.price;
    const img = Object.assign(new Image(44, 44), { src: hit.picture, alt: "" });
    li.append(img, name, price);
    return li;
  };
  const suggest = async () => {
    const q = input.value.trim();
    asked?.abort();
    if (q.length < 2) return open(false);
    asked = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(q)}`, { signal: asked.signal });
      const hits = answer.ok ? await answer.json() : [];
      list.replaceChildren(...hits.map(row));
      open(hits.length > 0 && document.activeElement === input);
      told.textContent = hits.length ? toast.dataset.found.replace("%s", hits.length) : toast.dataset.none;
    } catch {
      // Typed on, or no connection: searching still works.
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, 160);
  });
  input.addEventListener("keydown", (event) => {
    const last = list.children.length - 1;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // keeps what was typed
      open(false);
    } else if (list.hidden || last < 0) return;
    else if (event.key === "ArrowDown") mark(at < last ? at + 1 : 0);
    else if (event.key === "ArrowUp") mark(at > 0 ? at - 1 : last);
    else if (event.key === "Enter" && at >= 0) location.href = list.children[at].dataset.url;
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const hit = event.target.closest("[data-url]");
    if (hit) location.href = hit.dataset.url;
  });
  input.addEventListener("blur", () => open(false));
}
