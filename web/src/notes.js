// What authors note of rules, the clause they rest on. The standard keeps it in annotation columns,
// the library shows a rule's description: the first column is shown as that and kept as itself.

/** The tables of a model. */
function tables(definitions) {
  const found = [];
  for (const one of definitions.drgElement ?? []) {
    const logic = one.decisionLogic ?? one.encapsulatedLogic?.body;
    if (logic?.$instanceOf("dmn:DecisionTable")) found.push(logic);
  }
  return found;
}

/** Shows the first annotation of every rule where there is none of the library's. */
export function show(definitions) {
  for (const table of tables(definitions)) {
    for (const rule of table.rule ?? []) {
      const [first] = rule.annotationEntry ?? [];
      if (first?.text && !rule.description) rule.description = first.text;
    }
  }
}

/** Writes what was shown back into the annotation it came from. */
export function keep(definitions) {
  for (const table of tables(definitions)) {
    const rules = table.rule ?? [];
    if (!rules.some((rule) => rule.description)) {
      for (const rule of rules) if (rule.annotationEntry?.[0]) rule.annotationEntry[0].text = "";
      continue;
    }
    const make = (type, attributes, parent) => {
      const made = table.$model.create(type, attributes);
      made.$parent = parent;
      return made;
    };
    if (!table.annotation?.length) {
      table.annotation = [make("dmn:RuleAnnotationClause", { name: "依据" }, table)];
    }
    for (const rule of rules) {
      const text = rule.description ?? "";
      delete rule.description;
      rule.annotationEntry ??= [];
      while (rule.annotationEntry.length < table.annotation.length) {
        rule.annotationEntry.push(make("dmn:RuleAnnotation", { text: "" }, rule));
      }
      rule.annotationEntry[0].text = text;
    }
  }
}
