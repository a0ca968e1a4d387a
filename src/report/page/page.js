'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement;
  const data = JSON.parse($('data').textContent);

  // Light and dark: as the reader's system has it, until told otherwise.
  const theme = $('theme');
  const dark = () => root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  const label = () => { theme.textContent = dark() ? 'Light' : 'Dark'; };
  const kept = (value) => {
    // Pages that are opened from a file may have no storage.
    try {
      if (value) localStorage.setItem('tunewright-theme', value);
      return localStorage.getItem('tunewright-theme');
    } catch { return null; }
  };
  const before = kept();
  if (before === 'light' || before === 'dark') root.dataset.theme = before;
  theme.addEventListener('click', () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    kept(root.dataset.theme);
    label();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', label);
  label();

  // Groups of pictures of which one is shown: the one whose key the selects spell.
  for (const group of document.querySelectorAll('[data-choose]')) {
    const selects = [...group.querySelectorAll('select')];
    const show = () => {
      let keys = selects.map((select) => select.value);
      if (keys.length === 2) {
        // A pair has one picture, in the order of the parameters; with itself it has none.
        for (const option of selects[1].options) option.disabled = option.value === keys[0];
        if (keys[0] === keys[1]) {
          const other = [...selects[1].options].find((option) => !option.disabled);
          if (other) { selects[1].value = other.value; keys = [keys[0], other.value]; }
        }
        keys.sort((one, other) => one - other);
      }
      for (const figure of group.querySelectorAll('[data-key]')) {
        figure.hidden = figure.dataset.key !== keys.join(' ');
      }
    };
    for (const select of selects) select.addEventListener('change', show);
    show();
  }

  const columns = data.columns;
  const labelled = (column, at) => {
    const value = column.values[at];
    if (value === null || value === undefined) return '';
    if (column.labels) return column.labels[value];
    if (typeof value !== 'number') return String(value);
    const size = Math.abs(value);
    return value === 0 || (size >= 1e-4 && size < 1e7)
      ? String(value) : value.toExponential().replace('e+', 'e');
  };
  const rowOf = new Map(columns[0].values.map((number, at) => [number, at]));

  // Hints, and the same trial in all pictures.
  const hint = $('hint');
  let hot = [];
  const cool = () => {
    for (const mark of hot) mark.classList.remove('hot');
    hot = [];
    hint.hidden = true;
  };
  // What the picture of a trial would say by itself.
  const named = (number) => {
    const at = rowOf.get(number);
    const value = data.goal === null ? '' : labelled(columns[data.goal], at);
    const reason = columns.find((column) => column.name === 'reason' && column.text);
    const best = number === data.best ? ' (best)' : data.front.includes(number) ? ' (on the front)' : '';
    if (value !== '') return `trial ${number}${best}: ${value}`;
    const state = labelled(columns[1], at);
    return reason && labelled(reason, at)
      ? `trial ${number} ${state}: ${labelled(reason, at)}` : `trial ${number}: ${state}`;
  };
  const textOf = (mark) => {
    if (mark.dataset.n) return named(Number(mark.dataset.n));
    const title = mark.querySelector(':scope > title');
    // Without the element the browser shows no hint of its own beside this one.
    if (title) { mark.dataset.hint = title.textContent; title.remove(); }
    return mark.dataset.hint;
  };
  const point = (event) => {
    const mark = event.target.closest?.('svg.tw *');
    const text = mark && textOf(mark);
    cool();
    if (!text) return;
    let all = text;
    if (mark.dataset.n) {
      const at = rowOf.get(Number(mark.dataset.n));
      const shown = columns.filter((column) => column.parameter).slice(0, 12)
        .map((column) => [column.name, labelled(column, at)])
        .filter(([, value]) => value !== '');
      all = text + '\n' + shown.map(([name, value]) => `${name}: ${value}`).join('\n');
      hot = [...document.querySelectorAll(`[data-n="${mark.dataset.n}"]`)];
      for (const one of hot) one.classList.add('hot');
    }
    hint.textContent = all;
    hint.hidden = false;
    const { width, height } = hint.getBoundingClientRect();
    hint.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 4))}px`;
    const below = event.clientY + 18;
    hint.style.top = `${below + height > innerHeight ? event.clientY - height - 12 : below}px`;
  };
  document.addEventListener('pointerover', point);
  document.addEventListener('pointerdown', point);
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') cool(); });
  document.addEventListener('scroll', () => { hint.hidden = true; }, { passive: true });

  // The table of trials.
  const table = $('trials-table');
  if (!table) return;
  const PAGE = 50;
  const byGoal = data.goal !== null;
  const state = { sort: byGoal ? data.goal : 0, down: byGoal && data.maximize, page: 0, rows: [] };
  const heads = columns.map((column, index) => {
    const head = document.createElement('th');
    head.scope = 'col';
    if (column.text) head.className = 'text';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = column.name;
    button.title = column.full || column.name;
    button.addEventListener('click', () => {
      state.down = state.sort === index ? !state.down : false;
      state.sort = index;
      state.page = 0;
      sort();
    });
    head.append(button);
    return head;
  });
  const headRow = document.createElement('tr');
  headRow.append(...heads);
  table.tHead.replaceChildren(headRow);
  const texts = new Map();
  const words = (at) => {
    if (!texts.has(at)) {
      const named = columns.map((column) => `${column.name}=${labelled(column, at)}`);
      texts.set(at, named.join(' ').toLowerCase());
    }
    return texts.get(at);
  };
  const filter = () => {
    const wanted = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = $('state').value;
    const states = columns[1];
    state.rows = columns[0].values.map((_, at) => at).filter((at) =>
      (!only || labelled(states, at) === only)
      && wanted.every((word) => word.startsWith('trial=')
        // Trial 1 is not trial 10.
        ? word === `trial=${columns[0].values[at]}`
        : words(at).includes(word)));
    state.page = 0;
    sort();
  };
  const sort = () => {
    const column = columns[state.sort];
    const sign = state.down ? -1 : 1;
    const key = column.labels && column.text ? (at) => labelled(column, at) : (at) => column.values[at];
    state.rows.sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      const [none, empty] = [a === null || a === '', b === null || b === ''];
      if (none || empty) return none - empty || one - other;
      return (a < b ? -sign : a > b ? sign : 0) || one - other;
    });
    heads.forEach((head, index) => {
      if (index === state.sort) head.setAttribute('aria-sort', state.down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    draw();
  };
  const draw = () => {
    const pages = Math.max(1, Math.ceil(state.rows.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    const from = state.page * PAGE;
    const shown = state.rows.slice(from, from + PAGE);
    const body = document.createDocumentFragment();
    for (const at of shown) {
      const row = document.createElement('tr');
      const number = columns[0].values[at];
      row.dataset.n = number;
      if (number === data.best || data.front.includes(number)) row.className = 'best';
      for (const column of columns) {
        const cell = document.createElement('td');
        cell.textContent = labelled(column, at);
        if (column.text) cell.className = 'text';
        if (cell.textContent.length > 24) cell.title = cell.textContent;
        row.append(cell);
      }
      body.append(row);
    }
    table.tBodies[0].replaceChildren(body);
    $('range').textContent = state.rows.length
      ? `${from + 1} to ${from + shown.length} of ${state.rows.length}` : 'no trial matches';
    $('first').disabled = $('back').disabled = state.page === 0;
    $('forth').disabled = $('last').disabled = state.page >= pages - 1;
  };
  const turn = (id, page) => $(id).addEventListener('click', () => { state.page = page(); draw(); });
  turn('first', () => 0);
  turn('back', () => state.page - 1);
  turn('forth', () => state.page + 1);
  turn('last', () => Math.ceil(state.rows.length / PAGE) - 1);
  $('search').addEventListener('input', filter);
  $('state').addEventListener('change', filter);
  document.addEventListener('click', (event) => {
    const mark = event.target.closest?.('svg.tw [data-n]');
    if (!mark) return;
    $('search').value = `trial=${mark.dataset.n}`;
    $('state').value = '';
    filter();
    // An entry of its own in the browser's history, so that the way back leads to the picture.
    if (location.hash !== '#trials') location.hash = 'trials';
    $('trials').scrollIntoView();
  });
  filter();
})();
