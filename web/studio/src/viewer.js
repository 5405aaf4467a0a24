// Draws a procedure into each [data-diagram-url], with states and live counts on its steps.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './drawing.css';
import { attachFingers } from './fingers.js';
import { say, translation } from './language.js';
import rs from './vocabulary.js';
import { fitLegibly, hint, keepPlaced, LEGIBLE, lookAt, RECOGNISABLE, seesAll, zoomButtons } from './zoom.js';

const SIGNS = { stuck: '⊘', done: '✓', open: '●', late: '!', returned: '↩', cancelled: '✕' };
const STATES = ['stuck', 'late', 'returned', 'open', 'done', 'cancelled'];
// States of what nobody waits for any more.
const OVER = ['done', 'cancelled'];

const readJson = (box, name) => JSON.parse(box.getAttribute(name) || '{}');

function badge(state, text) {
  const made = document.createElement('span');
  made.className = `diagram-badge diagram-badge-${state}`;
  made.textContent = text === undefined ? SIGNS[state] : `${SIGNS[state]} ${text}`;
  made.title = text === undefined ? say(state) : `${text} ${say(state)}`;
  return made;
}

/** Colour an element by its state and put the state's sign on its corner, unless counts say it better. */
function mark(viewer, marks, counts) {
  const canvas = viewer.get('canvas');
  const known = viewer.get('elementRegistry');
  for (const [id, state] of Object.entries(marks)) {
    if (!known.get(id) || !SIGNS[state]) continue;
    canvas.addMarker(id, `diagram-${state}`);
    if (!counts[id]) addBadges(viewer, id, [badge(state)]);
  }
}

function count(viewer, counts) {
  const known = viewer.get('elementRegistry');
  for (const [id, numbers] of Object.entries(counts)) {
    const shown = STATES.filter((state) => numbers[state] > 0);
    if (known.get(id) && shown.length) addBadges(viewer, id, shown.map((state) => badge(state, numbers[state])));
  }
}

function addBadges(viewer, id, badges) {
  const row = document.createElement('div');
  row.className = 'diagram-badges';
  row.append(...badges);
  viewer.get('overlays').add(id, 'count', { position: { top: -13, left: 4 }, html: row });
}

/** Say under the drawing what the signs that stand on it mean. */
function legend(box, marks, counts) {
  const present = new Set([...Object.values(marks), ...Object.values(counts).flatMap((numbers) => Object.keys(numbers).filter((state) => numbers[state] > 0))]);
  const shown = STATES.filter((state) => present.has(state));
  if (!shown.length) return;
  const list = document.createElement('ul');
  list.className = 'diagram-legend';
  for (const state of shown) {
    const line = document.createElement('li');
    const sign = badge(state);
    sign.setAttribute('aria-hidden', 'true');
    line.append(sign, ` ${say(state)}`);
    list.append(line);
  }
  box.append(list);
}

/** Colour steps by how long they take (data-heat: {elementId: {level: 1–5, text}}); the text stands on each. */
function heat(viewer, times) {
  const known = viewer.get('elementRegistry');
  for (const [id, { level, text }] of Object.entries(times)) {
    if (!known.get(id)) continue;
    viewer.get('canvas').addMarker(id, `diagram-heat-${Number(level)}`);
    const made = document.createElement('span');
    made.className = 'diagram-badge diagram-badge-heat';
    made.textContent = text;
    addBadges(viewer, id, [made]);
  }
}

/** Open the address behind a step (data-links: {elementId: address}) by click; pages give the same links as text. */
function follow(viewer, links) {
  const canvas = viewer.get('canvas');
  for (const id of Object.keys(links)) if (viewer.get('elementRegistry').get(id)) canvas.addMarker(id, 'diagram-link');
  viewer.on('element.click', ({ element }) => {
    if (links[element.id]) window.location.assign(links[element.id]);
  });
}

/**
 * A long procedure in a small frame would be unreadable: then show where it is now, or else its beginning. Where the
 * whole matters more than names (data-whole), it may be smaller before that.
 */
function focus(viewer, marks, smallest) {
  fitLegibly(viewer, smallest);
  const known = viewer.get('elementRegistry');
  const live = Object.keys(marks).filter((id) => !OVER.includes(marks[id])).map((id) => known.get(id)).filter(Boolean);
  // What somebody has to do, rather than a timer on it or a sub-process as large as the frame.
  const first = live.find(({ type }) => type === 'bpmn:UserTask') ?? live[0];
  if (first && !seesAll(viewer)) lookAt(viewer, first);
}

async function draw(box) {
  box.dataset.diagramState = 'loading';
  const frame = document.createElement('div');
  frame.className = 'diagram-canvas';
  frame.setAttribute('role', 'group');
  frame.setAttribute('aria-label', box.getAttribute('aria-label') || say('diagram'));
  box.removeAttribute('aria-label'); // Now the frame carries it.
  const bar = document.createElement('div');
  bar.className = 'diagram-zoom btn-group';
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', say('zoom'));
  box.replaceChildren(bar, frame);
  try {
    const response = await fetch(box.dataset.diagramUrl, { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`${response.status}`);
    const viewer = new NavigatedViewer({ container: frame, additionalModules: [translation], moddleExtensions: { rs } });
    await viewer.importXML(await response.text());
    const marks = readJson(box, 'data-marks');
    const counts = readJson(box, 'data-counts');
    mark(viewer, marks, counts);
    count(viewer, counts);
    legend(box, marks, counts);
    heat(viewer, readJson(box, 'data-heat'));
    follow(viewer, readJson(box, 'data-links'));
    const smallest = box.hasAttribute('data-whole') ? RECOGNISABLE : LEGIBLE;
    bar.append(...zoomButtons(viewer, keepPlaced(viewer, () => focus(viewer, marks, smallest))));
    attachFingers(viewer);
    hint(viewer, bar);
    box.dataset.diagramState = 'drawn';
  } catch (error) {
    console.error(error);
    box.dataset.diagramState = 'failed';
    const message = document.createElement('p');
    message.className = 'diagram-failed';
    message.textContent = say('loadFailed');
    box.replaceChildren(message);
  }
}

// A drawing needs a size: one inside a closed <details> waits until somebody opens it.
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target);
  }
}, { rootMargin: '300px' });

function watch() {
  for (const box of document.querySelectorAll('[data-diagram-url]:not([data-diagram-state])')) {
    box.dataset.diagramState = 'waiting';
    seen.observe(box);
  }
}

watch();
// Parts of a page arrive later too: by htmx, and by app.js when a refused form comes back.
document.addEventListener('htmx:after:swap', watch);
document.addEventListener('rasoat:swapped', watch);
