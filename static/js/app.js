// What makes the shop nicer with JavaScript. Every page works without it.

const toast = document.getElementById("toast");
const lang = document.documentElement.lang;
const json = { Accept: "application/json" };
let hiding;

function showToast(text, link) {
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

// The Back button may show a page as it was left, with the old count of the cart.
addEventListener("pageshow", async (event) => {
  if (!event.persisted && performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
  try {
    const answer = await fetch(`/${lang}/cart`, { headers: json, cache: "no-store" });
    if (answer.ok) showCount((await answer.json()).count);
  } catch {
    // Without a connection the old count is as good as any.
  }
});

// putInPlace shows the page that was answered instead of this one: its live part and what
// the header says. The focus stays where it was, and a screen reader hears what is new.
const announcer = document.getElementById("told");
async function putInPlace(answer) {
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const live = fresh.querySelector("[data-live]");
  // The answer may be somewhere else, such as the sign-in page.
  if (!live && (answer.ok || answer.redirected)) return location.assign(answer.url);
  if (!live) return showToast(fresh.querySelector(".fault h1 + p")?.textContent ?? toast.dataset.failed);
  const was = document.activeElement;
  for (const part of ["#flash", "[data-live]", ".cart-link", ".switch"]) {
    const next = fresh.querySelector(part);
    if (next) document.querySelector(part)?.replaceWith(next);
  }
  document.title = fresh.title;
  document.dispatchEvent(new Event("replaced"));
  if (!was.isConnected) {
    const same = was.id && document.getElementById(was.id);
    if (same && !same.disabled && same.checkVisibility()) {
      same.focus({ preventScroll: true });
    } else {
      const other = document.getElementById(same?.dataset?.orFocus) ?? live.querySelector("[data-next-focus]") ?? live;
      other.focus();
    }
  }
  const flash = document.getElementById("flash").textContent.trim();
  announcer.textContent = [flash, live.dataset.told].filter(Boolean).join(" ");
}

// Forms whose answer is put in place are sent one after the other: a button that is
// pressed again before the answer came is pressed on the new page.
let queue = Promise.resolve();
let waiting = 0;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-in-place]")) return;
  event.preventDefault();
  const { submitter } = event;
  const typed = new URLSearchParams(new FormData(form, submitter));
  waiting++;
  queue = queue.then(async () => {
    try {
      const button = submitter?.id ? document.getElementById(submitter.id) : submitter;
      if (submitter && (!button?.isConnected || button.disabled)) return; // the page has moved on
      const sent = submitter ? new URLSearchParams(new FormData(button.form, button)) : typed;
      const get = form.method === "get";
      const url = new URL(form.action);
      if (get) url.search = sent;
      const answer = await fetch(url, get ? {} : { method: "POST", body: sent });
      await putInPlace(answer);
      if (get) history.pushState({}, "", answer.url);
    } catch {
      showToast(toast.dataset.failed);
    } finally {
      waiting--;
    }
  });
});
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-in-place]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    await putInPlace(await fetch(link.href));
    history.pushState({}, "", link.href);
  } catch {
    location.assign(link.href);
  }
});
addEventListener("popstate", () => {
  if (document.querySelector("form#facets") && !location.hash) location.reload();
});

// Putting something into the cart without leaving the page.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-add]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: json,
      body: new URLSearchParams(new FormData(form, event.submitter)),
    });
    const { count, message } = await answer.json();
    if (count !== undefined) showCount(count);
    showToast(message || toast.dataset.failed, answer.ok && `/${lang}/cart`);
  } catch {
    showToast(toast.dataset.failed);
  } finally {
    button.ariaBusy = null;
  }
});

// A form with data-once is not sent twice in a row. Coming back to the page frees it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// Fields with data-auto need no button. Their form is sent after a pause, since the arrow
// keys go through every value on the way.
let pause;
let changed;
function send() {
  clearTimeout(pause);
  changed?.form?.requestSubmit();
  changed = null;
}
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-auto]")) return;
  if (changed !== target) send();
  changed = target;
  clearTimeout(pause);
  pause = setTimeout(send, 400);
});
// A link with data-after-changes is not followed before all changes are stored.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-after-changes]");
  if (!link || !changed && !waiting) return;
  event.preventDefault();
  send();
  await queue;
  location.assign(link.href);
});
// A list's address names only what is set.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.id !== "facets") return;
  for (const [name, value] of [...formData]) {
    const usual = name === "sort" && value === target.elements.sort.dataset.usual;
    if (value === "" || usual) formData.delete(name);
  }
});

// A row of links shows the current one; the next picture comes by itself, the page
// staying where it is.
for (const current of document.querySelectorAll(".slide-row [aria-current]")) {
  const row = current.closest(".slide-row");
  const [a, b] = [row, current].map((e) => e.getBoundingClientRect());
  if (b.left < a.left || b.right > a.right) {
    row.scrollBy({ left: b.left - a.left - (a.width - b.width) / 2, behavior: "instant" });
  }
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-slide]");
  if (!link) return;
  event.preventDefault();
  const picture = document.querySelector(link.hash);
  picture.scrollIntoView({ block: "nearest", inline: "start" });
  picture.querySelector("[data-slide]").focus({ preventScroll: true });
});

// The total follows the choice of delivery.
const checkout = document.querySelector("form[data-checkout]");
function showTotal() {
  const choice = checkout.querySelector("[name=delivery]:checked");
  if (!choice) return;
  checkout.elements.expected_total.value = choice.dataset.tetri;
  for (const place of checkout.querySelectorAll("[data-put]")) {
    place.textContent = choice.dataset[place.dataset.put];
  }
}
checkout?.addEventListener("change", ({ target }) => {
  if (target.name === "delivery") showTotal();
});
if (checkout) {
  addEventListener("pageshow", showTotal); // the Back button may restore another choice
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  checkout.elements.theme.value = dark ? "dark" : "light"; // for the bank's page
}

// A card to be remembered is one that is typed; a saved one is not saved again.
checkout?.addEventListener("change", ({ target }) => {
  const { save_card: save, one_click: oneClick } = checkout.elements;
  const typed = checkout.querySelector('[name="card"][value=""]');
  if (typed && target === save && save.checked) typed.checked = true;
  if (target.name === "card" && target.value) {
    save.checked = false;
    oneClick.checked = false;
  }
});

document.querySelector("[data-focus]")?.focus();
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-print]")) print();
});

// While the bank has not decided, ask how the order stands, ever less often.
let wait = 2000;
async function poll() {
  const state = document.querySelector("[data-poll]");
  if (!state) return;
  try {
    const answer = await fetch(state.dataset.poll, { headers: json });
    const { status, bank = "", pay } = await answer.json();
    // The bank has opened the payment that the page waited for. The Back button must not lead here again.
    if (pay && "opening" in state.dataset) return location.replace(pay);
    if (status && (status !== state.dataset.status || bank !== (state.dataset.bank ?? ""))) {
      await putInPlace(await fetch(location.href));
      wait = 2000;
    }
  } catch {
    // There may be a connection the next time.
  }
  const longest = "slow" in state.dataset ? 60000 : 20000;
  wait = Math.min(wait * 1.4, state.dataset.bank ? 4000 : longest);
  setTimeout(poll, wait);
}
setTimeout(poll, wait);

// Suggestions while typing: a combobox with a list of links.
const input = document.querySelector("[data-suggest]");
if (input) {
  const list = document.createElement("ul");
  const label = input.labels[0].textContent;
  Object.assign(list, { id: "hits", className: "hits", role: "listbox", hidden: true, ariaLabel: label });
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", "hits");
  input.setAttribute("aria-expanded", "false");

  let timer;
  let asked;
  let at = -1;
  const open = (yes) => {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", yes);
    highlight(-1);
  };
  const highlight = (i) => {
    at = i;
    [...list.children].forEach((li, n) => li.setAttribute("aria-selected", n === i));
    if (i < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
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
      announcer.textContent = hits.length ? toast.dataset.found.replace("%s", hits.length) : toast.dataset.none;
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
      return;
    }
    if (list.hidden || last < 0) return;
    if (event.key === "ArrowDown") highlight(at < last ? at + 1 : 0);
    else if (event.key === "ArrowUp") highlight(at > 0 ? at - 1 : last);
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
