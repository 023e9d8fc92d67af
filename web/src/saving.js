// Where an island's document comes from and goes to: it is put into the page's own form as its file,
// with a warning before it would be lost.

/** The document an island opens: what a refused form had, else what is kept; null when it cannot be had. */
export async function opened(root, area) {
  const typed = root.dataset.again && document.getElementById(area)?.value;
  if (typed) return typed;
  const answer = await fetch(root.dataset.source, { headers: { accept: "application/xml" } });
  return answer.ok ? answer.text() : null;
}

/** `text` gives the document; `watch` is given what to call when something changed. */
export function saving(name, text, watch) {
  const form = document.querySelector("form[data-save]");
  // What was refused is not saved yet.
  let changed = Boolean(document.querySelector("[data-again='1']"));
  watch(() => { changed = true; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    // What is being typed is taken when its cell is left.
    document.activeElement?.blur();
    const list = new DataTransfer();
    list.items.add(new File([await text()], name, { type: "application/xml" }));
    form.querySelector("input[name=document]").files = list.files;
    changed = false;
    form.submit();
  });
}
