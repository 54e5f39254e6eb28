// Copy buttons, times of the reader's own zone, and the news that a one-time link was paid.
// Without scripts the page shows the code and the link all the same.

const NEWS_MS = 3_000;
const POLL_MS = 3_000;
/** An hour. */
const POLLS_MAX = 1_200;

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false;
  button.setAttribute('aria-label', `Copy ${labelOf(button)}`);
  button.addEventListener('click', () => copy(button));
}

for (const time of document.querySelectorAll('time')) {
  const moment = new Date(time.dateTime);
  time.textContent = moment.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}

const info = document.querySelector('meta[name=watch]');
if (info) setTimeout(watch, POLL_MS, info.content, POLLS_MAX);

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const done = (await toClipboard(source.textContent)) || bySelection(source);
  tell(done ? `${labelOf(button)} copied` : 'Selected: now copy it with your keyboard or menu');
}

function labelOf(button) {
  return document.getElementById(`${button.dataset.copy}-label`).textContent;
}

/** False where the browser does not let us, which is the rule on plain http. */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** The older way. When it is closed too, the text stays selected for the reader. */
function bySelection(source) {
  getSelection().selectAllChildren(source);
  return document.execCommand('copy');
}

let forgetting;

function tell(text) {
  const news = document.querySelector('.news');
  news.textContent = text;
  clearTimeout(forgetting);
  forgetting = setTimeout(() => {
    news.textContent = '';
  }, NEWS_MS);
}

/** Asks as a wallet would; once the link is over, the server has another page here. */
async function watch(url, pollsLeft) {
  if (!document.hidden && (await isOver(url))) return location.reload();
  if (pollsLeft > 0) setTimeout(watch, POLL_MS, url, pollsLeft - 1);
}

async function isOver(url) {
  try {
    const answer = await fetch(url, { headers: { accept: 'application/json' } });
    return (await answer.json()).status === 'ERROR';
  } catch {
    return false;
  }
}
