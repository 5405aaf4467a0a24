// Keeps the numbers of the progress page fresh while somebody looks at it. The page works without.
(() => {
  'use strict';

  const PAUSE = 15000; // Often enough to feel live, rarely enough for a hundred open pages.
  let asked = Date.now();

  /** Whoever types words of urging, or has the focus in the table, is not disturbed. */
  const isInUse = (box) => box.querySelector('details[open]') !== null || box.contains(document.activeElement);

  function refresh() {
    const box = document.querySelector('[data-refresh]');
    if (!box || document.hidden || !window.htmx || isInUse(box)) return;
    asked = Date.now();
    window.htmx.trigger(box, 'refresh');
  }

  setInterval(refresh, PAUSE);
  document.addEventListener('visibilitychange', () => { if (Date.now() - asked > PAUSE) refresh(); });
  document.addEventListener('click', (event) => { if (event.target.closest('[data-print]')) window.print(); });
})();
