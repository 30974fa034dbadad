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
