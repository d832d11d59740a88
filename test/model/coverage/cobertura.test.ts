import { parseCoverage } from '../../../model/coverage/parse';

const read = (text: string) => parseCoverage('cobertura', text, '/work/checkout');

const report = (classes: string, source = '/work/checkout'): string => `<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage lines-valid="999" lines-covered="999" line-rate="1" branch-rate="0" version="7.6" timestamp="0">
  <sources><source>${source}</source></sources>
  <packages><package name="app" line-rate="1"><classes>${classes}</classes></package></packages>
</coverage>`;

const file = (name: string, lines: string): string =>
  `<class name="x" filename="${name}" line-rate="1"><methods/><lines>${lines}</lines></class>`;

describe('Cobertura', () => {
  it('counts lines itself: the rates of the report are not believed', () => {
    expect(read(report(file('a.py', '<line number="1" hits="1"/><line number="2" hits="0"/>')))).toEqual({
      ok: true,
      files: [{ path: 'a.py', covered: 1, total: 2 }],
    });
  });

  it('merges the classes of one file, and lines that methods repeat', () => {
    const classes = `<class name="A" filename="a.cs"><methods><method name="&lt;init&gt;"><lines><line number="1" hits="0"/><line number="3" hits="2"/></lines></method></methods>
      <lines><line number="1" hits="1"/></lines></class>${file('a.cs', '<line number="2" hits="0"/>')}`;
    expect(read(report(classes))).toEqual({ ok: true, files: [{ path: 'a.cs', covered: 2, total: 3 }] });
  });

  it.each([
    ['the checkout', '/work/checkout', 'src/a.py', 'src/a.py'],
    ['a folder of the checkout', '/work/checkout/src', 'a.py', 'src/a.py'],
    ['a relative folder', 'src', 'a.py', 'src/a.py'],
    ['a folder elsewhere', '/usr/lib', 'a.py', '/usr/lib/a.py'],
    ['anywhere, with an absolute file name', '/usr/lib', '/work/checkout/a.py', 'a.py'],
    ['Windows', '.', 'src\\a.py', 'src/a.py'],
  ])('takes file names from the source: %s', (_, source, name, path) => {
    expect(read(report(file(name, '<line number="1" hits="1"/>'), source))).toMatchObject({ files: [{ path }] });
  });

  it('reads the names that XML must escape', () => {
    expect(read(report(file('a&amp;b.py', '<line number="1" hits="1"/>')))).toMatchObject({
      files: [{ path: 'a&b.py' }],
    });
  });

  it('expands no entity: neither a file of this machine nor a billion laughs', () => {
    const text = report(file('&secret;.py', '<line number="1" hits="1"/>')).replace(
      /<!DOCTYPE[^>]*>/,
      '<!DOCTYPE coverage [<!ENTITY secret SYSTEM "file:///etc/hostname"><!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    );
    const parsed = read(text);
    expect(parsed.ok ? parsed.files.map(({ path }) => path) : []).toEqual(parsed.ok ? ['&secret;.py'] : []);
  });

  it('finds nothing in a report of nothing', () => {
    expect(read('<coverage line-rate="1" lines-valid="0"><packages/></coverage>')).toEqual({ ok: true, files: [] });
  });

  it.each([
    ['cut off', report(file('a.py', '<line number="1" hits="1"/>')).slice(0, -20), 'is not well-formed XML'],
    ['no XML', 'TN:\nSF:a.js\n', 'is not well-formed XML'],
    ['other XML', '<testsuites/>', 'its root is not `<coverage>`'],
    ['a class of no file', report('<class name="x"><lines/></class>'), 'a `<class>` has no `filename`'],
    [
      'a line without hits',
      report(file('a.py', '<line number="1"/>')),
      'a `<line>` of a.py has no `number` or no `hits`',
    ],
    ['hits that are no number', report(file('a.py', '<line number="1" hits="NaN"/>')), 'a `<line>` of a.py has no'],
    ['JSON', '{"total":{}}', 'is not well-formed XML'],
  ])('does not read a report that is %s', (_, text, why) => {
    expect(read(text)).toEqual({ ok: false, why: expect.stringContaining(why) as unknown });
  });

  it('counts branches by the conditions of their lines, the best of several counts of one line', () => {
    const line = (conditions: string) => `<line number="3" hits="1" branch="true" condition-coverage="${conditions}"/>`;
    const both = file('a.py', line('50% (1/2)')) + file('a.py', line('100% (2/2)')) + file('b.py', line('150% (3/2)'));
    expect(read(report(both))).toMatchObject({
      files: [
        { path: 'a.py', branches: { covered: 2, total: 2 } },
        { path: 'b.py', branches: { covered: 2, total: 2 } },
      ],
    });
  });
});
