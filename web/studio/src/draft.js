// Keeps the plain form's textarea in step with the canvas, and saves it as a draft while somebody draws.
// One save is on its way at a time and the newest drawing wins: two at once would meet on the server as two people.
import { say } from './language.js';

const PAUSE = 1500; // Long enough to finish a gesture, short enough that a crash costs one.
const RETRY = 10 * PAUSE;

export const send = (url, options) => (window.Rasoat ? window.Rasoat.send(url, options) : fetch(url, options));

/** Every form of the page that stands on the draft gets its present revision, or it would meet our own saves. */
function handOn(revision) {
  for (const input of document.querySelectorAll('input[name="revision"]')) input.value = revision;
  for (const part of document.querySelectorAll('[data-needs-draft]')) part.hidden = false;
}

/** `read` gives the drawing as text; `onAnswer` gets the server's JSON after each save, `onConflict` what to tell. */
export function attachDraft({ form, read, onChange, onAnswer, onConflict }) {
  const place = document.querySelector('[data-studio-saved]');
  let dirty = false; // The canvas holds something the server has not got.
  let stopped = false; // Somebody else changed the draft: saving over theirs must be this person's choice.
  let leaving = false; // A button was pressed: what comes now goes with that form.
  let running = null;
  let timer;

  const tell = (text) => { if (place) place.textContent = text; };

  async function write() {
    form.elements.xml.value = await read();
  }

  async function post() {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      // A request key belongs to the one final act, not to the many drafts before it; a file was drawn already.
      if (typeof value === 'string' && name !== 'request_key') body.append(name, value);
    }
    const options = { method: 'POST', body, headers: { Accept: 'application/json' }, repeatable: true };
    const response = await send(form.dataset.studioDraftUrl, options);
    const answer = await response.json().catch(() => ({}));
    if (response.status === 409) {
      stopped = true;
      onConflict(`${answer.message ?? ''} ${say('conflict')}`);
    }
    if (answer.problems) onAnswer(answer);
    if (!response.ok) throw new Error(answer.message || say('notSaved'));
    handOn(answer.revision);
    return answer;
  }

  async function saveOnce() {
    dirty = false;
    tell(say('saving'));
    try {
      await write();
      tell((await post()).saved ?? '');
    } catch (error) {
      dirty = true;
      tell(error instanceof TypeError ? say('notSaved') : error.message);
      return false;
    }
    return true;
  }

  function save() {
    if (running || stopped || leaving || !form.dataset.studioDraftUrl) return;
    running = saveOnce().then((done) => {
      running = null;
      if (dirty && !leaving) plan(done ? PAUSE : RETRY);
    });
  }

  function plan(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  function changed() {
    dirty = true;
    onChange();
    plan(PAUSE);
  }

  // Reading the canvas and the save that is on its way answer later, so the submit is held back until both have,
  // and the same button pressed again with the revision that is true then.
  let ready = false;
  form.addEventListener('submit', async (event) => {
    if (ready) {
      ready = false;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (leaving) return;
    leaving = true;
    clearTimeout(timer);
    tell(say('saving'));
    await running;
    try {
      await write();
    } catch (error) {
      leaving = false;
      tell(say('notSaved'));
      throw error;
    }
    // Not within this event: a browser ignores a submit that comes while it still announces the first one.
    setTimeout(() => {
      ready = true;
      dirty = false;
      form.requestSubmit(event.submitter);
    });
  });
  // Back from the next page, which the browser may show as it was left.
  window.addEventListener('pageshow', () => { leaving = false; });
  window.addEventListener('beforeunload', (event) => {
    if (dirty) event.preventDefault();
  });
  return { changed };
}
