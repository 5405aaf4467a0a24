// The list of problems under the canvas: a chosen line selects its element and brings it to the middle.

import { say } from './language.js';

/** Draw problems ([{element, text, remedy, severity}]) as a list into `box`; pages without scripts get theirs from the server. */
export function render(box, problems) {
  const doubts = problems.filter(({ severity }) => severity !== 'note');
  const notes = problems.filter(({ severity }) => severity === 'note');
  box.replaceChildren(doubts.length ? lines(doubts) : say('noProblems'));
  if (!notes.length) return;
  const apart = document.createElement('details');
  apart.className = 'problem-notes';
  apart.append(Object.assign(document.createElement('summary'), { textContent: `${say('notes')} (${notes.length})` }), lines(notes));
  box.append(apart);
}

function lines(problems) {
  const list = document.createElement('ol');
  list.className = 'problem-list';
  for (const { element, text, remedy, severity } of problems) {
    const row = document.createElement('li');
    row.className = `problem problem-${severity}`;
    const line = document.createElement(element ? 'button' : 'span');
    if (element) {
      line.type = 'button';
      line.dataset.element = element;
    }
    line.textContent = text;
    row.append(line);
    if (severity === 'warning') row.append(Object.assign(document.createElement('small'), { textContent: say('onlyWarning') }));
    if (remedy) row.append(Object.assign(document.createElement('small'), { textContent: remedy }));
    list.append(row);
  }
  return list;
}

/** Wire `box` to the canvas. Gives what shows a new list of problems, and what says that the present one is of an older drawing. */
export function attachProblems(modeler, box) {
  const registry = modeler.get('elementRegistry');
  const canvas = modeler.get('canvas');

  function markAll() {
    for (const element of registry.getAll()) canvas.removeMarker(element, 'diagram-problem');
    for (const line of box.querySelectorAll('.problem:not(.problem-note) [data-element]')) {
      if (registry.get(line.dataset.element)) canvas.addMarker(line.dataset.element, 'diagram-problem');
    }
  }

  /** Show what a check found; `about` says of which drawing it speaks. */
  function showAll(problems, about) {
    render(box, problems);
    tell(about ? `${about}:` : '');
    markAll();
  }

  function tell(text) {
    const place = document.querySelector('[data-about]');
    if (place) place.textContent = text;
  }

  box.addEventListener('click', (event) => {
    const line = event.target.closest('[data-element]');
    const element = line && registry.get(line.dataset.element);
    if (!element) return;
    event.preventDefault();
    canvas.scrollToElement(element, { top: 150, right: 150, bottom: 150, left: 150 });
    modeler.get('selection').select(element);
    canvas.getContainer().scrollIntoView({ block: 'nearest' });
  });
  modeler.on('import.done', markAll);
  const given = box.dataset.problems ? JSON.parse(box.dataset.problems) : [];
  if (given.length && !box.querySelector('li')) render(box, given);
  return { showAll, outdate: () => tell(say('outdated')) };
}
