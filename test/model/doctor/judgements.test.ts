import { findingText, tallyText } from '../../../model/doctor/finding';
import { commitNamed } from '../../../model/doctor/health-answer';
import { whyTooMighty } from '../../../model/doctor/identity';
import { isMoving } from '../../../model/doctor/image-name';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('an image reference', () => {
  it.each([
    ['shop', true],
    ['shop:latest', true],
    ['127.0.0.1:5000/shop', true],
    ['127.0.0.1:5000/team/shop:latest', true],
    ['shop:1.2.3', false],
    [`127.0.0.1:5000/shop:${COMMIT}`, false],
    [`shop@${DIGEST}`, false],
    [`shop:latest@${DIGEST}`, false],
  ])('%s means another image after the next push: %s', (image, moving) => {
    expect(isMoving(image)).toBe(moving);
  });
});

describe('the commit that a health answer names', () => {
  it.each<[string, string | undefined, string | null]>([
    [JSON.stringify({ commit: COMMIT }), 'commit', COMMIT],
    [JSON.stringify({ build: [{ commit: COMMIT }] }), 'build.0.commit', COMMIT],
    [JSON.stringify({ commit: COMMIT }), 'version', null],
    [JSON.stringify({ commit: COMMIT.slice(0, 12) }), 'commit', null],
    [JSON.stringify({ commit: 7 }), 'commit', null],
    [COMMIT, 'commit', null],
    [`<p>shop ${COMMIT}</p>`, undefined, COMMIT],
    [`${COMMIT}0`, undefined, null],
    ['ok', undefined, null],
  ])('of %s at %s is %s', (body, commitAt, commit) => {
    expect(commitNamed(body, commitAt)).toBe(commit);
  });
});

describe('an identity that may do far more than a release needs', () => {
  const role = (name: string): string => `arn:aws:sts::123456789012:assumed-role/${name}/ann`;

  it.each([
    [role('AWSReservedSSO_AdministratorAccess_0123456789abcdef'), 'AdministratorAccess'],
    [role('PowerUserAccess'), 'PowerUserAccess'],
    ['arn:aws:iam::123456789012:root', 'root user'],
  ])('%s is told by its name', (arn, reason) => {
    expect(whyTooMighty(arn)).toContain(reason);
  });

  it.each([[role('shop-deploy')], [role('root')], ['arn:aws:iam::123456789012:user/local']])('%s is none', (arn) => {
    expect(whyTooMighty(arn)).toBeUndefined();
  });
});

describe('a finding in words', () => {
  it('is one line, with what to do below it', () => {
    expect(findingText({ check: 'Temporal', status: 'ok', found: 'embedded' })).toBe('ok       Temporal: embedded');
    expect(findingText({ check: 'images', status: 'failed', found: 'one\ntwo', fix: 'Mend it.' })).toBe(
      'FAILED   images: one\n         two\n         to fix: Mend it.',
    );
  });

  it('is counted in the last line', () => {
    expect(tallyText({ ok: 3, warning: 1, failed: 0, skipped: 2 })).toBe(
      '6 checks: 3 ok, 1 warning(s), 0 failed, 2 skipped',
    );
  });
});
