/**
 * What runs inside the page: each function is sent to the browser as it is written, so it uses nothing from outside itself.
 * @see page-audit.d.ts
 */

export function findAccessibilityFaults() {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const fault = (rule, found) => {
    for (const element of found) faults.push(`${rule}: ${element.outerHTML.slice(0, 120)}`);
  };
  for (const landmark of ['body > header', 'main', 'body > footer', 'h1']) {
    if (all(landmark).length !== 1) faults.push(`one ${landmark}: found ${all(landmark).length}`);
  }
  if (document.documentElement.lang !== 'en') faults.push('the page names no language');
  const ids = all('[id]').map(({ id }) => id);
  for (const id of ids.filter((id, index) => ids.indexOf(id) !== index)) faults.push(`id twice: ${id}`);
  const levels = all('h1, h2, h3').map(({ tagName }) => Number(tagName[1]));
  levels.forEach((level, index) => {
    if (index > 0 && level > levels[index - 1] + 1) faults.push(`heading ${index} skips a level`);
  });
  const has = (selector) => (element) => element.querySelector(selector) !== null;
  const lacks = (selector) => (element) => !has(selector)(element);
  fault('header cell without scope', all('th:not([scope])'));
  fault('table without caption', all('table').filter(lacks('caption')));
  fault('row without header cell', all('tbody tr').filter(lacks('th[scope=row]')));
  fault(
    'section without its heading',
    all('section').filter((section) => !document.getElementById(section.getAttribute('aria-labelledby'))),
  );
  fault(
    'link that leads nowhere',
    all('a').filter((link) => document.querySelector(link.getAttribute('href')) === null),
  );
  fault(
    'link without a name',
    all('a').filter((link) => `${link.textContent}${link.ariaLabel ?? ''}`.trim() === ''),
  );
  fault(
    'scrolls but cannot be reached by keyboard',
    all('.scroll').filter(({ tabIndex, ariaLabel }) => tabIndex !== 0 || !ariaLabel),
  );
  return faults;
}

export function findWeakContrast() {
  const parse = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, /^(transparent|none)$/.test(text) ? 0 : alpha];
  };
  const over = (top, below) => [
    ...[0, 1, 2].map((channel) => top[channel] * top[3] + below[channel] * (1 - top[3])),
    1,
  ];
  const luminance = (color) => {
    const [red, green, blue] = color.map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].toSorted((left, right) => left - right);
    return (light + 0.05) / (dark + 0.05);
  };
  const isDrawn = (element) => element instanceof SVGElement;
  const paintOf = (element) => {
    const { backgroundColor, fill } = getComputedStyle(element);
    return parse(isDrawn(element) && element.tagName !== 'svg' ? fill : backgroundColor);
  };
  /** Every box at the middle of the text, as they lie on each other. */
  const behind = (element) => {
    element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const box = element.getBoundingClientRect();
    return document
      .elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
      .filter(({ tagName }) => !['text', 'a', 'g'].includes(tagName))
      .map(paintOf)
      .reduceRight((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const texts = [...document.querySelectorAll('body *')].filter(
    (element) =>
      !['TITLE', 'STYLE'].includes(element.tagName.toUpperCase()) &&
      [...element.childNodes].some(
        ({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim() !== '',
      ) &&
      element.getBoundingClientRect().width > 0 &&
      element.getBoundingClientRect().right > 0,
  );
  return texts.flatMap((element) => {
    const { fill, color } = getComputedStyle(element);
    const found = ratio(parse(isDrawn(element) ? fill : color), behind(element));
    return found >= 4.5 ? [] : [`${found.toFixed(2)}: ${element.outerHTML.slice(0, 140)}`];
  });
}

export function findEventHandlers() {
  return [...document.querySelectorAll('*')].flatMap((element) =>
    element.getAttributeNames().filter((attribute) => attribute.startsWith('on')),
  );
}

export function horizontalOverflowPixels() {
  return Math.max(0, document.documentElement.scrollWidth - window.innerWidth);
}
