// The sheet of a stand-in for a wallet: a dialog in the shop's page. Its styles are made by the
// script, so that a page with a strict Content-Security-Policy needs to allow nothing for it.
const words = {
  ka: {
    demo: "საცდელი საფულე: ფული არ იხარჯება",
    pays: "გადახდა წარმატებულია",
    asks: "წარმატებულია 3-D Secure-ის შემდეგ",
    poor: "არ არის საკმარისი თანხა (107)",
    what: "რომელი ბარათით?",
    pay: "გადახდა",
    close: "დახურვა",
    wait: "ერთი წუთით…",
    done: "გადახდილია",
    failed: "გადახდა ვერ მოხერხდა",
  },
  en: {
    demo: "A wallet to try things with: no money moves",
    pays: "Payment succeeds",
    asks: "Succeeds after 3-D Secure",
    poor: "Declined: insufficient funds (107)",
    what: "Which card?",
    pay: "Pay",
    close: "Close",
    wait: "One moment…",
    done: "Paid",
    failed: "The payment failed",
  },
};
const cards = {
  pays: { number: "4000000000000010", label: "Visa ···· 0010" },
  asks: { number: "4000000000000001", label: "Visa ···· 0001" },
  poor: { number: "4000000000000002", label: "Visa ···· 0002" },
};
const look = new CSSStyleSheet();
look.replaceSync(`
  dialog { width: min(24rem, calc(100vw - 2rem)); padding: 1.25rem; border: 0; border-radius: 16px;
    background: #fff; color: #1a1a1a; font: 16px/1.4 system-ui, sans-serif; }
  dialog::backdrop { background: rgb(0 0 0 / .55); }
  h2 { margin: 0; font-size: 1.2rem; }
  p { margin: .4rem 0; }
  .total { font-size: 1.5rem; font-weight: 700; }
  .demo { color: #5a4a00; background: #fff4c2; padding: .4rem .6rem; border-radius: 8px; font-size: .9rem; }
  fieldset { margin: .8rem 0; padding: 0; border: 0; }
  legend { padding: 0; font-weight: 600; }
  label { display: flex; gap: .6rem; align-items: center; min-height: 44px; }
  input { width: 20px; height: 20px; margin: 0; flex: none; }
  button { min-height: 48px; width: 100%; margin-top: .5rem; border: 1px solid #1a1a1a; border-radius: 999px;
    background: #1a1a1a; color: #fff; font: inherit; font-weight: 600; cursor: pointer; }
  button.plain { background: #fff; color: #1a1a1a; }
  button:focus-visible, input:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
`);

function add(parent, tag, text, more = {}) {
  const element = Object.assign(document.createElement(tag), more);
  if (text) element.textContent = text;
  parent.append(element);
  return element;
}

// openSheet shows a sheet with these choices of cards. It calls chosen with the key of one, or closed
// when the sheet is closed without one.
function openSheet({ brand, shop, total, lang, choices, ready = true, chosen, closed }) {
  const say = words[lang === "ka" ? "ka" : "en"];
  const host = add(document.body, "div");
  host.dataset.testid = "wallet-sheet";
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [look];
  const sheet = add(root, "dialog");
  sheet.setAttribute("aria-labelledby", "brand");
  sheet.lang = lang === "ka" ? "ka" : "en";
  const form = add(sheet, "form", "", { method: "dialog" });
  add(form, "h2", brand, { id: "brand" });
  add(form, "p", say.demo, { className: "demo" });
  add(form, "p", shop);
  add(form, "p", total, { className: "total" }).dataset.testid = "wallet-total";
  const list = add(form, "fieldset");
  add(list, "legend", say.what);
  for (const [i, key] of choices.entries()) {
    const label = add(list, "label");
    const radio = add(label, "input", "", { type: "radio", name: "card", value: key, checked: i === 0 });
    radio.dataset.testid = `wallet-${key}`;
    add(label, "span", `${cards[key].label} — ${say[key]}`);
  }
  const status = add(form, "p", ready ? "" : say.wait);
  status.setAttribute("role", "status");
  const pay = add(form, "button", say.pay, { type: "submit", disabled: !ready });
  pay.dataset.testid = "wallet-pay";
  const close = add(form, "button", say.close, { type: "button", className: "plain" });
  close.dataset.testid = "wallet-close";

  let over = false;
  const remove = () => {
    over = true;
    sheet.close();
    host.remove();
  };
  const giveUp = () => {
    if (over) return;
    remove();
    closed();
  };
  close.addEventListener("click", giveUp);
  sheet.addEventListener("cancel", (event) => {
    event.preventDefault();
    giveUp();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (pay.disabled) return;
    pay.disabled = true;
    close.disabled = true;
    status.textContent = say.wait;
    chosen(form.elements.card.value);
  });
  sheet.showModal();
  return {
    remove,
    get over() { return over; },
    allow() {
      pay.disabled = false;
      status.textContent = "";
    },
    show(paid) { status.textContent = paid ? say.done : say.failed; },
  };
}

// tokenFor is what the simulated bank takes for the token of a wallet: it names a test card.
function tokenFor(key, more) {
  const random = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(48))));
  return { standIn: true, signature: random.replace(/\d/g, "x"), card: cards[key].number, ...more };
}
const languageOf = () => document.documentElement.lang;
