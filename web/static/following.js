// Keeps the numbers of a page fresh while somebody looks at it. The page works without.
(() => {
  'use strict';

  const PAUSE = 15; // Seconds. Often enough to feel live, rarely enough for a hundred open pages.
  const TICK = 1000;
  let asked = Date.now();

  /** Whoever types words of urging, or has the focus in the table, is not disturbed. */
  const isInUse = (box) => box.querySelector('details[open]') !== null || box.contains(document.activeElement);

  function refresh() {
    const box = document.querySelector('[data-refresh]');
    if (!box || document.hidden || !window.htmx || isInUse(box)) return;
    // A box may name a shorter pause: what ends within a minute.
    if (Date.now() - asked < 1000 * (Number(box.dataset.refresh) || PAUSE)) return;
    asked = Date.now();
    window.htmx.trigger(box, 'refresh');
  }

  setInterval(refresh, TICK);
  document.addEventListener('visibilitychange', refresh);
  document.addEventListener('click', (event) => { if (event.target.closest('[data-print]')) window.print(); });
})();
