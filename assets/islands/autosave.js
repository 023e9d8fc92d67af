// Drafts: a form with data-autosave="ADDRESS" is posted there a moment after the last change.
// The reply is {"saved_at": "10:24", "text": "…"}; the text goes to the element [data-saved].
// Files are left out: they are sent with the page itself.

const WAIT_MS = 1500;

for (const form of document.querySelectorAll('form[data-autosave]')) {
  const report = document.querySelector('[data-saved]');
  if (report) report.setAttribute('role', 'status');
  let timer = 0;
  let last = text(form);

  function text(from) {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(from)) {
      if (typeof value === 'string') fields.append(name, value);
    }
    return fields.toString();
  }

  async function save() {
    const body = text(form);
    if (body === last || form.dataset.sent) return;
    try {
      const reply = await fetch(form.dataset.autosave, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body,
      });
      if (!reply.ok) return;
      last = body;
      const saved = await reply.json();
      if (report && saved.text) report.textContent = saved.text;
    } catch {
      // Away from the network: the next change tries again, and the page still submits.
    }
  }

  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(save, WAIT_MS);
  });
  addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') save();
  });
}
