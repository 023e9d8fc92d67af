// 长者模式: reads the page aloud with the browser's own voice, paragraph by paragraph, marking the
// one being read. The button appears only where the browser can speak.

const button = document.querySelector('[data-read-aloud]');
const voice = window.speechSynthesis;

if (button && voice) {
  const label = button.querySelector('span');
  const start = label.textContent;
  let marked = null;

  const mark = (next) => {
    if (marked) delete marked.dataset.reading;
    marked = next;
    if (marked) marked.dataset.reading = 'yes';
  };

  const stop = () => {
    voice.cancel();
    mark(null);
    label.textContent = start;
    button.setAttribute('aria-pressed', 'false');
  };

  const blocks = () =>
    [...document.querySelectorAll('main h1, main h2, main h3, main p, main li, main dt, main dd, main th, main td, main label')]
      .filter((block) => block.offsetParent !== null && !block.querySelector('p, li, dd') && block.innerText.trim());

  const read = (list) => {
    const block = list.shift();
    if (!block) return stop();
    const words = new SpeechSynthesisUtterance(block.innerText.trim());
    words.lang = block.closest('[lang]').lang;
    words.rate = 0.85;
    words.onend = () => {
      if (button.getAttribute('aria-pressed') === 'true') read(list);
    };
    words.onerror = stop;
    mark(block);
    voice.speak(words);
  };

  button.hidden = false;
  button.setAttribute('aria-pressed', 'false');
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-pressed') === 'true') return stop();
    button.setAttribute('aria-pressed', 'true');
    label.textContent = button.dataset.stop;
    read(blocks());
  });
  addEventListener('pagehide', () => voice.cancel());
}
