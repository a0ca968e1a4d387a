// Runs within a page: uses it as a reader would, measures it, and writes what it finds into the
// document.
addEventListener('load', () => setTimeout(() => {
  const found = { errors: [], figures: [], rows: 0 };
  const fail = (text) => found.errors.push(text);
  const visible = (node) => node.getClientRects().length > 0;
  const measure = (when) => {
    if (document.documentElement.scrollWidth > innerWidth) fail(`${when}: the page is too wide`);
    for (const svg of document.querySelectorAll('svg.tw')) {
      if (!visible(svg)) continue;
      const frame = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll('text')].map((node) => [node.textContent, node.getBoundingClientRect()]);
      texts.forEach(([text, box], at) => {
        if (box.left < frame.left - 1 || box.right > frame.right + 1) fail(`${when}: ${text} sticks out`);
        for (const [other, place] of texts.slice(0, at)) {
          // The boxes of lines of text are higher than the text.
          const across = Math.min(box.right, place.right) - Math.max(box.left, place.left);
          const down = Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top);
          if (across > 0.5 && down > 5) fail(`${when}: ${text} lies on ${other}`);
        }
      });
    }
  };
  measure('at first');
  found.figures = [...document.querySelectorAll('figure h3')].map((title) => title.textContent);
  if (document.querySelectorAll('figure').length !== [...document.querySelectorAll('figure')].filter(visible).length) fail('a figure is hidden');
  for (const select of document.querySelectorAll('[data-choose] select')) {
    for (const option of [...select.options]) {
      if (option.disabled) continue;
      select.value = option.value;
      select.dispatchEvent(new Event('change'));
      const group = select.closest('[data-choose]');
      const shown = [...group.querySelectorAll('[data-key]')].filter(visible);
      if (shown.length !== 1) fail(`${shown.length} pictures for ${option.textContent}`);
    }
  }
  measure('after choosing');
  const paper = () => getComputedStyle(document.body).backgroundColor;
  const before = paper();
  document.getElementById('theme').click();
  if (paper() === before) fail('the theme does not change');
  const rows = () => document.querySelectorAll('#trials-table tbody tr').length;
  found.rows = rows();
  if (document.querySelectorAll('tr.best').length === 1 && !document.querySelector('#trials-table tbody tr').matches('.best')) fail('the best trial is not the first');
  const heads = document.querySelectorAll('#trials-table th button');
  for (const head of heads) head.click();
  if (heads.length && document.querySelectorAll('th[aria-sort]').length !== 1) fail('not sorted');
  for (const svg of document.querySelectorAll('svg.space')) {
    const at = () => [...svg.querySelectorAll('circle')].map((dot) => dot.getAttribute('cx')).join();
    const event = (type, x) => new PointerEvent(type, { bubbles: true, clientX: x, clientY: 100 });
    const first = at();
    svg.dispatchEvent(event('pointerdown', 100));
    svg.dispatchEvent(event('pointermove', 160));
    svg.dispatchEvent(event('pointerup', 160));
    const dragged = at();
    if (dragged === first) fail('a drag does not turn the picture');
    svg.dispatchEvent(event('pointermove', 300));
    if (at() !== dragged) fail('the picture turns after the drag');
    svg.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    svg.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
    if (at() === dragged) fail('a key does not turn the picture');
    if (svg.outerHTML.includes('NaN')) fail('a place that is no number');
    found.turned = true;
  }
  measure('after turning');
  const mark = [...document.querySelectorAll('svg.tw [data-n]')].find(visible);
  if (mark) {
    mark.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    if (document.getElementById('hint').hidden) fail('no hint');
    if (!document.getElementById('hint').textContent.startsWith(`trial ${mark.dataset.n}`)) fail('a hint that does not name its trial');
    if (!document.querySelector('.hot')) fail('the trial is not shown elsewhere');
    mark.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    if (rows() !== 1) fail(`${rows()} rows for one trial`);
    if (location.hash !== '#trials') fail('a click does not lead to the table');
  }
  if (performance.getEntriesByType('resource').length) fail('something was requested');
  document.documentElement.dataset.check = JSON.stringify(found);
}, 50));
