// Moves and zooms a drawing by fingers, which the drawing tool itself no longer does: one moves it, two zoom it.
// While the whole drawing is shown, one finger up or down scrolls the page (`touch-action` in drawing.css).

const [SMALLEST, LARGEST] = [0.1, 4];

export function attachFingers(drawing) {
  const canvas = drawing.get('canvas');
  const container = canvas.getContainer();
  const fingers = new Map();

  const middle = ([a, b = a]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const spread = ([a, b]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));

  function move(before, after) {
    const [from, to] = [middle(before), middle(after)];
    canvas.scroll({ dx: to.x - from.x, dy: to.y - from.y });
    if (after.length < 2) return;
    const { left, top } = container.getBoundingClientRect();
    const wanted = canvas.zoom() * (spread(after) / spread(before));
    canvas.zoom(Math.min(LARGEST, Math.max(SMALLEST, wanted)), { x: to.x - left, y: to.y - top });
  }

  container.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch' || fingers.size === 2) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  container.addEventListener('pointermove', (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = [...fingers.values()];
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    move(before, [...fingers.values()]);
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) {
    container.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
}
