// Passkeys: [data-passkey] asks the device and sends its answer with the form inside.
//   page    only shows the form where passkeys work
//   get     asks for a passkey, by options fetched from data-challenge
//   create  makes one, by the options in data-options
// Without this file the forms stay hidden and the page says why; the password still works.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** The options with the bytes that JSON cannot hold. */
function decoded(options) {
  const listed = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  const all = { ...options, challenge: bytes(options.challenge) };
  if (options.user) all.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) all.excludeCredentials = listed(options.excludeCredentials);
  if (options.allowCredentials) all.allowCredentials = listed(options.allowCredentials);
  return all;
}

/** The device's answer as JSON. */
function encoded(credential) {
  const response = {};
  for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function answer(box, form) {
  if (box.dataset.passkey === 'create') {
    return navigator.credentials.create({ publicKey: decoded(JSON.parse(box.dataset.options)) });
  }
  const reply = await fetch(box.dataset.challenge, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ _csrf: form.elements._csrf.value }).toString(),
  });
  if (!reply.ok) throw new Error(`status ${reply.status}`);
  return navigator.credentials.get({ publicKey: decoded(await reply.json()) });
}

for (const box of document.querySelectorAll('[data-passkey]')) {
  const part = (name) => box.querySelector(`[data-passkey-${name}]`);
  if (location.origin !== box.dataset.origin) {
    part('elsewhere').hidden = false;
    continue;
  }
  if (!window.PublicKeyCredential) {
    part('unable').hidden = false;
    continue;
  }
  const [form, button, status] = [part('form'), part('go'), part('status')];
  form.hidden = false;
  button?.addEventListener('click', async () => {
    button.disabled = true;
    status.textContent = status.dataset.waiting;
    try {
      form.elements.credential.value = encoded(await answer(box, form));
      form.requestSubmit();
    } catch (error) {
      const word = { NotAllowedError: 'cancelled', InvalidStateError: 'known' }[error.name] ?? 'failed';
      status.textContent = status.dataset[word];
    } finally {
      button.disabled = false;
    }
  });
}
