// Drives bpmn-engine through the six-step approval: DIAGRAM SECONDS; tells its version and cases
// per second of processor time as JSON. The diagram is parsed once.

import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [diagram, seconds, home] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(home, 'package.json')));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const { Engine } = await load('bpmn-engine');
const moddle = await load('bpmn-moddle');
const serializer = await load('moddle-context-serializer');
const elements = await load('bpmn-elements');
const BpmnModdle = moddle.BpmnModdle ?? moddle.default?.BpmnModdle ?? moddle.default;
const steps = ['accept', 'apply', 'decide', 'fire', 'issue', 'plan'];
const { Serializer, TypeResolver } = serializer.default?.Serializer ? serializer.default : serializer;
const parsed = await new BpmnModdle().fromXML(readFileSync(diagram, 'utf8'));
const sourceContext = Serializer(parsed, TypeResolver(elements));

function approve() {
  return new Promise((resolve, reject) => {
    const done = [];
    const engine = new Engine({ name: 'approval', sourceContext });
    const listener = new EventEmitter();
    listener.on('activity.wait', (api) => {
      done.push(api.id);
      if (api.id === 'decide') api.environment.output.granted = true;
      api.signal();
    });
    engine.once('end', () => {
      if (done.sort().join() === steps.join()) resolve();
      else reject(new Error(`went another way: ${done}`));
    });
    engine.once('error', reject);
    engine.execute({ listener }, (error) => error && reject(error));
  });
}

const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const begun = spent();
let cases = 0;
while (spent() - begun < Number(seconds)) {
  await approve();
  cases += 1;
}
const { version } = JSON.parse(readFileSync(join(home, 'node_modules/bpmn-engine/package.json'), 'utf8'));
console.log(JSON.stringify({ version, cases_per_cpu_s: cases / (spent() - begun) }));
