// Keys in the table of grades: Enter and the arrows lead to the same column of the next or previous pupil.
(() => {
  'use strict';

  const MOVES = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };

  document.addEventListener('keydown', (event) => {
    const cell = event.target;
    const move = MOVES[event.key];
    if (!move || !cell.matches('[data-grid] [data-cell]') || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    event.preventDefault();
    const column = [...cell.closest('[data-grid]').querySelectorAll(`[data-cell="${cell.dataset.cell}"]`)];
    const next = column[column.indexOf(cell) + move];
    next?.focus();
    next?.select();
  });
})();
