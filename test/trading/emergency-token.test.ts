import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmergencyTokens, matchEmergencyToken } from '../../shared/trading/emergency-token.ts';

const tokens = { primary: 'a'.repeat(40), next: 'b'.repeat(40) };

describe('the emergency token', () => {
  it('may be any of the valid ones, so that it can be rotated', () => {
    expect(matchEmergencyToken(`Bearer ${tokens.primary}`, tokens)).toBe('primary');
    expect(matchEmergencyToken(`bearer ${tokens.next}`, tokens)).toBe('next');
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['without scheme', tokens.primary],
    ['of another scheme', `Basic ${tokens.primary}`],
    ['too short', `Bearer ${tokens.primary.slice(1)}`],
    ['too long', `Bearer ${tokens.primary}a`],
    ['in another case', `Bearer ${tokens.primary.toUpperCase()}`],
    ['followed by another', `Bearer ${tokens.primary} ${tokens.next}`],
    ['a bare scheme', 'Bearer '],
  ])('that is %s opens nothing', (_what, header) => {
    expect(matchEmergencyToken(header, tokens)).toBeNull();
  });

  it('opens nothing while no token is configured', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(matchEmergencyToken(`Bearer ${text}`, {})).toBeNull();
      }),
      { seed: 5 },
    );
  });

  it('must be long enough to be no guess', () => {
    expect(EmergencyTokens.safeParse({ primary: 'short' }).success).toBe(false);
  });
});
