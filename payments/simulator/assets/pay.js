// The minutes that are left count down; without this script the page still says until when.
const time = document.querySelector("time[data-minutes]");
if (time) {
  // The bank's clock may have been moved, so the browser's own clock is not asked for the time.
  const shown = parseInt(time.textContent, 10);
  const started = Date.now();
  setInterval(() => {
    const left = Math.max(0, shown - Math.floor((Date.now() - started) / 60000));
    time.textContent = `${left} ${time.dataset.minutes}`;
  }, 15000);
}

// A link to a card or to a method loads the page anew: it carries along what was chosen
// under "What should happen?".
const questions = [...document.querySelectorAll(".plan-form select")];
for (const link of document.querySelectorAll(".cards a, .methods a")) {
  link.addEventListener("click", () => {
    const target = new URL(link.href);
    for (const question of questions) target.searchParams.set(question.name, question.value);
    link.href = target.href;
  });
}
