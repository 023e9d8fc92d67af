// Answers the tasks of models in bpmn-engine: HOME CASES; tells what came of each as JSON.

import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [home, cases] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(home, 'package.json')));
const { Engine } = await import(pathToFileURL(require.resolve('bpmn-engine')));

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function run({ xml, variables, order }) {
  const [ends, tasks, waiting, data] = [{}, {}, [], { ...variables }];
  const count = (map, id) => { map[id] = (map[id] ?? 0) + 1; };
  const engine = new Engine({ name: 'case', source: xml, variables: { data } });
  const listener = new EventEmitter();
  listener.on('activity.wait', (api) => waiting.push(api));
  listener.on('activity.end', (api) => {
    if (api.type === 'bpmn:EndEvent' && api.owner.parent?.type === 'bpmn:Process') count(ends, api.id);
  });
  let failed;
  let ended = false;
  engine.on('error', (error) => { failed = error; });
  engine.on('end', () => { ended = true; });
  await engine.execute({ listener });
  for (const [id, answer] of order) {
    await settled();
    const at = waiting.findIndex((api) => api.id === id);
    if (failed) throw failed;
    if (at < 0) throw new Error(`${id} is not open: ${waiting.map((api) => api.id)}`);
    const [api] = waiting.splice(at, 1);
    Object.assign(data, answer);
    count(tasks, id);
    api.signal();
  }
  await settled();
  if (failed) throw failed;
  if (!ended || waiting.length) throw new Error(`is not at its end: ${waiting.map((api) => api.id)}`);
  return { ends, tasks, variables: data };
}

const told = [];
for (const one of JSON.parse(readFileSync(cases, 'utf8'))) {
  const came = await run(one).then((Ok) => ({ Ok }), (error) => ({ Err: String(error) }));
  told.push({ seed: one.seed, came });
}
console.log(JSON.stringify(told));
