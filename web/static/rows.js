// What scripts add to the rows of a list under review: the reasons used before beside who is ticked, and Enter in a reason.
(() => {
  'use strict';

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  /** Offer the reasons beside whoever is ticked, and only there: once for each of 45 rows they would weigh down the page. */
  function offerReasons(row) {
    const offered = one('template[data-reasons]');
    const ticked = one('[data-pick]', row).checked;
    const shown = one('.reasons', row);
    if (shown && !ticked) shown.remove();
    if (shown || !ticked || !offered) return;
    const list = offered.content.firstElementChild.cloneNode(true);
    all('[data-fill]', list).forEach((button) => { button.dataset.fillTarget = one('.pick-why', row).id; });
    row.append(list);
  }

  const offerEverywhere = () => all('[data-pick-row]').forEach(offerReasons);
  document.addEventListener('change', ({ target }) => {
    const row = target.matches('[data-pick]') && target.closest('[data-pick-row]');
    if (row) offerReasons(row);
  });
  document.addEventListener('rasoat:swapped', offerEverywhere);
  document.addEventListener('htmx:after:swap', offerEverywhere);
  window.addEventListener('pageshow', offerEverywhere); // Back from the next page: the browser may have kept the ticks.
  offerEverywhere();

  // Enter in a reason is the act beside it; the first button of the form would save and no more.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing || !event.target.matches('.pupil-why input')) return;
    event.preventDefault();
    one('button', event.target.closest('.pupil-why')).click();
  });
})();
