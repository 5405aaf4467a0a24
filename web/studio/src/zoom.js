// What part of a drawing is seen: all of it when it opens and when its frame changes, until somebody looks closer.
import { say } from './language.js';

// Pixels kept free around the drawing: on top for the badges of steps, below for the mark of bpmn.io.
const MARGIN = { side: 16, top: 24, bottom: 44 };

/** Make a button with a sign and a name that screen readers speak. */
export function button(sign, name, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'btn btn-outline-secondary btn-sm';
  made.textContent = sign;
  made.title = name;
  made.setAttribute('aria-label', name);
  made.addEventListener('click', act);
  return made;
}

/** Show the whole drawing, never larger than life and not under the palette. */
export function fit(drawing) {
  const canvas = drawing.get('canvas');
  canvas.resized();
  const { inner, outer } = canvas.viewbox();
  if (!inner.width || !inner.height || !outer.width || !outer.height) return;
  const palette = canvas.getContainer().querySelector('.djs-palette');
  const left = palette ? palette.offsetLeft + palette.offsetWidth + MARGIN.side : MARGIN.side;
  const [wide, high] = [outer.width - left - MARGIN.side, outer.height - MARGIN.top - MARGIN.bottom];
  const scale = Math.max(0.1, Math.min(1, wide / inner.width, high / inner.height));
  canvas.viewbox({
    x: inner.x + inner.width / 2 - (left + wide / 2) / scale,
    y: inner.y + inner.height / 2 - (MARGIN.top + high / 2) / scale,
    width: outer.width / scale,
    height: outer.height / scale,
  });
}

/** Below this zoom the names of steps cannot be read on a phone. */
export const LEGIBLE = 0.7;

/** Look at one element at a zoom at which names can be read: at its middle, or with it at the left to read on from there. */
export function lookAt(drawing, element, fromLeft = false) {
  const canvas = drawing.get('canvas');
  const { width, height } = canvas.viewbox().outer;
  const [across, down] = [width / LEGIBLE, height / LEGIBLE];
  const { x, y, width: wide, height: high } = element;
  const left = fromLeft ? x - MARGIN.side / LEGIBLE : x + wide / 2 - across / 2;
  canvas.viewbox({ x: left, y: y + high / 2 - down / 2, width: across, height: down });
}

/** Below this zoom nobody recognises a step by its place and colour either. */
export const RECOGNISABLE = 0.4;

/** Show the whole drawing while it can be read; else its beginning. */
export function fitLegibly(drawing, smallest = LEGIBLE) {
  fit(drawing);
  if (drawing.get('canvas').zoom() >= smallest) return;
  const start = drawing.get('elementRegistry').find((element) => element.type === 'bpmn:StartEvent');
  if (start) lookAt(drawing, start, true);
}

/** Tell whether no part of the drawing is outside of its frame. */
export function seesAll(drawing) {
  const { inner, x, y, width, height } = drawing.get('canvas').viewbox();
  return inner.x >= x && inner.y >= y && inner.x + inner.width <= x + width && inner.y + inner.height <= y + height;
}

/** Say beside the buttons that there is more to see, until somebody moves the drawing. */
export function hint(drawing, bar) {
  if (seesAll(drawing)) return;
  const text = document.createElement('span');
  text.className = 'diagram-hint';
  text.textContent = say('pan');
  bar.prepend(text);
  drawing.on('canvas.viewbox.changing', function gone() {
    if (!drawing.get('canvas').getContainer().classList.contains('diagram-moved')) return;
    drawing.off('canvas.viewbox.changing', gone);
    text.remove();
  });
}

/** Show the drawing by `place` now and whenever its frame changes, until somebody moves it. Gives a function that does it again, or otherwise. */
export function keepPlaced(drawing, place = fit) {
  const container = drawing.get('canvas').getContainer();
  let ours = false;
  let placed = true;

  function placeAgain(how = place) {
    // Nothing can be placed in a frame that is not shown; it is placed once it is.
    if (!container.clientWidth || !container.clientHeight) return;
    ours = true;
    how(drawing);
    ours = false;
    placed = true;
    container.classList.remove('diagram-moved');
  }

  drawing.on('canvas.viewbox.changing', () => {
    if (ours) return;
    placed = false;
    container.classList.add('diagram-moved');
  });
  new ResizeObserver(() => {
    if (placed) placeAgain();
    else drawing.get('canvas').resized();
  }).observe(container);
  placeAgain();
  return placeAgain;
}

export function zoomButtons(drawing, placeAgain) {
  const step = (by) => () => drawing.get('zoomScroll').stepZoom(by);
  return [
    button('−', say('zoomOut'), step(-1)),
    button('+', say('zoomIn'), step(1)),
    button('⤢', say('fit'), () => placeAgain(fit)),
  ];
}
