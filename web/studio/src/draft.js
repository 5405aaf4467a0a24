// Keeps the plain form's textarea in step with the canvas, and saves it as a draft while somebody draws.
import { say } from './language.js';

const PAUSE = 1500; // Long enough to finish a gesture, short enough that a crash costs one.

const send = (url, options) => (window.Rasoat ? window.Rasoat.send(url, options) : fetch(url, options));
const clock = () => new Date().toTimeString().slice(0, 5);

/** `onAnswer` gets the server's JSON after each save. */
export function attachDraft(modeler, form, onAnswer) {
  const xml = form.elements.xml;
  const place = document.querySelector('[data-saved]');
  let dirty = false; // The canvas holds something the server has not got.
  let stopped = false; // Somebody else changed the draft: saving over theirs must be this person's choice.
  let saving = false;
  let timer;

  const tell = (text) => { if (place) place.textContent = text; };

  async function write() {
    xml.value = (await modeler.saveXML({ format: true })).xml;
  }

  async function post() {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      // A request key belongs to the one final act, not to the many drafts before it; a file was drawn already.
      if (typeof value === 'string' && name !== 'request_key') body.append(name, value);
    }
    const options = { method: 'POST', body, headers: { Accept: 'application/json' }, repeatable: true };
    const response = await send(form.dataset.draftUrl, options);
    const answer = await response.json().catch(() => ({}));
    if (response.status === 409) stopped = true;
    if (!response.ok) throw new Error(answer.message || say('notSaved'));
    if (answer.revision !== undefined && form.elements.revision) form.elements.revision.value = answer.revision;
    onAnswer(answer);
  }

  async function save() {
    if (saving || stopped || !form.dataset.draftUrl) return;
    saving = true;
    dirty = false;
    tell(say('saving'));
    try {
      await write();
      await post();
      tell(say('saved', { time: clock() }));
    } catch (error) {
      dirty = true;
      tell(error instanceof TypeError ? say('notSaved') : error.message);
      clearTimeout(timer);
      timer = setTimeout(save, 10 * PAUSE);
      return;
    } finally {
      saving = false;
    }
    if (dirty) changed();
  }

  function changed() {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  modeler.on('commandStack.changed', changed);

  // saveXML answers later, so the first submit is held back, the textarea filled, and the same button pressed again.
  let ready = false;
  form.addEventListener('submit', async (event) => {
    if (ready) {
      ready = false;
      dirty = false;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(timer);
    const { submitter } = event;
    await write();
    // Not within this event: a browser ignores a submit that comes while it still announces the first one.
    setTimeout(() => {
      ready = true;
      form.requestSubmit(submitter);
    });
  });
  window.addEventListener('beforeunload', (event) => {
    if (dirty) event.preventDefault();
  });
  return { changed };
}
