// The bank's loan calculator on the pages that offer a loan. Without this script, or without the
// bank's, the shop's own estimate and its list of months stay.

const lang = document.documentElement.lang === "en" ? "en" : "ka";

// lari writes an amount as the pages do.
function lari(amount) {
  const [whole, cents] = Number(amount).toFixed(2).split(".");
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, lang === "en" ? "," : "\u00a0");
  return `${thousands}${lang === "en" ? "." : ","}${cents}\u00a0₾`;
}

function words(pattern, { amount, month }) {
  return pattern.replace("{amount}", lari(amount)).replace("{months}", month);
}

// choose puts the choice into the list of months, and chooses that loan.
function choose(place, selected) {
  const months = place.closest(".loan-months").querySelector("select");
  const value = `${selected.month} ${selected.discount_code}`;
  const label = place.dataset.option.replace("{months}", selected.month);
  const option = [...months.options].find((o) => o.value === value) ?? months.appendChild(new Option(label, value));
  option.selected = true;
  const radio = place.closest(".loan-months").previousElementSibling.querySelector("input[type=radio]");
  if (!radio.checked) radio.click();
}

function open(place) {
  const told = place.parentElement.querySelector("[data-exact]");
  const total = place.closest("form")?.elements.expected_total;
  const { only } = place.dataset;
  BOG.Calculator.open({
    amount: total ? total.value / 100 : Number(place.dataset.amount),
    bnpl: only ? only === "true" : null,
    onRequest(selected, _, close) {
      if ("fill" in place.dataset) choose(place, selected);
      told.textContent = words(told.dataset.exact, selected);
      close();
      return false; // the order is placed by the shop's own button
    },
    onComplete: () => false,
    onClose() {},
  });
}

function place() {
  if (!window.BOG?.SmartButton) return;
  for (const spot of document.querySelectorAll("[data-calculator]:empty")) {
    BOG.SmartButton.render(spot, { text: spot.dataset.text, onClick: () => open(spot) });
  }
}

place();
document.addEventListener("replaced", place); // the cart is shown anew without leaving the page

// A total that has changed makes the calculator's answer an answer to another question.
document.querySelector("form[data-checkout]")?.addEventListener("change", ({ target }) => {
  if (target.name !== "delivery") return;
  for (const told of document.querySelectorAll(".loan-months [data-exact]")) told.textContent = "";
  for (const option of document.querySelectorAll(".loan-months option")) {
    if (option.value.includes(" ")) option.remove();
  }
});
