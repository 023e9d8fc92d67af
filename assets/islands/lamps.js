// Lamps with data-due="MICROSECONDS": the last hour counts down by the minute. Colours and days
// stay the server's: working days are not counted here. Stands still on a demonstration clock.

const lamps = [...document.querySelectorAll('.c-lamp[data-due]')];
const pinned = document.querySelector('.c-demo, [data-clock="demo"]');
const english = document.documentElement.lang === 'en';

function show() {
  for (const lamp of lamps) {
    const minutes = Math.ceil((Number(lamp.dataset.due) / 1000 - Date.now()) / 60000);
    if (minutes > 60 || minutes < 0) continue;
    lamp.textContent = english ? `${minutes} minute${minutes === 1 ? '' : 's'} left` : `剩 ${minutes} 分钟`;
  }
}

if (lamps.length && !pinned) {
  show();
  setInterval(show, 30000);
}
