// The drawing surface of a procedure: an island over the page of a draft, which works without it.
// It reads the document, lets it be changed, has the server check it, and saves it by the page's
// own form. The page's address and sentences come from the page.

import Modeler from "bpmn-js/lib/Modeler";
import Align from "bpmn-js/lib/features/align-elements";
import Distribute from "bpmn-js/lib/features/distribute-elements";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "./modeller.css";
import { opened, saving } from "./saving.js";
import { yipan } from "./yipan.js";

// Aligning and distributing draw their icons with inline styles, which the page's policy refuses.
class Surface extends Modeler {}
Surface.prototype._modules = Modeler.prototype._modules.filter((one) => one !== Align && one !== Distribute);

const root = document.getElementById("modeller");
if (root) open(root).catch((error) => { root.hidden = true; console.warn(error); });

async function open(root) {
  const xml = await opened(root, "f-diagram");
  if (xml === null) return;
  root.hidden = false;
  const surface = new Surface({ container: root.querySelector("[data-canvas]"), moddleExtensions: { yipan } });
  try {
    await surface.importXML(xml);
  } catch (error) {
    // What cannot be drawn is changed by file, as without script.
    surface.destroy();
    root.hidden = true;
    return;
  }
  fit(surface.get("canvas"));
  for (const plain of document.querySelectorAll("[data-plain]")) plain.hidden = true;
  panel(root, surface);
  checking(root, surface);
  saving("draft.bpmn", () => source(surface), (changed) => surface.on("commandStack.changed", changed));
}

/** Shows the whole drawing beside the palette, never larger than life. */
function fit(canvas) {
  const { inner, outer } = canvas.viewbox();
  if (!inner.width || !inner.height) return;
  const palette = 130;
  const scale = Math.min(1, (outer.width - palette - 30) / inner.width, (outer.height - 60) / inner.height);
  canvas.viewbox({
    x: inner.x - palette / scale,
    y: inner.y - Math.max(30, (outer.height - inner.height * scale) / 2) / scale,
    width: outer.width / scale,
    height: outer.height / scale,
  });
}

/** The fields beside the drawing: what the chosen element says. */
function panel(root, surface) {
  const box = root.querySelector("[data-fields]");
  const nothing = root.querySelector("[data-nothing]");
  const modeling = surface.get("modeling");
  const factory = surface.get("bpmnFactory");
  let chosen = null;
  const input = (name) => box.querySelector(`[data-for="${name}"] :is(input, textarea)`);
  const is = (type) => chosen?.businessObject.$instanceOf(type);
  /** A field for one of the platform's own attributes. */
  const attribute = (name, fits) => ({
    fits,
    read: (one) => one.get(`yipan:${name}`) ?? "",
    write: (text) => modeling.updateProperties(chosen, { [`yipan:${name}`]: text || undefined }),
  });
  const fields = {
    name: {
      fits: () => true,
      read: (one) => one.name ?? "",
      write: (text) => modeling.updateProperties(chosen, { name: text || undefined }),
    },
    id: {
      fits: () => true,
      read: (one) => one.id,
      write: (text) => {
        const free = /^[A-Za-z_][\w.-]*$/.test(text) && !surface.get("elementRegistry").get(text);
        if (free) modeling.updateProperties(chosen, { id: text });
      },
    },
    candidates: attribute("candidates", () => is("bpmn:UserTask") || is("bpmn:ManualTask") || is("bpmn:Lane") || is("bpmn:AdHocSubProcess")),
    limit: attribute("limit", () => is("bpmn:UserTask") || is("bpmn:ManualTask")),
    topic: attribute("topic", () => is("bpmn:ServiceTask")),
    decision: attribute("decision", () => is("bpmn:BusinessRuleTask")),
    form: attribute("form", () => is("bpmn:UserTask")),
    result: attribute("result", () => is("bpmn:BusinessRuleTask") || is("bpmn:ServiceTask") || is("bpmn:ScriptTask")),
    condition: {
      fits: () => is("bpmn:SequenceFlow"),
      read: (one) => one.conditionExpression?.body ?? "",
      write: (text) => modeling.updateProperties(chosen, {
        conditionExpression: text ? factory.create("bpmn:FormalExpression", { body: text }) : undefined,
      }),
    },
    documentation: {
      fits: () => true,
      read: (one) => one.documentation?.[0]?.text ?? "",
      write: (text) => modeling.updateProperties(chosen, {
        documentation: text ? [factory.create("bpmn:Documentation", { text })] : [],
      }),
    },
  };
  const show = () => {
    // A label stands for what it names.
    const selected = surface.get("selection").get();
    chosen = selected.length === 1 ? selected[0].labelTarget ?? selected[0] : surface.get("canvas").getRootElement();
    box.hidden = false;
    nothing.hidden = selected.length > 0;
    for (const [name, field] of Object.entries(fields)) {
      const row = box.querySelector(`[data-for="${name}"]`);
      row.hidden = !field.fits();
      if (!row.hidden) input(name).value = field.read(chosen.businessObject);
    }
  };
  for (const [name, field] of Object.entries(fields)) {
    input(name).addEventListener("change", (event) => { field.write(event.target.value.trim()); show(); });
  }
  surface.on("selection.changed", show);
  surface.on("commandStack.changed", show);
  show();
}

async function source(surface) {
  return (await surface.saveXML({ format: true })).xml;
}

/** Has the server check the drawing, marks what is at fault, and selects it when it is chosen. */
function checking(root, surface) {
  const told = root.querySelector("[data-told]");
  const canvas = surface.get("canvas");
  let marked = [];
  const choose = (id) => {
    const element = surface.get("elementRegistry").get(id);
    if (!element) return;
    surface.get("selection").select(element);
    canvas.scrollToElement(element);
  };
  const tell = (faults) => {
    for (const id of marked) canvas.removeMarker(id, "yipan-fault");
    marked = faults.map((one) => one.element).filter((id) => surface.get("elementRegistry").get(id));
    for (const id of marked) canvas.addMarker(id, "yipan-fault");
    told.replaceChildren();
    if (faults.length === 0) { told.textContent = told.dataset.sound; return; }
    const list = document.createElement("ul");
    for (const one of faults) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "c-btn c-btn--quiet c-btn--sm";
      button.textContent = one.element || one.rule;
      button.addEventListener("click", () => choose(one.element));
      item.append(button, ` ${one.text}`);
      list.append(item);
    }
    told.append(list);
  };
  root.querySelector("[data-act=check]").addEventListener("click", async () => {
    const body = new FormData();
    body.append("_csrf", document.querySelector("input[name=_csrf]").value);
    for (const name of ["process", "version", "draft"]) body.append(name, root.dataset[name]);
    body.append("document", new Blob([await source(surface)], { type: "application/xml" }), "draft.bpmn");
    try {
      const answer = await fetch(root.dataset.check, { method: "POST", body });
      if (!answer.ok) throw new Error(String(answer.status));
      tell((await answer.json()).faults);
    } catch {
      told.textContent = told.dataset.failed;
    }
  });
}
