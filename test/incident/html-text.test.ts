import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html, trusted } from '../../shared/incident/html-text.ts';

test('text is escaped in content and in attributes', () => {
  expect(html`<b title="${"\" onclick='x'"}">${'<i> & </b>'}</b>`.text).toBe(
    '<b title="&quot; onclick=&#39;x&#39;">&lt;i&gt; &amp; &lt;/b&gt;</b>',
  );
});

test('markup of our own is kept, in lists too, and nothing comes of null and false', () => {
  expect(
    html`<ul>${[html`<li>${1}</li>`, null, false, html`<li>${'<'}</li>`]}</ul>${trusted('<hr>')}`.text,
  ).toBe('<ul><li>1</li><li>&lt;</li></ul><hr>');
});

test('no text can leave its place', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      expect(html`${text}`.text).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      expect(html`${text}`.text).not.toMatch(/[^\P{Cc}\n\t]/u);
    }),
    { seed: 20260314, numRuns: 500 },
  );
});
