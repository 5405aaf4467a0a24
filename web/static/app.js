// What scripts add to pages that work without them: drafts, retries, signing in again in place, small conveniences.
// Knows no text: every sentence stands in the page, in its language. Knows no page either: everything hangs on data attributes.
// Listeners sit on the document, so parts that arrive later (htmx, a refused form) need no set-up of their own.
(() => {
  'use strict';

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  document.documentElement.classList.add('js');

  const SHORTEST_PAUSE = 2000; // A lost connection in a school comes back in seconds or in minutes;
  const LONGEST_PAUSE = 20000; // nobody should stare at a page longer than this after it has.
  const UNREACHABLE = [502, 503, 504]; // The proxy answers, the application does not: the same as no connection.

  /** Put a fresh token wherever the page keeps one: a new session has another. */
  function keepToken(token) {
    if (!token) return;
    one('meta[name="csrf-token"]')?.setAttribute('content', token);
    all('input[name="csrf_token"]').forEach((input) => { input.value = token; });
    if (document.body.hasAttribute('hx-headers:inherited')) {
      document.body.setAttribute('hx-headers:inherited', JSON.stringify({ 'X-CSRFToken': token }));
    }
  }

  function withToken(options) {
    const token = one('meta[name="csrf-token"]')?.content ?? '';
    if (options.body?.has?.('csrf_token')) options.body.set('csrf_token', token);
    return { ...options, headers: { ...options.headers, 'X-CSRFToken': token }, credentials: 'same-origin' };
  }

  const show = (selector, shown) => all(selector).forEach((banner) => { banner.hidden = !shown; });
  const showOffline = (offline) => show('#offline-banner', offline);
  const showFailed = (failed) => show('#failed-banner', failed);

  /** Wait for the browser to say that it is online again, but never only for that: it often does not notice. */
  function reconnection(pause) {
    return new Promise((resolve) => {
      window.addEventListener('online', resolve, { once: true });
      setTimeout(resolve, pause);
    });
  }

  /** May the same request go out twice? Reading may, a request key makes a form so, and the caller may know. */
  function isRepeatable(options) {
    return !options.method || options.method === 'GET' || options.repeatable || Boolean(options.body?.has?.('request_key'));
  }

  /**
   * Like fetch, for our own addresses: sends again after a lost connection (same body, so the same request key) and asks
   * for the password in place when the session has ended. Answers with the response that finally came.
   */
  async function send(url, options = {}) {
    for (let pause = SHORTEST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      let response = null;
      try {
        response = await fetch(url, withToken(options));
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // Aborted on purpose.
        showOffline(true);
        if (!isRepeatable(options)) throw error;
      }
      const unreachable = response === null || (UNREACHABLE.includes(response.status) && isRepeatable(options));
      showOffline(unreachable);
      if (unreachable) {
        await reconnection(pause);
        continue;
      }
      if (response.status !== 401) return response;
      const challenge = await response.clone().json().catch(() => null);
      if (!challenge?.login_url || !(await signInAgain(challenge))) return response;
    }
  }

  let signingIn = null; // Several requests may meet the ended session together; one dialog serves them all.

  function signInAgain(challenge) {
    signingIn ??= askForPassword(challenge).finally(() => { signingIn = null; });
    return signingIn;
  }

  /** Show the dialog until the server accepts the password (true) or the person closes it (false). */
  function askForPassword(challenge) {
    const dialog = one('#session-dialog');
    if (!dialog) return Promise.resolve(false);
    const form = one('form', dialog);
    const problem = one('[data-session-error]', dialog);
    const before = document.activeElement;
    keepToken(challenge.csrf_token);
    return new Promise((resolve) => {
      async function tryPassword(event) {
        event.preventDefault();
        event.stopPropagation();
        const options = { method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { Accept: 'application/json' } };
        const response = await fetch(challenge.login_url, withToken(options)).catch(() => null);
        const answer = (await response?.json().catch(() => null)) ?? {};
        keepToken(answer.csrf_token);
        if (response?.ok) dialog.close('done');
        else if (problem) problem.textContent = answer.message ?? problem.dataset.text ?? '';
      }
      form.addEventListener('submit', tryPassword);
      dialog.addEventListener('close', () => {
        form.removeEventListener('submit', tryPassword);
        form.reset();
        if (problem) problem.textContent = '';
        before?.focus?.();
        resolve(dialog.returnValue === 'done');
      }, { once: true });
      dialog.returnValue = '';
      dialog.showModal();
      one('input[type="password"]', form)?.focus();
    });
  }

  let leaving = false; // An accepted form leads to the next page: no question about unsaved changes then.

  /** The button keeps its focus, so it is marked and not disabled; `submit` below drops what comes in between. */
  function setBusy(form, busy) {
    form.toggleAttribute('data-busy', busy);
    all('button, input[type="submit"]', form).forEach((button) => button.toggleAttribute('data-waiting', busy));
  }

  /** Go to an address even when it differs from the present one by its fragment only. */
  function go(address) {
    leaving = true;
    const to = new URL(address, window.location.href);
    if (to.pathname + to.search === window.location.pathname + window.location.search) {
      window.history.replaceState(null, '', to);
      window.location.reload();
    } else {
      window.location.assign(to);
    }
  }

  /** A refused form comes back as a page: take its main part. What is no page of ours (false) may not cost what was typed. */
  function swapMain(text) {
    const page = new DOMParser().parseFromString(text, 'text/html');
    const here = one('main');
    const fresh = one('main', page);
    if (!fresh) return false;
    keepToken(one('meta[name="csrf-token"]', page)?.content);
    here.replaceChildren(...fresh.childNodes);
    window.htmx?.process(here);
    document.dispatchEvent(new Event('rasoat:swapped'));
    if (!focusInvalid(here) && !focusLanding(here)) here.scrollIntoView();
    return true;
  }

  async function submitForm(form, submitter) {
    const body = new FormData(form);
    if (submitter?.name) body.append(submitter.name, submitter.value);
    // By attribute: a field called "action" would hide the form's own property.
    const address = submitter?.getAttribute('formaction') || form.getAttribute('action') || window.location.href;
    const multipart = form.getAttribute('enctype') === 'multipart/form-data';
    setBusy(form, true);
    stopDraft(form);
    showFailed(false);
    try {
      // What was typed in other forms of the page is on the page that follows.
      await Promise.all([...drafts].filter(([, draft]) => draft.dirty).map(([other]) => saveDraft(other)));
      const response = await send(address, {
        method: 'POST',
        body: multipart ? body : new URLSearchParams(body),
        headers: { 'Rasoat-Form': '1', Accept: 'text/html' },
      });
      const next = response.headers.get('Rasoat-Location') ?? (response.redirected ? response.url : null);
      if (next) go(next);
      else if (response.status !== 401) showFailed(response.status >= 500 || response.status === 413 || !swapMain(await response.text()));
    } finally {
      setBusy(form, false);
    }
  }

  document.addEventListener('submit', (event) => {
    const form = event.target;
    const refused = document.getElementById(event.submitter?.dataset.sends);
    if (refused?.hasAttribute('data-refused')) {
      event.preventDefault(); // What is wrong with it stands beside it already.
      refused.focus();
      return;
    }
    if (form.getAttribute('method')?.toLowerCase() !== 'post') return;
    if (form.hasAttribute('data-busy')) {
      event.preventDefault();
    } else if (!event.defaultPrevented) {
      if (form.elements.namedItem('request_key') && !('plain' in form.dataset)) {
        event.preventDefault();
        submitForm(form, event.submitter);
      } else {
        leaving = true;
        // After this event: the browser leaves out the name and value of a button that is disabled already.
        setTimeout(() => setBusy(form, true));
      }
    }
  });
  // Back from the next page: the browser may show this one as it was left.
  window.addEventListener('pageshow', () => {
    leaving = false;
    all('form[data-busy]').forEach((form) => setBusy(form, false));
  });

  /** Put the focus on the first refused field below `root`, if there is one. */
  function focusInvalid(root) {
    const field = one('.is-invalid', root);
    field?.closest('details')?.setAttribute('open', '');
    field?.focus();
    return field !== null;
  }

  /** Where a page says that the focus lands after an act. On a page that is loaded the browser goes there by itself. */
  function focusLanding(root) {
    const landing = one('[autofocus]', root);
    landing?.focus();
    return landing !== null;
  }

  const DRAFT_PAUSE = 1000; // Long enough to finish a word, short enough that a crash costs no sentence.
  const drafts = new Map(); // form -> {timer, dirty, request}

  /** What a draft holds: never a password or a file, and no request key, which belongs to the one final act. */
  function draftOf(form) {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const secret = name === 'request_key' || form.elements.namedItem(name)?.type === 'password';
      if (typeof value === 'string' && !secret) body.append(name, value);
    }
    return body;
  }

  /** Say how the draft stands; `at` is the server's own time, as the server writes it. */
  function tellDraft(form, key, message, at = '') {
    const place = one('[data-saved]', form) ?? one(`[data-saved="${form.getAttribute('id')}"]`) ?? one('[data-saved]');
    if (place) place.textContent = message ?? (place.dataset[key] ?? '').replace('{time}', at);
  }

  async function saveDraft(form) {
    const draft = drafts.get(form);
    if (!draft || draft.request) return;
    if (!form.isConnected) {
      drafts.delete(form); // A fresh one has taken its place.
      return;
    }
    draft.dirty = false;
    draft.request = new AbortController();
    tellDraft(form, 'textSaving');
    try {
      const response = await send(form.dataset.draftUrl, {
        method: 'POST', body: draftOf(form), headers: { Accept: 'application/json' }, repeatable: true, signal: draft.request.signal,
      });
      const answer = await response.json().catch(() => ({}));
      keepToken(answer.csrf_token);
      tellDraft(form, response.ok ? 'textSaved' : 'textFailed', answer.message, answer.saved_at);
      draft.request = null;
      if (!response.ok) draft.dirty = true;
      else if (draft.dirty) changeDraft(form);
    } catch (error) {
      draft.request = null;
      if (error.name !== 'AbortError') throw error;
    }
  }

  function changeDraft(form) {
    const draft = drafts.get(form) ?? {};
    drafts.set(form, draft);
    draft.dirty = true;
    clearTimeout(draft.timer);
    draft.timer = setTimeout(() => saveDraft(form), DRAFT_PAUSE);
  }

  function saveNow(form) {
    changeDraft(form);
    clearTimeout(drafts.get(form).timer);
    saveDraft(form);
  }

  function stopDraft(form) {
    const draft = drafts.get(form);
    clearTimeout(draft?.timer);
    draft?.request?.abort();
    drafts.delete(form);
  }

  document.addEventListener('input', ({ target }) => {
    const drawing = document.documentElement.classList.contains('studio-ready'); // The modeler saves its own form.
    if (target.form?.dataset.draftUrl && target.type !== 'password' && !drawing) changeDraft(target.form);
  });
  // Phones freeze pages in the background: what is not sent when the page goes out of sight may never be.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'hidden') return;
    for (const [form, draft] of drafts) {
      if (!draft.dirty) continue;
      draft.dirty = false;
      fetch(form.dataset.draftUrl, withToken({ method: 'POST', body: draftOf(form), keepalive: true })).catch(() => changeDraft(form));
    }
  });
  window.addEventListener('beforeunload', (event) => {
    if (!leaving && [...drafts.values()].some((draft) => draft.dirty)) event.preventDefault();
  });

  document.addEventListener('click', (event) => {
    const fill = event.target.closest('button[data-fill]');
    if (fill) {
      const target = document.getElementById(fill.dataset.fillTarget);
      target.value = fill.dataset.fill;
      target.dispatchEvent(new Event('input', { bubbles: true }));
      target.focus();
    }
    const opener = event.target.closest('[data-dialog-open]');
    const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
    if (dialog) {
      event.preventDefault(); // Without scripts the opener is a link to a page that says the same.
      dialog.showModal();
    }
    event.target.closest('[data-dialog-close]')?.closest('dialog').close();
    // A menu that hangs over the page closes when the hand goes on elsewhere.
    all('details[data-popup][open]').forEach((menu) => { menu.open = menu.contains(event.target); });
    // So does a reason on the act bar when another act begins; what was typed in it stays.
    if (event.target.closest('button, summary, [data-pick]') && !event.target.closest('dialog')) {
      all('.act-bar > details.outcome[open]').forEach((panel) => { panel.open = panel.contains(event.target); });
    }
  });

  // A file that is too large is turned away before it is sent: the sentence stands beside the field, nothing else is lost.
  document.addEventListener('change', ({ target }) => {
    const most = Number(target.dataset?.largest);
    if (!most) return;
    const place = document.getElementById(`${target.id}-large`);
    const large = [...target.files].find((file) => file.size > most);
    place.textContent = large ? place.dataset.text.replace('{name}', large.name) : '';
    place.classList.toggle('d-block', Boolean(large));
    target.classList.toggle('is-invalid', Boolean(large));
    target.toggleAttribute('data-refused', Boolean(large));
    if (large) target.value = '';
  });

  // "Trả lại…" opens in place with the cursor in the reason; Escape closes it again. (toggle does not bubble: capture.)
  document.addEventListener('toggle', ({ target }) => {
    if (target.open && target.matches('details.outcome, details.pupil-explain')) one('textarea, input:not([type="hidden"])', target)?.focus();
  }, true);
  document.addEventListener('keydown', (event) => {
    const { key, target } = event;
    const panel = key === 'Escape' && target.closest('details.outcome[open], details[data-popup][open]');
    if (panel) {
      panel.open = false;
      one('summary', panel).focus();
    }
    // Enter in a field would press the form's first button: an act is pressed on purpose or not at all.
    if (key !== 'Enter' || event.defaultPrevented || event.isComposing || !target.matches('input:not([type="file"])') || !target.form) return;
    if (target.form.querySelector('.act-bar')) event.preventDefault();
    // In a task only the password is sent off by Enter: it signs. Anywhere else Enter keeps the draft, and the page stays.
    if ('enterKeeps' in target.form.dataset && target.type !== 'password') {
      event.preventDefault();
      saveNow(target.form);
    }
  });

  // What comes in while somebody presses a button may not move it away from under the finger: the click would be lost.
  const CLICK_FOLLOWS = 80; // A phone makes the click a moment after the finger has left.
  let pressed = null; // {over: settles when nothing is pressed any more, end}

  document.addEventListener('pointerdown', () => {
    if (pressed) return;
    pressed = {};
    pressed.over = new Promise((resolve) => { pressed.end = resolve; });
  }, true);
  function letGo() {
    const ended = pressed;
    setTimeout(() => {
      if (pressed === ended) pressed = null;
      ended?.end();
    }, CLICK_FOLLOWS);
  }
  ['pointerup', 'pointercancel'].forEach((name) => document.addEventListener(name, letGo, true));
  window.addEventListener('blur', letGo);

  async function sendAndWait(...request) {
    const response = await send(...request);
    const read = response.text.bind(response);
    response.text = async () => {
      const text = await read();
      while (pressed) await pressed.over;
      return text;
    };
    return response;
  }

  // htmx speaks through the same door, so its requests too survive a lost connection and an ended session.
  document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
    clearTimeout(ctx.requestTimeout);
    ctx.fetch = sendAndWait;
    if (ctx.sourceElement?.dataset?.draftUrl) stopDraft(ctx.sourceElement); // It saves what the draft would keep.
  });
  let held = null; // Where the focus is stays where it is on the screen, whatever comes or goes above it.
  document.addEventListener('htmx:before:swap', () => {
    const element = document.activeElement;
    held = element && element !== document.body ? { element, top: element.getBoundingClientRect().top } : null;
  });
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    if (held?.element.isConnected) window.scrollBy({ top: held.element.getBoundingClientRect().top - held.top, behavior: 'instant' });
    held = null;
    if (ctx.response?.status >= 400 && ctx.target?.isConnected && document.activeElement === document.body) focusInvalid(ctx.target);
  });

  window.addEventListener('offline', () => showOffline(true));
  window.addEventListener('online', () => showOffline(false));

  window.Rasoat = { send };
  window.addEventListener('load', () => focusInvalid(document));
})();
