import { describe, expect, it } from '@jest/globals';
import { template } from '../../../../src/http/pages/template.ts';

describe('a template', () => {
  it('escapes every value, in text and in attributes', () => {
    const page = template('<a title="{{text}}">{{text}}</a>', ['text']);

    const html = page({ text: `"><script>alert('1')</script>&amp;` });

    const safe = '&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;amp;';
    expect(html).toBe(`<a title="${safe}">${safe}</a>`);
  });

  it('takes no placeholder or pattern from a value', () => {
    const page = template('{{one}}|{{two}}', ['one', 'two']);

    expect(page({ one: '{{two}}', two: '$& $1' })).toBe('{{two}}|$&#38; $1');
  });

  it('leaves out the section of a value that is not there', () => {
    const page = template('a{{#one}}-{{one}}-{{/one}}b{{#one}}!{{/one}}', ['one']);

    expect([page({ one: 'x' }), page({ one: '' }), page({ one: undefined })]).toEqual([
      'a-x-b!',
      'a--b!',
      'ab',
    ]);
  });

  it.each([
    ['{{two}}', 'the template has an unknown name: two'],
    ['{{one}}{{#two}}x{{/two}}', 'the template has an unknown name: two'],
    ['nothing', 'the template does not use one'],
    ['{{#one}}{{one}}', 'the template has a section that is nested or not closed'],
    [
      '{{#one}}{{#one}}x{{/one}}{{/one}}',
      'the template has a section that is nested or not closed',
    ],
    ['{{one}}{{ one }}', 'the template has a section that is nested or not closed'],
  ])('is refused at start when it is %j', (html, message) => {
    expect(() => template(html, ['one'])).toThrow(new RangeError(message));
  });
});
