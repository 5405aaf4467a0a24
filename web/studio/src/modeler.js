// Drawing a procedure in the browser: canvas, properties, problems, draft. Without it the page's textarea is the editor.
import Modeler from 'bpmn-js/lib/Modeler';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './drawing.css';
import './tables.css';
import { attachDraft } from './draft.js';
import { attachFingers } from './fingers.js';
import { say, translation } from './language.js';
import { attachOpening } from './opening.js';
import { attachProblems } from './problems.js';
import { attachProperties } from './properties.js';
import rs from './vocabulary.js';
import { button, fit, fitLegibly, hint, keepPlaced, zoomButtons } from './zoom.js';

// Below this width palette, canvas and panel have no room beside each other: the drawing is shown, not edited.
const NARROW = '(max-width: 767.98px)';

const empty = (key) => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:rs="urn:rasoat:1" id="definitions" targetNamespace="urn:rasoat:procedures">
  <bpmn:process id="${key}" isExecutable="true"><bpmn:startEvent id="start" /></bpmn:process>
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="${key}">
    <bpmndi:BPMNShape id="start_shape" bpmnElement="start"><dc:Bounds x="160" y="160" width="36" height="36" /></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>`;

function download(text, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/xml' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function toolbar(modeler, form, placeAgain) {
  const stack = modeler.get('commandStack');
  const undo = button('↶', say('undo'), () => stack.undo());
  const redo = button('↷', say('redo'), () => stack.redo());
  const update = () => {
    undo.disabled = !stack.canUndo();
    redo.disabled = !stack.canRedo();
  };
  modeler.on(['commandStack.changed', 'import.done'], update);
  update();
  const find = button('⌕', say('search'), () => modeler.get('searchPad').toggle());
  const get = button('⤓', say('download'), async () => {
    download((await modeler.saveXML({ format: true })).xml, `${form.dataset.processKey || 'diagram'}.bpmn`);
  });
  return [undo, redo, ...zoomButtons(modeler, placeAgain), find, get];
}

/** What the drawing tool could not read and would therefore drop, in words; attributes it does not know it keeps. */
function lost(warnings) {
  const dropped = warnings.filter(({ message }) => !message.startsWith('unknown attribute'));
  const parts = dropped.map(({ message }) => {
    const [, reference] = /unresolved reference <([^>]*)>/.exec(message) ?? [];
    const [, content] = /<([^>]*)>/.exec(message) ?? [];
    if (reference) return say('lostReference', { value: reference });
    return content ? say('lostContent', { value: content }) : say('lostPart');
  });
  return [...new Set(parts)].slice(0, 5).join('; ');
}

// The drawing tool knows "true" only and would write "false" for the other way to say it.
const plainTruth = (text) => text.replace(/\bisExecutable\s*=\s*(["'])1\1/g, 'isExecutable="true"');

function notice() {
  const message = document.querySelector('[data-studio-message]');
  return (text) => {
    message.textContent = text;
    message.hidden = !text;
  };
}

/** On a narrow screen: the drawing and its problems, to look at. */
async function look(box, frame, form) {
  document.documentElement.classList.add('studio-ready', 'studio-looking');
  document.querySelector('[data-studio-narrow]').hidden = false;
  for (const act of form.querySelectorAll('[name="then"]')) act.hidden ||= !form.elements.revision.value;
  const viewer = new NavigatedViewer({ container: frame, additionalModules: [translation], moddleExtensions: { rs } });
  const bar = document.createElement('div');
  bar.className = 'diagram-zoom btn-group';
  try {
    await viewer.importXML(form.elements.xml.value);
    box.prepend(bar);
    bar.append(...zoomButtons(viewer, keepPlaced(viewer, fitLegibly)));
    attachFingers(viewer);
    hint(viewer, bar);
    attachProblems(viewer, document.querySelector('[data-problems]'));
    box.dataset.diagramState = 'drawn';
  } catch (error) {
    console.info(error);
    frame.textContent = say('cannotDraw');
    box.dataset.diagramState = 'failed';
  }
  window.matchMedia(NARROW).addEventListener('change', () => window.location.reload());
}

function edit(box, frame, form) {
  const tell = notice();
  const modeler = new Modeler({ container: frame, additionalModules: [translation], moddleExtensions: { rs } });
  const problems = attachProblems(modeler, document.querySelector('[data-problems]'));
  attachProperties(modeler, document.querySelector('[data-properties]'), JSON.parse(form.dataset.procedures || '{}'));
  let drawn = false;
  let placeAgain = null;
  document.querySelector('[data-toolbar]').append(...toolbar(modeler, form, () => placeAgain?.()));

  /** Draw `text`; a file that cannot be drawn leaves what is on the canvas. */
  async function load(text) {
    const before = drawn && (await modeler.saveXML()).xml;
    document.documentElement.classList.add('studio-ready'); // The canvas needs a size before anything is drawn on it.
    let done = true;
    try {
      const { warnings } = await modeler.importXML(plainTruth(text));
      const parts = lost(warnings);
      tell(parts && say('loses', { parts }));
      drawn = true;
    } catch (error) {
      console.info(error); // In the words of the drawing tool, for whoever looks into it; people get ours.
      done = false;
      if (before) await modeler.importXML(before);
    }
    document.documentElement.classList.toggle('studio-ready', drawn);
    if (drawn && placeAgain) placeAgain();
    else if (drawn) placeAgain = keepPlaced(modeler, fit);
    return done;
  }

  const draft = attachDraft({
    form,
    // What cannot be drawn stays in the visible textarea: nothing of it may be overwritten by an empty canvas.
    read: async () => (drawn ? (await modeler.saveXML({ format: true })).xml : form.elements.xml.value),
    onChange: problems.outdate,
    onAnswer: (answer) => problems.showAll(answer.problems, answer.about),
    onConflict: tell,
  });
  modeler.on('commandStack.changed', draft.changed);
  form.elements.xml.addEventListener('input', draft.changed);
  load(form.elements.xml.value.trim() || empty(form.dataset.processKey || 'process')).then((done) => {
    if (!done) tell(say('textOnly'));
    box.dataset.diagramState = done ? 'drawn' : 'failed';
  });
  const input = document.querySelector('input[data-upload]');
  if (input) {
    attachOpening({
      form,
      input,
      box: document.querySelector('[data-studio-opened]'),
      take: async (xml) => {
        const done = await load(xml);
        if (done) draft.changed();
        return done;
      },
    });
  }
  // For the browser tests: the running modeler of this page.
  box.modeler = modeler;
}

const box = document.querySelector('[data-modeler]');
if (box) {
  const frame = document.createElement('div');
  frame.className = 'diagram-canvas';
  box.replaceChildren(frame);
  const form = document.getElementById('diagram-form');
  (window.matchMedia(NARROW).matches ? look : edit)(box, frame, form);
}
