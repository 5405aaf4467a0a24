// Zoom and fit buttons for a drawing: for fingers and for the keyboard, where the wheel does not reach.
import { say } from './language.js';

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

/** Show the whole drawing, but never larger than life. */
export function fit(drawing) {
  const canvas = drawing.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
}

export function zoomButtons(drawing) {
  const step = (by) => () => drawing.get('zoomScroll').stepZoom(by);
  return [
    button('−', say('zoomOut'), step(-1)),
    button('+', say('zoomIn'), step(1)),
    button('⤢', say('fit'), () => fit(drawing)),
  ];
}
