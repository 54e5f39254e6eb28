// Logs a person in: asks for a code, hears from the server what became of it, and turns the login that
// a wallet confirmed into a session. All secrets are in cookies that this script cannot read.

const SECOND_MS = 1_000;
const RETRY_MS = 3_000;

const views = [...document.querySelectorAll('[data-view]')];
const state = document.getElementById('state');
const scan = document.querySelector('.scan');
const open = document.getElementById('open');
const left = document.getElementById('left');

/** What is under way for the code that is shown; undefined while none is. */
let waiting;

const actions = { begin, leave, resume };
for (const button of document.querySelectorAll('[data-do]')) {
  button.addEventListener('click', () => actions[button.dataset.do]());
}

// On the device that has the wallet a link does what a camera cannot.
const hasTouch = matchMedia('(pointer: coarse)').matches;
scan.open = !hasTouch;
if (hasTouch) open.after(scan);

// The server has seen which cookies this browser has: `session`, `login`, or none and no such tag.
const known = document.querySelector('meta[name=known]')?.content;
if (known === undefined) void begin();
else void resume(known);

/** Finds what this browser has already: a session, or a login that was confirmed while it slept. */
async function resume(from = 'login') {
  show('starting');
  try {
    const session = from === 'session' ? await knownSession() : await openedSession();
    if (session) signedIn(session);
    else await begin();
  } catch (error) {
    failed(error);
  }
}

async function begin() {
  forget();
  show('starting', 'A code is made.');
  try {
    const login = await need(await ask('POST', '/login/start'));
    document.getElementById('qr').src = login.qr;
    document.getElementById('lnurl').textContent = login.lnurl;
    open.href = `lightning:${login.lnurl}`;
    waiting = { endsAt: performance.now() + login.expiresInSeconds * SECOND_MS };
    show('waiting', 'Waiting for your wallet.');
    listen(waiting);
    count(waiting);
  } catch (error) {
    failed(error);
  }
}

/** The server knows by the cookie which login this page waits for. */
function listen(current) {
  if (current !== waiting) return;
  const events = new EventSource('/login/events');
  current.events = events;
  events.addEventListener('verified', confirmed);
  events.addEventListener('expired', confirmed);
  events.addEventListener('error', () => {
    // A stream that was cut comes back by itself; one that was refused does not.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS, current);
  });
}

/** Shows how long the code is good for, by this device's own clock: it need not be right. */
function count(current) {
  if (current !== waiting) return;
  const seconds = Math.ceil((current.endsAt - performance.now()) / SECOND_MS);
  if (seconds <= 0) return expired();
  const minutes = Math.floor(seconds / 60);
  left.textContent = `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
  setTimeout(count, SECOND_MS, current);
}

/** The login has ended. Another tab may have the session already, and then this one has it too. */
async function confirmed() {
  forget();
  try {
    const session = await openedSession();
    if (session) signedIn(session);
    else expired();
  } catch (error) {
    failed(error);
  }
}

async function leave() {
  try {
    await need(await ask('POST', '/login/logout'));
    await begin();
  } catch (error) {
    failed(error);
  }
}

function signedIn({ linkingKey }) {
  forget();
  document.getElementById('key').textContent = linkingKey;
  show('signed-in', 'You are logged in.');
}

function expired() {
  forget();
  show('expired', 'The code has expired.');
}

function failed(error) {
  forget();
  document.getElementById('why').textContent = error.message;
  show('failed', `That did not work. ${error.message}`);
}

function forget() {
  waiting?.events?.close();
  waiting = undefined;
}

/** A session made of a confirmed login, or the one that is there; undefined when there is neither. */
async function openedSession() {
  const answer = await ask('POST', '/login/session');
  return answer.status === 401 ? knownSession() : need(answer);
}

async function knownSession() {
  const answer = await ask('GET', '/login/me');
  return answer.status === 401 ? undefined : need(answer);
}

async function ask(method, path) {
  try {
    return await fetch(path, { method, headers: { accept: 'application/json' } });
  } catch {
    throw new Error('The server cannot be reached.');
  }
}

/** What was asked for, or an error in the words of the server. */
async function need(answer) {
  if (answer.status === 204) return undefined;
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw new Error(body.detail ?? 'The server did not understand.');
}

/** Whoever cannot see the view change hears its heading, or the words that say what happened. */
function show(name, words = '') {
  for (const view of views) view.hidden = view.dataset.view !== name;
  state.textContent = words;
  if (name !== 'starting')
    views
      .find((view) => !view.hidden)
      .querySelector('h1')
      .focus();
}
