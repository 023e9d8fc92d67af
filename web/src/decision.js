// The tables of a draft's decisions: an island over the page of a decision model, which works
// without it. It reads the model, lets its tables and requirements be changed, and saves it by the
// page's own form; the server checks it, runs its tests and analyses its tables.

import Modeler from "dmn-js/lib/Modeler";
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-drd.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression-controls.css";
import "dmn-js/dist/assets/dmn-font/css/dmn.css";
import "./decision.css";
import { keep, show } from "./notes.js";
import { opened, saving } from "./saving.js";
import { words } from "./words.js";

const root = document.getElementById("decisions");
if (root) open(root).catch((error) => { root.hidden = true; console.warn(error); });

async function open(root) {
  const xml = await opened(root, "f-text");
  if (xml === null) return;
  root.hidden = false;
  // Typed text counts at once: it may be saved in the same breath.
  const modules = { additionalModules: [words(document.documentElement.lang)], debounceInput: false };
  const surface = new Modeler({
    container: root.querySelector("[data-canvas]"),
    drd: modules, decisionTable: modules, literalExpression: modules, boxedExpression: modules,
  });
  try {
    await surface.importXML(xml, { open: false });
    show(surface.getDefinitions());
    await views(root, surface);
  } catch {
    // What it cannot read is changed as text, as without script.
    surface.destroy();
    root.hidden = true;
    return;
  }
  for (const plain of document.querySelectorAll("[data-plain]")) plain.hidden = true;
  const text = async () => {
    keep(surface.getDefinitions());
    try {
      return (await surface.saveXML({ format: true })).xml;
    } finally {
      show(surface.getDefinitions());
    }
  };
  saving("decision.dmn", text, (changed) => {
    // Each view keeps changes of its own.
    const watched = new Set();
    const watch = () => {
      const viewer = surface.getActiveViewer();
      if (!viewer || watched.has(viewer)) return;
      watched.add(viewer);
      viewer.on("commandStack.changed", changed);
      viewer.on("elements.changed", changed);
    };
    surface.on("views.changed", watch);
    watch();
  });
}

/** Buttons for the requirements and each decision; the first table is shown. */
async function views(root, surface) {
  const bar = root.querySelector("[data-views]");
  const draw = () => {
    const active = surface.getActiveView();
    const buttons = surface.getViews().map((view) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "c-btn c-btn--secondary c-btn--sm";
      button.textContent = view.type === "drd" ? bar.dataset.requirements : view.name || view.id;
      button.setAttribute("aria-pressed", String(view.element === active?.element));
      button.addEventListener("click", () => surface.open(view));
      return button;
    });
    const focused = [...bar.children].indexOf(document.activeElement);
    bar.replaceChildren(...buttons);
    buttons[focused]?.focus();
  };
  surface.on("views.changed", draw);
  const all = surface.getViews();
  await surface.open(all.find((view) => view.type === "decisionTable") ?? all[0]);
  draw();
}
