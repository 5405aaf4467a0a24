// Drawing a procedure in the browser: canvas, properties, problems, draft. Without it the page's textarea is the editor.
import Modeler from 'bpmn-js/lib/Modeler';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './drawing.css';
import './tables.css';
import { attachDraft } from './draft.js';
import { say, translation } from './language.js';
import { attachProblems } from './problems.js';
import { attachProperties } from './properties.js';
import rs from './vocabulary.js';
import { button, fit, zoomButtons } from './zoom.js';

const LARGEST = 2 * 1024 * 1024;

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

function toolbar(modeler, form) {
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
  return [undo, redo, ...zoomButtons(modeler), find, get];
}

function start(box) {
  const form = document.getElementById('diagram-form');
  const message = document.querySelector('[data-studio-message]');
  const tell = (text) => {
    message.textContent = text;
    message.hidden = !text;
  };
  const frame = document.createElement('div');
  frame.className = 'diagram-canvas';
  box.replaceChildren(frame);
  const modeler = new Modeler({ container: frame, additionalModules: [translation], moddleExtensions: { rs } });

  /** Draw `text`; on a file that cannot be drawn keep what is on the canvas and say why. */
  async function load(text) {
    const before = modeler.getDefinitions() && (await modeler.saveXML()).xml;
    try {
      const { warnings } = await modeler.importXML(text);
      tell(warnings.length ? say('loses', { parts: warnings.map((warning) => warning.message.split('\n')[0]).join('; ') }) : '');
      fit(modeler);
      return true;
    } catch (error) {
      tell(say('drawFailed', { reason: error.message.split('\n')[0] }));
      if (before) await modeler.importXML(before);
      return false;
    }
  }

  const showProblems = attachProblems(modeler, document.querySelector('[data-problems]'));
  attachProperties(modeler, document.querySelector('[data-properties]'));
  document.querySelector('[data-toolbar]').append(...toolbar(modeler, form));

  // A drawing that failed stays in the visible textarea: nothing of it may be overwritten by an empty canvas.
  let draft = null;
  async function begin(text) {
    document.documentElement.classList.add('studio-ready'); // The canvas needs a size before anything is drawn on it.
    const drawn = await load(text);
    if (drawn) draft ??= attachDraft(modeler, form, (answer) => answer.problems && showProblems(answer.problems));
    else if (!draft) document.documentElement.classList.remove('studio-ready');
    return drawn;
  }

  begin(form.elements.xml.value.trim() || empty(form.dataset.processKey || 'process')).then((drawn) => {
    box.dataset.diagramState = drawn ? 'drawn' : 'failed';
  });
  document.querySelector('input[data-upload]')?.addEventListener('change', async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    if (file.size > LARGEST) tell(say('tooLarge'));
    else if (await begin(await file.text())) draft.changed();
    target.value = ''; // So that the same file can be chosen again after it was mended.
  });
  // For the browser tests: the running modeler of this page.
  box.modeler = modeler;
}

const box = document.querySelector('[data-modeler]');
if (box) start(box);
