// Opens a file in the studio: the server judges it first, and what is on the canvas stays until somebody chooses.
import { send } from './draft.js';
import { say } from './language.js';
import { render } from './problems.js';

/** `take(xml)` draws a file and tells whether it could; `box` is where its problems stand, apart from those of the draft. */
export function attachOpening({ form, input, box, take }) {
  function show(title, problems, acts) {
    const head = document.createElement('h2');
    head.textContent = title;
    head.tabIndex = -1;
    const list = document.createElement('div');
    // The elements are those of the file, so no line may lead to one on the canvas.
    render(list, problems.map((problem) => ({ ...problem, element: '' })));
    const bar = document.createElement('div');
    bar.className = 'studio-choice';
    bar.append(...acts.map(([text, main, act]) => {
      const made = document.createElement('button');
      made.type = 'button';
      made.className = `btn ${main ? 'btn-primary' : 'btn-outline-secondary'}`;
      made.textContent = text;
      made.addEventListener('click', () => {
        close();
        act?.();
      });
      return made;
    }));
    box.replaceChildren(head, list, bar);
    box.hidden = false;
    head.focus();
  }

  function close() {
    box.replaceChildren();
    box.hidden = true;
    input.focus();
  }

  const refuse = (file, problems) => show(say('notOpened', { file }), problems, [[say('close'), true]]);

  async function draw(file, answer) {
    if (await take(answer.xml)) return;
    refuse(file, [...answer.problems, { text: say('cannotDraw'), remedy: say('cannotDrawRemedy') }]);
  }

  async function open(file) {
    const most = Number(form.dataset.largestMegabytes);
    if (file.size > most * 1024 * 1024) {
      refuse(file.name, [{ text: say('tooLarge', { most }), remedy: say('tooLargeRemedy') }]);
      return;
    }
    const body = new FormData();
    body.append('csrf_token', form.elements.csrf_token?.value ?? '');
    body.append('file', file);
    const options = { method: 'POST', body, headers: { Accept: 'application/json' }, repeatable: true };
    const response = await send(form.dataset.lookUrl, options);
    const answer = await response.json().catch(() => ({}));
    const errors = (answer.problems ?? []).filter((problem) => problem.severity === 'error');
    if (!response.ok) refuse(file.name, answer.problems ?? [{ text: answer.message || say('notJudged') }]);
    else if (!errors.length) await draw(file.name, answer);
    else {
      const count = errors.reduce((sum, error) => sum + error.count, 0);
      show(say('toMend', { file: file.name, count }), answer.problems, [
        [say('openAllTheSame'), false, () => draw(file.name, answer)],
        [say('keepDrawing'), true],
      ]);
    }
  }

  input.addEventListener('change', async () => {
    const [file] = input.files;
    if (!file) return;
    close();
    try {
      await open(file);
    } finally {
      input.value = ''; // So that the same file can be chosen again after it was mended.
    }
  });
}
