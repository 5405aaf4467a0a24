// Zoom and fit buttons for a drawing: for fingers and for the keyboard, where the wheel does not reach.
import { say } from './language.js';

const MARGIN = 16; // Pixels between the drawing and what stands beside it.

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
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
  const palette = canvas.getContainer().querySelector('.djs-palette');
  if (!palette) return;
  const { inner, outer, scale } = canvas.viewbox();
  const taken = palette.offsetLeft + palette.offsetWidth + MARGIN;
  const smaller = Math.min(scale, (outer.width - taken - MARGIN) / inner.width);
  const [width, height] = [outer.width / smaller, outer.height / smaller];
  canvas.viewbox({ x: inner.x - taken / smaller, y: inner.y + inner.height / 2 - height / 2, width, height });
}

export function zoomButtons(drawing) {
  const step = (by) => () => drawing.get('zoomScroll').stepZoom(by);
  return [
    button('−', say('zoomOut'), step(-1)),
    button('+', say('zoomIn'), step(1)),
    button('⤢', say('fit'), () => fit(drawing)),
  ];
}
