import { parseJunit } from '../../../model/junit/parse';

/** As the runners write them, shortened. */
const PYTEST = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3" time="0.041" timestamp="2026-11-23T11:00:00+00:00" hostname="h"><testcase classname="tests.test_orders" name="test_total[1-2]" time="0.001" /><testcase classname="tests.test_orders" name="test_refund" time="0.001"><failure message="assert 1 == 2">def test_refund():
&gt;       assert 1 == 2
E       assert 1 == 2</failure></testcase><testcase classname="tests.test_orders" name="test_later" time="0.000"><skipped type="pytest.skip" message="later">later</skipped></testcase></testsuite></testsuites>`;
const JEST = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jest tests" tests="2" failures="0" errors="0" time="0.5">
  <testsuite name="sum" errors="0" failures="0" skipped="0" tests="2">
    <testcase classname="sum adds" name="sum adds" time="0.002"></testcase>
    <testcase classname="sum subtracts" name="sum subtracts" time="0"></testcase>
  </testsuite>
</testsuites>`;
const SUREFIRE = `<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="com.acme.OrderTest" tests="2" errors="1" skipped="0" failures="0">
  <properties><property name="java.version" value="21"/></properties>
  <testcase name="total" classname="com.acme.OrderTest" time="0.01"/>
  <testcase name="refund" classname="com.acme.OrderTest" time="0.01"><error message="boom" type="java.lang.IllegalStateException"><![CDATA[java.lang.IllegalStateException: <boom>]]></error></testcase>
</testsuite>`;

it.each([
  ['pytest', PYTEST, { tests: 3, skipped: 1, failed: ['tests.test_orders: test_refund'], claimed: 1 }],
  ['jest-junit', JEST, { tests: 2, skipped: 0, failed: [], claimed: 0 }],
  ['Surefire', SUREFIRE, { tests: 2, skipped: 0, failed: ['com.acme.OrderTest: refund'], claimed: 1 }],
  [
    'a suite in a suite',
    `<testsuites>${JEST.slice(JEST.indexOf('<testsuite '), -13)}</testsuites>`,
    { tests: 2, skipped: 0, failed: [], claimed: 0 },
  ],
])('reads what %s writes', (_, text, report) => {
  expect(parseJunit(text)).toEqual({ ok: true, report });
});

it('reads output that speaks of entities', () => {
  const text =
    '<testsuite><testcase name="a"/><system-out><![CDATA[<!DOCTYPE x [<!ENTITY a "b">]>]]></system-out></testsuite>';
  expect(parseJunit(text)).toMatchObject({ ok: true, report: { tests: 1 } });
});
