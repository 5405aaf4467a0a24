// What scripts add to lists of rows: keys that walk through them, rows that are picked together, filters that apply at once.
// Knows no page: a list is [data-rows], its rows are [data-row], the way into one is [data-open].
(() => {
  'use strict';

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const visible = (element) => element.getClientRects().length > 0;

  const TYPING = 'input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"]), textarea, select, [contenteditable]';
  const KEYS_OFF = 'rasoat-keys-off'; // Single keys disturb speech control, so they can be switched off (WCAG 2.1.4).
  const RETURNING = '#return'; // A task opened by `t` from a list begins with the reason.

  const currentRow = () => document.activeElement?.closest('[data-row]');
  const CONTROL = 'a[href], button:not(:disabled), input:not([type="hidden"], :disabled)';
  // After the last row, or many at once: the rest together, a row that still waits, or the act on the whole class.
  const NEXT_OF_CLASS = '.class-head .btn-primary, [data-row] [data-act="approve"]:not([data-needs-change]), .act-bar [data-act="approve"]';
  // What was returned begins with its fields: it is put right first.
  const entryOf = (row) => one('[data-open]:not([data-needs-change])', row) ?? all(CONTROL, row).find(visible) ?? row;

  function moveRow(by) {
    const rows = all('[data-rows] [data-row]').filter(visible);
    const at = rows.indexOf(currentRow());
    const row = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (!row) return;
    entryOf(row).focus();
    row.scrollIntoView({ block: 'nearest' });
    if (row.id) window.history.replaceState(window.history.state, '', `#${row.id}`);
  }

  /** Press a control; one that opens a reason hands the cursor on to it. */
  function use(control) {
    control.click();
    const place = control.matches('summary') ? control.parentElement : control.closest('[data-pick-row]');
    if (place?.open || control.checked) one('textarea, input:not([type="checkbox"], [type="hidden"])', place ?? control)?.focus();
  }

  /** Do `approve` or `return` on the focused row, else on the act bar. A row that must be read first is opened for it. */
  function press(act) {
    const row = currentRow();
    const control = one(`${row ? '' : '.act-bar '}[data-act="${act}"]`, row ?? document);
    if (control) return use(control);
    const link = row && one('a[data-open]', row);
    if (link) window.location.assign(act === 'return' ? link.href.split('#')[0] + RETURNING : link.href);
    return undefined;
  }

  const KEYS = {
    j: () => moveRow(1),
    k: () => moveRow(-1),
    d: () => press('approve'),
    t: () => press('return'),
    x: () => currentRow()?.querySelector('[data-pick]')?.click(),
    '/': () => all('[data-search], input[type="search"]').find(visible)?.focus(),
    '?': () => one('#help-dialog')?.showModal(),
    Enter: () => entryOf(currentRow()).click(),
  };

  document.addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (key === 'Enter' && target.matches('[data-pick-row] input:not([type="checkbox"])')) {
      event.preventDefault(); // The reason is written: on to the next row.
      moveRow(1);
      return;
    }
    const act = KEYS[key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || target.closest(TYPING)) return;
    if (one('dialog[open]') || target.closest('[data-modeler]') || window.localStorage.getItem(KEYS_OFF)) return;
    // On a link or button Enter already means something; on the row itself it opens.
    if (key === 'Enter' && !target.matches('[data-row]')) return;
    event.preventDefault();
    act();
  });

  const allows = (pick, act) => (pick.dataset.acts ?? '').split(' ').includes(act);
  /** The picks that a box for the whole page is about: those that allow its act. */
  const picksOf = (whole) => all('[data-pick]', whole.closest('[data-bulk]')).filter((pick) => !whole.dataset.pickAll || allows(pick, whole.dataset.pickAll));

  /** Count the picked rows of each [data-bulk]; a bulk button counts those that allow its act. What has none says so when pressed. */
  function updatePicks() {
    for (const box of all('[data-bulk]')) {
      const picked = all('[data-pick]', box).filter((pick) => pick.checked);
      all('[data-bulk-count]', box).forEach((place) => { place.textContent = picked.length; });
      all('[data-bulk-bar]', box).forEach((bar) => { bar.hidden = !picked.length; });
      for (const button of all('button[data-bulk-act]', box)) {
        const own = picked.filter((pick) => allows(pick, button.dataset.bulkAct)).length;
        if (button.closest('[data-bulk-bar]')) button.hidden = !own;
        if (button.dataset.text) button.textContent = button.dataset.text.replace('{count}', own);
      }
      const acts = new Set(picked.map((pick) => pick.dataset.acts));
      all('[data-bulk-several]', box).forEach((note) => { note.hidden = acts.size < 2; });
      for (const whole of all('[data-pick-all]', box)) {
        const count = picksOf(whole).filter((pick) => pick.checked).length;
        whole.checked = count > 0 && count === picksOf(whole).length;
        whole.indeterminate = count > 0 && !whole.checked;
      }
    }
  }

  /** Send a filter without the fields that ask for nothing: the address says what is on the page and no more. */
  document.addEventListener('submit', ({ target }) => {
    if (!target.matches('[data-autosend]')) return;
    const empty = [...target.elements].filter((field) => field.name && !field.value && !field.disabled);
    empty.forEach((field) => { field.disabled = true; });
    setTimeout(() => empty.forEach((field) => { field.disabled = false; }));
  });

  document.addEventListener('change', ({ target }) => {
    if (target.matches('[data-pick-all]')) picksOf(target).forEach((pick) => { pick.checked = target.checked; });
    if (target.matches('[data-pick], [data-pick-all]')) updatePicks();
    if (target.matches('[data-keys-off]')) window.localStorage.setItem(KEYS_OFF, target.checked ? '1' : '');
    if (target.matches('[data-autosend] select')) target.form.requestSubmit();
  });

  document.addEventListener('rasoat:swapped', updatePicks);
  document.addEventListener('htmx:after:swap', updatePicks);
  updatePicks();
  all('[data-keys-off]').forEach((box) => { box.checked = Boolean(window.localStorage.getItem(KEYS_OFF)); });
  // After an act the server leads back to the list with #row-of-the-next-one: the hand stays on the keyboard. Not before
  // the page has loaded: a browser that scrolls to the fragment takes the focus away again.
  window.addEventListener('load', () => {
    if (one('.is-invalid')) return;
    if (one('[data-row]:target')) entryOf(one('[data-row]:target')).focus();
    else if (one('.class-head:target')) all(NEXT_OF_CLASS).find(visible)?.focus();
    else if (window.location.hash === RETURNING) one('.act-bar [data-act="return"]')?.click();
  });
  // Back from the next page: the browser may have kept which rows were picked.
  window.addEventListener('pageshow', updatePicks);
})();
