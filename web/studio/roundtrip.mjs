// Reads each diagram the way the editor does and writes it again: what comes out is what a save keeps.
// `node roundtrip.mjs FILE...` prints one JSON object per line: {"file", "xml", "warnings"}.
import { readFileSync } from 'node:fs';
import { BpmnModdle } from 'bpmn-moddle';
import rs from './src/vocabulary.js';

for (const file of process.argv.slice(2)) {
  const moddle = new BpmnModdle({ rs });
  const { rootElement, warnings } = await moddle.fromXML(readFileSync(file, 'utf8'));
  const { xml } = await moddle.toXML(rootElement, { format: true });
  console.log(JSON.stringify({ file, xml, warnings: warnings.map((warning) => warning.message) }));
}
