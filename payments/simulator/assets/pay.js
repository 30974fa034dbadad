// Counts the minutes down; without it the page still says until when.
const time = document.querySelector("time[data-minutes]");
if (time) {
  // The bank's clock may be moved: start from what the page said, not from ours.
  const shown = parseInt(time.textContent, 10);
  const started = Date.now();
  setInterval(() => {
    const left = Math.max(0, shown - Math.floor((Date.now() - started) / 60000));
    time.textContent = `${left} ${time.dataset.minutes}`;
  }, 15000);
}

// A link to a card or a method loads the page anew: it takes along what was
// chosen in the panel.
const knobs = [...document.querySelectorAll(".knobs select")];
for (const link of document.querySelectorAll(".cards a, .methods a")) {
  link.addEventListener("click", () => {
    const target = new URL(link.href);
    for (const knob of knobs) target.searchParams.set(knob.name, knob.value);
    link.href = target.href;
  });
}
