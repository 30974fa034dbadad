// The simulated bank's loan calculator, with the interface of the bank's script (docs/bog-api.md
// §13). The terms, the amounts and the codes are made up.
(() => {
  const own = new URL(document.currentScript.src);
  const ka = document.documentElement.lang !== "en";
  const t = (georgian, english) => (ka ? georgian : english);

  const products = {
    bog_loan: { name: t("განვადება", "Instalments"), code: "STD", months: [3, 6, 9, 12, 18, 24] },
    bnpl: { name: t("ნაწილ-ნაწილ", "Pay in parts"), code: "BNPL", months: [2, 3, 4] },
  };

  // Up to six months cost nothing; every month above adds one percent of the amount.
  const monthly = (amount, months) => Math.ceil(amount * (100 + Math.max(0, months - 6)) / months) / 100;

  const lari = (amount) => {
    const [whole, cents] = amount.toFixed(2).split(".");
    return `${whole.replace(/\B(?=(\d{3})+$)/g, ka ? "\u00a0" : ",")}${ka ? "," : "."}${cents}\u00a0₾`;
  };

  const make = (tag, more = {}, ...children) => {
    const element = document.createElement(tag);
    const { testid, ...properties } = more;
    Object.assign(element, properties);
    if (testid) element.dataset.testid = testid;
    element.append(...children);
    return element;
  };

  const style = make("link", { rel: "stylesheet", href: new URL("/_sim/assets/calculator.css", own).href });
  document.head.append(style);

  let dialog;
  const close = () => dialog?.close();

  function row(product, months, amount, first) {
    const radio = make("input", { type: "radio", name: "sim-months", checked: first, testid: `calculator-${product}-${months}` });
    radio.value = JSON.stringify({ product, months });
    const label = t(`${months} თვე`, `${months} months`);
    return make("label", {}, radio, make("span", {}, label), make("b", {}, lari(monthly(amount, months))));
  }

  function open({ amount, bnpl, onRequest, onComplete, onClose } = {}) {
    close();
    const offered = Object.keys(products).filter((p) => bnpl == null || bnpl === (p === "bnpl"));
    const groups = offered.map((p, i) => make("fieldset", {},
      make("legend", {}, products[p].name),
      ...products[p].months.map((n, j) => row(p, n, amount, i + j === 0))));
    const title = make("h2", { id: "sim-calculator-title" }, t("ბანკის კალკულატორი", "The bank’s calculator"));
    const banner = make("p", { className: "sim-banner" }, t("საჩვენებელი ბანკი: პირობები გამოგონილია.", "A simulated bank: the conditions are made up."));
    const choose = make("button", { type: "submit", testid: "calculator-choose" }, t("არჩევა", "Choose"));
    const cancel = make("button", { type: "button", className: "sim-quiet", testid: "calculator-close" }, t("დახურვა", "Close"));
    const sum = make("p", {}, t("თანხა: ", "Amount: "), make("b", {}, lari(Number(amount))));
    const form = make("form", { method: "dialog" }, title, banner, sum, ...groups, make("div", {}, choose, cancel));
    const shown = make("dialog", { className: "sim-calculator", testid: "calculator" }, form);
    shown.setAttribute("aria-labelledby", title.id);
    dialog = shown;
    cancel.addEventListener("click", close);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { product, months } = JSON.parse(new FormData(form).get("sim-months"));
      const selected = { amount: monthly(amount, months), month: months, discount_code: `${products[product].code}-${months}` };
      const goOn = (orderId) => {
        const redirectUrl = new URL(`/?order_id=${encodeURIComponent(orderId)}`, own).href;
        if (onComplete?.({ redirectUrl }) !== false) location.assign(redirectUrl);
      };
      onRequest?.(selected, goOn, close);
    });
    shown.addEventListener("close", () => {
      shown.remove();
      onClose?.();
    });
    document.body.append(shown);
    shown.showModal();
  }

  function render(element, { text, onClick } = {}) {
    const button = make("button", { type: "button", className: "sim-smart-button", testid: "calculator-open" }, text);
    button.addEventListener("click", () => onClick?.());
    element.replaceChildren(button);
  }

  window.BOG = { Calculator: { open, close }, SmartButton: { render } };
})();
