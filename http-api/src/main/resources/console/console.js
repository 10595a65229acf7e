'use strict';
// Everything shown comes from /v1 and goes into the page as text, never as markup.

const $ = id => document.getElementById(id);
const REFRESH_MS = 2000;
const ROWS_MAX = 200;
let open = null;          // the machine that is looked at
let tab = 'state';
let cursor = null;        // of the next page of state
let stream = null;        // AbortController of the events being read

$('token').value = sessionStorage.getItem('perilune-token') || '';
$('who').addEventListener('submit', e => { e.preventDefault(); });
$('token').addEventListener('change', () => {
  sessionStorage.setItem('perilune-token', $('token').value.trim());
  refresh();
});

function headers(more) {
  const token = $('token').value.trim();
  return Object.assign(token ? { Authorization: 'Bearer ' + token } : {}, more || {});
}

class Refused extends Error {
  constructor(problem) { super(problem.detail || problem.title); this.problem = problem; }
}

async function ask(path, options) {
  const response = await fetch(path, Object.assign({ headers: headers() }, options || {}));
  const text = await response.text();
  if (!response.ok) {
    let problem = { detail: response.status + ' ' + text.slice(0, 200) };
    try { problem = JSON.parse(text); } catch (notJson) { /* said as it is */ }
    throw new Refused(problem);
  }
  return (response.headers.get('Content-Type') || '').includes('json') ? JSON.parse(text) : text;
}

function say(problem) {
  $('problem').hidden = !problem;
  $('problem').textContent = problem ? problem.message : '';
}

function element(tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function row(...cells) {
  const made = element('tr');
  for (const cell of cells) {
    made.append(cell instanceof Node ? cell : element('td', cell));
  }
  return made;
}

const number = value => element('td', Number(value).toLocaleString('en'), 'n');
const path = rest => '/v1/machines/' + encodeURIComponent(open) + rest;
const body = id => $(id).querySelector('tbody');

async function refresh() {
  try {
    const cluster = await ask('/v1/cluster');
    showCluster(cluster);
    const list = await ask('/v1/machines?consistency=local');
    showMachines(list.items);
    say(null);
  } catch (problem) {
    $('where').textContent = 'this node does not answer';
    say(problem);
  }
}

function showCluster(cluster) {
  $('where').textContent = cluster.cluster + ', term ' + cluster.term + ', index ' + cluster.applied
    + ', as node ' + cluster.node + ' sees it';
  $('nodes').replaceChildren(...cluster.members.map(member => {
    const silent = member.active === false;
    const card = element('div', undefined, 'card' + (member.leader ? ' leader' : '') + (silent ? ' silent' : ''));
    card.append(element('span', member.leader ? 'leader' : member.voter ? 'follower' : 'learner', 'role'));
    card.append(element('b', 'node ' + member.id));
    card.append(element('div', member.http || 'HTTP address not known', 'quiet'));
    const behind = member.match === undefined ? '' : (cluster.last - member.match) + ' entries behind';
    card.append(element('div', silent ? 'silent' : behind || ' ', 'quiet'));
    return card;
  }));
}

function showMachines(items) {
  $('machines').hidden = items.length === 0;
  $('no-machines').hidden = items.length > 0;
  body('machines').replaceChildren(...items.slice(0, ROWS_MAX).map(machine => {
    const made = row(machine.machine, String(machine.version), number(machine.keys), number(machine.bytes),
      number(machine.index), machine.hash.slice(0, 16));
    made.className = machine.machine === open ? 'open' : '';
    made.addEventListener('click', () => choose(machine.machine));
    return made;
  }));
}

function choose(machine) {
  open = machine;
  $('machine').hidden = false;
  $('machine-title').textContent = machine;
  for (const made of body('machines').children) {
    made.className = made.firstChild.textContent === machine ? 'open' : '';
  }
  show(tab);
}

for (const button of $('tabs').children) {
  button.addEventListener('click', () => show(button.dataset.tab));
}

async function show(name) {
  tab = name;
  for (const button of $('tabs').children) {
    button.setAttribute('aria-pressed', String(button.dataset.tab === name));
  }
  for (const pane of document.querySelectorAll('[data-pane]')) {
    pane.hidden = pane.dataset.pane !== name;
  }
  if (stream) { stream.abort(); stream = null; }
  try {
    if (name === 'state') await showState(false);
    if (name === 'log') await showLog();
    if (name === 'events') await follow();
    if (name === 'script') $('script').textContent = await ask(path('/script'));
    say(null);
  } catch (problem) {
    if (problem.name !== 'AbortError') say(problem);
  }
}

$('state-form').addEventListener('submit', e => { e.preventDefault(); show('state'); });
$('more-state').addEventListener('click', () => showState(true).catch(say));

async function showState(more) {
  const page = await ask(path('/state?limit=50&prefix=' + encodeURIComponent($('prefix').value)
    + (more && cursor ? '&cursor=' + encodeURIComponent(cursor) : '')));
  const rows = page.items.map(item => row(text(item.key), JSON.stringify(item.value)));
  if (more) body('state').append(...rows); else body('state').replaceChildren(...rows);
  cursor = page.cursor;
  $('more-state').hidden = !cursor;
}

const text = value => typeof value === 'string' ? value : JSON.stringify(value);

async function showLog() {
  const info = await ask(path(''));
  const from = Math.max(info.history.first, info.history.last - 5000);
  const page = info.history.last ? await ask(path('/log?limit=1000&from=' + from)) : { items: [] };
  $('trace').hidden = true;
  body('log').replaceChildren(...page.items.slice(-50).reverse().map(entry => {
    const calls = entry.calls || [entry];
    const outcome = calls.map(call => call.outcome).join(', ');
    const button = element('button', 'trace');
    button.addEventListener('click', () => trace(entry.index).catch(say));
    const last = element('td');
    last.append(button);
    return row(number(entry.index), new Date(entry.time).toLocaleTimeString(),
      calls.map(call => call.name || 'apply').join(', '), calls.map(call => JSON.stringify(call.args)).join(' '),
      element('td', outcome, outcome === 'applied' ? 'good' : 'bad'),
      number(calls.reduce((sum, call) => sum + (call.gas || 0), 0)), last);
  }));
}

async function trace(index) {
  const traced = await ask(path('/log/' + index + '/trace'));
  $('trace').hidden = false;
  $('trace').querySelector('h3').textContent = 'What the command at index ' + index + ' did'
    + (traced.cut ? ' (cut)' : '');
  $('trace').querySelector('tbody').replaceChildren(...(traced.steps || []).slice(0, ROWS_MAX).map(step => row(
    step.at || String(step.line),
    Object.entries(step.locals || {}).map(([name, value]) => name + ' = ' + JSON.stringify(value)).join('  '),
    step.call ? step.call.name + '(' + (step.call.args || []).map(a => JSON.stringify(a)).join(', ') + ')' : '')));
}

async function follow() {
  body('events').replaceChildren();
  stream = new AbortController();
  const mine = stream;
  const response = await fetch(path('/events?changes=true'), { headers: headers(), signal: mine.signal });
  if (!response.ok) throw new Refused(await response.json());
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done || stream !== mine) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) event(block);
  }
}

function event(block) {
  const field = name => (block.split('\n').find(line => line.startsWith(name + ': ')) || '').slice(name.length + 2);
  if (!field('data')) return;
  const data = JSON.parse(field('data'));
  const what = field('event') === 'emit' ? data.type : field('event') + (data.key === undefined ? '' : ' ' + text(data.key));
  const shown = field('event') === 'emit' ? data.payload : data.new === undefined ? 'removed' : data.new;
  body('events').prepend(row(field('id'), what, JSON.stringify(shown)));
  while (body('events').children.length > ROWS_MAX) body('events').lastChild.remove();
}

$('call-form').addEventListener('submit', async e => {
  e.preventDefault();
  const name = $('call-name').value.trim();
  const answer = $('call-answer');
  answer.hidden = false;
  try {
    const more = { 'Content-Type': 'application/json' };
    if ($('call-kind').value === 'commands') {
      more['Idempotency-Key'] = Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16)).join('');
    }
    const done = await ask(path('/' + $('call-kind').value + (name ? '/' + encodeURIComponent(name) : '')),
      { method: 'POST', headers: headers(more), body: $('call-argument').value });
    answer.className = '';
    answer.textContent = JSON.stringify(done, null, 2);
  } catch (problem) {
    answer.className = 'bad';
    answer.textContent = problem.problem ? JSON.stringify(problem.problem, null, 2) : String(problem);
  }
});

refresh();
setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);
